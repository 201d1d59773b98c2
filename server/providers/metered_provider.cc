#include "server/providers/metered_provider.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "server/metrics/catalogue.h"
#include "server/providers/usage_meter.h"

namespace tunegate::providers {
namespace {

absl::Status StatusOf(const absl::Status& status) { return status; }
template <typename T>
absl::Status StatusOf(const absl::StatusOr<T>& result) {
  return result.status();
}

class MeteredProvider final : public Provider {
  // Up here, for its result's type is told by its body.
  template <typename Call>
  auto Timed(std::string_view operation, const Call& call) {
    const absl::Duration begin = RealClock().Monotonic();
    auto result = call();
    Count(operation, StatusOf(result), begin);
    return result;
  }

 public:
  MeteredProvider(std::shared_ptr<Provider> target, std::function<bool()> is_free)
      : name_(target->name()), is_free_(std::move(is_free)), target_(std::move(target)) {}

  const std::string& name() const override { return name_; }
  const std::string& base_url() const override { return target_->base_url(); }
  std::string chat_url() const override { return target_->chat_url(); }

  absl::StatusOr<RemoteFile> UploadFile(const std::string& path, const std::string& file_name,
                                        const std::string& purpose,
                                        absl::Duration timeout) override {
    return Timed("upload_file",
                 [&] { return target_->UploadFile(path, file_name, purpose, timeout); });
  }
  absl::StatusOr<RemoteFile> GetFile(const std::string& id) override {
    return Timed("get_file", [&] { return target_->GetFile(id); });
  }
  absl::StatusOr<Page<RemoteFile>> ListFiles(const std::string& after) override {
    return Timed("list_files", [&] { return target_->ListFiles(after); });
  }
  absl::StatusOr<std::string> ReadFileContent(const std::string& id) override {
    return Timed("read_file", [&] { return target_->ReadFileContent(id); });
  }
  absl::Status DownloadFile(const std::string& id, const std::string& path) override {
    return Timed("download_file", [&] { return target_->DownloadFile(id, path); });
  }
  absl::Status DeleteFile(const std::string& id) override {
    return Timed("delete_file", [&] { return target_->DeleteFile(id); });
  }

  absl::StatusOr<RemoteJob> CreateJob(const CreateJobCall& call, absl::Duration timeout) override {
    return Timed("create_job", [&] { return target_->CreateJob(call, timeout); });
  }
  absl::StatusOr<RemoteJob> GetJob(const std::string& id) override {
    return Timed("get_job", [&] { return target_->GetJob(id); });
  }
  absl::StatusOr<Page<RemoteJob>> ListJobs(const std::string& after) override {
    return Timed("list_jobs", [&] { return target_->ListJobs(after); });
  }
  absl::StatusOr<RemoteJob> CancelJob(const std::string& id) override {
    return Timed("cancel_job", [&] { return target_->CancelJob(id); });
  }
  absl::StatusOr<RemoteJob> PauseJob(const std::string& id) override {
    return Timed("pause_job", [&] { return target_->PauseJob(id); });
  }
  absl::StatusOr<RemoteJob> ResumeJob(const std::string& id) override {
    return Timed("resume_job", [&] { return target_->ResumeJob(id); });
  }
  absl::StatusOr<Page<RemoteEvent>> ListJobEvents(const std::string& id,
                                                  const std::string& after) override {
    return Timed("list_job_events", [&] { return target_->ListJobEvents(id, after); });
  }
  absl::StatusOr<std::vector<RemoteCheckpoint>> ListCheckpoints(const std::string& id) override {
    return Timed("list_checkpoints", [&] { return target_->ListCheckpoints(id); });
  }

  absl::StatusOr<std::string> WriteBatchLine(const std::string& custom_id,
                                             const ChatCall& call) override {
    return target_->WriteBatchLine(custom_id, call);
  }
  absl::StatusOr<BatchAnswer> ReadBatchLine(std::string_view line) override {
    return target_->ReadBatchLine(line);
  }
  absl::StatusOr<RemoteBatch> CreateBatch(const CreateBatchCall& call,
                                          absl::Duration timeout) override {
    return Timed("create_batch", [&] { return target_->CreateBatch(call, timeout); });
  }
  absl::StatusOr<RemoteBatch> GetBatch(const std::string& id) override {
    return Timed("get_batch", [&] { return target_->GetBatch(id); });
  }
  absl::StatusOr<Page<RemoteBatch>> ListBatches(const std::string& after) override {
    return Timed("list_batches", [&] { return target_->ListBatches(after); });
  }
  absl::StatusOr<RemoteBatch> CancelBatch(const std::string& id) override {
    return Timed("cancel_batch", [&] { return target_->CancelBatch(id); });
  }

  absl::StatusOr<std::vector<std::string>> ListModels() override {
    return Timed("list_models", [&] { return target_->ListModels(); });
  }

  void Complete(ChatCall call, std::function<void(ChatAnswer)> done) override {
    metrics_.chats_in_flight.Of({name_}).Add(1);
    target_->Complete(std::move(call), [this, begin = RealClock().Monotonic(),
                                        done = std::move(done)](ChatAnswer answer) {
      metrics_.chats_in_flight.Of({name_}).Add(-1);
      metrics_.chat_retries.Of({name_}).Add(answer.attempts - 1);
      Count("chat", answer.status, begin);
      CountUsage(name_, answer, pricing::Processing::kStandard, is_free_());
      done(std::move(answer));
    });
  }

  void Abandon() override { target_->Abandon(); }

 private:
  void Count(std::string_view operation, const absl::Status& status, absl::Duration begin) {
    metrics_.provider_calls
        .Of({name_, operation, std::string(absl::StatusCodeToString(status.code()))})
        .Add();
    metrics_.provider_seconds.Of({name_, operation}).Observe(RealClock().Monotonic() - begin);
  }

  metrics::Catalogue& metrics_ = metrics::TheCatalogue();
  const std::string name_;
  const std::function<bool()> is_free_;
  // Goes first: it answers what is still out, and those answers are counted.
  const std::shared_ptr<Provider> target_;
};

}  // namespace

std::shared_ptr<Provider> Metered(std::shared_ptr<Provider> target, std::function<bool()> is_free) {
  return std::make_shared<MeteredProvider>(std::move(target), std::move(is_free));
}

}  // namespace tunegate::providers
