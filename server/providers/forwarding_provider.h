// ForwardingProvider: passes every call on to another provider. Tests override what they want to
// fail, delay, count or die at.
#ifndef TUNEGATE_SERVER_PROVIDERS_FORWARDING_PROVIDER_H_
#define TUNEGATE_SERVER_PROVIDERS_FORWARDING_PROVIDER_H_

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/providers/provider.h"

namespace tunegate::providers {

// As thread-safe as the other, which it owns.
class ForwardingProvider : public Provider {
  // Up here, for its result's type is told by its body.
  template <typename Call>
  auto Pass(std::string_view method, const Call& call) {
    Before(method);
    auto result = call();
    After(method);
    return result;
  }

 public:
  explicit ForwardingProvider(std::shared_ptr<Provider> target) : target_(std::move(target)) {}

  const std::string& name() const override { return target_->name(); }
  const std::string& base_url() const override { return target_->base_url(); }
  std::string chat_url() const override { return target_->chat_url(); }
  absl::StatusOr<RemoteFile> UploadFile(const std::string& path, const std::string& file_name,
                                        const std::string& purpose,
                                        absl::Duration timeout) override {
    return Pass("UploadFile",
                [&] { return target_->UploadFile(path, file_name, purpose, timeout); });
  }
  absl::StatusOr<RemoteFile> GetFile(const std::string& id) override {
    return Pass("GetFile", [&] { return target_->GetFile(id); });
  }
  absl::StatusOr<Page<RemoteFile>> ListFiles(const std::string& after) override {
    return Pass("ListFiles", [&] { return target_->ListFiles(after); });
  }
  absl::StatusOr<std::string> ReadFileContent(const std::string& id) override {
    return Pass("ReadFileContent", [&] { return target_->ReadFileContent(id); });
  }
  absl::Status DownloadFile(const std::string& id, const std::string& path) override {
    return Pass("DownloadFile", [&] { return target_->DownloadFile(id, path); });
  }
  absl::Status DeleteFile(const std::string& id) override {
    return Pass("DeleteFile", [&] { return target_->DeleteFile(id); });
  }
  absl::StatusOr<RemoteJob> CreateJob(const CreateJobCall& call, absl::Duration timeout) override {
    return Pass("CreateJob", [&] { return target_->CreateJob(call, timeout); });
  }
  absl::StatusOr<RemoteJob> GetJob(const std::string& id) override {
    return Pass("GetJob", [&] { return target_->GetJob(id); });
  }
  absl::StatusOr<Page<RemoteJob>> ListJobs(const std::string& after) override {
    return Pass("ListJobs", [&] { return target_->ListJobs(after); });
  }
  absl::StatusOr<RemoteJob> CancelJob(const std::string& id) override {
    return Pass("CancelJob", [&] { return target_->CancelJob(id); });
  }
  absl::StatusOr<RemoteJob> PauseJob(const std::string& id) override {
    return Pass("PauseJob", [&] { return target_->PauseJob(id); });
  }
  absl::StatusOr<RemoteJob> ResumeJob(const std::string& id) override {
    return Pass("ResumeJob", [&] { return target_->ResumeJob(id); });
  }
  absl::StatusOr<Page<RemoteEvent>> ListJobEvents(const std::string& id,
                                                  const std::string& after) override {
    return Pass("ListJobEvents", [&] { return target_->ListJobEvents(id, after); });
  }
  absl::StatusOr<std::vector<RemoteCheckpoint>> ListCheckpoints(const std::string& id) override {
    return Pass("ListCheckpoints", [&] { return target_->ListCheckpoints(id); });
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
    return Pass("CreateBatch", [&] { return target_->CreateBatch(call, timeout); });
  }
  absl::StatusOr<RemoteBatch> GetBatch(const std::string& id) override {
    return Pass("GetBatch", [&] { return target_->GetBatch(id); });
  }
  absl::StatusOr<Page<RemoteBatch>> ListBatches(const std::string& after) override {
    return Pass("ListBatches", [&] { return target_->ListBatches(after); });
  }
  absl::StatusOr<RemoteBatch> CancelBatch(const std::string& id) override {
    return Pass("CancelBatch", [&] { return target_->CancelBatch(id); });
  }
  absl::StatusOr<std::vector<std::string>> ListModels() override {
    return Pass("ListModels", [&] { return target_->ListModels(); });
  }
  void Complete(ChatCall call, std::function<void(ChatAnswer)> done) override {
    Before("Complete");
    target_->Complete(std::move(call), [this, done = std::move(done)](ChatAnswer answer) {
      After("Complete");
      done(std::move(answer));
    });
  }
  void Abandon() override { target_->Abandon(); }

 protected:
  // Around every call to the outside, by its method's name; Complete's come from two threads.
  virtual void Before(std::string_view /*method*/) {}
  virtual void After(std::string_view /*method*/) {}

 private:
  const std::shared_ptr<Provider> target_;
};

}  // namespace tunegate::providers

#endif  // TUNEGATE_SERVER_PROVIDERS_FORWARDING_PROVIDER_H_
