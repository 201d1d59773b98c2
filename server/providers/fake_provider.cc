#include "server/providers/fake_provider.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/providers/fake_provider_parts.h"
#include "server/providers/provider_error.h"

namespace tunegate::providers {
namespace {

constexpr size_t kMaxQueuedChats = 1'000'000;

absl::Status UnknownJob(const std::string& id) {
  return FakeProvider::HttpError(404, "fine_tune_not_found", absl::StrCat("no such job: ", id));
}

}  // namespace

FakeProvider::FakeProvider(const Clock* clock, std::string name, std::string base_url)
    : clock_(clock),
      name_(std::move(name)),
      base_url_(std::move(base_url)),
      script_([](const ChatCall&) { return Answer("{}"); }),
      thread_(1, kMaxQueuedChats) {}

FakeProvider::~FakeProvider() {
  ReleaseChats();
  thread_.Shutdown();
}

// --- Chat ----------------------------------------------------------------------------------------

void FakeProvider::OnChat(ChatScript script) {
  MutexLock lock(mutex_);
  script_ = std::move(script);
}

void FakeProvider::HoldChats() {
  MutexLock lock(mutex_);
  holding_ = true;
}

void FakeProvider::ReleaseChats() {
  MutexLock lock(mutex_);
  holding_ = false;
  for (std::function<void()>& work : held_) Run(std::move(work));
  held_.clear();
}

size_t FakeProvider::held_chats() const {
  MutexLock lock(mutex_);
  return held_.size();
}

std::vector<ChatCall> FakeProvider::chat_calls() const {
  MutexLock lock(mutex_);
  return chat_calls_;
}

ChatAnswer FakeProvider::Answer(std::string text) {
  ChatAnswer answer;
  answer.text = std::move(text);
  answer.finish_reason = "stop";
  answer.request_id = "req-fake";
  answer.input_tokens = 100;
  answer.output_tokens = 20;
  answer.attempts = 1;
  answer.response_time = absl::Milliseconds(20);
  return answer;
}

ChatAnswer FakeProvider::Failure(absl::Status status) {
  ChatAnswer answer;
  answer.status = std::move(status);
  answer.attempts = 1;
  return answer;
}

void FakeProvider::Complete(ChatCall call, std::function<void(ChatAnswer)> done) {
  MutexLock lock(mutex_);
  ++calls_["Complete"];
  chat_calls_.push_back(call);
  auto work = [this, call = std::move(call), done = std::move(done)] {
    ChatScript script;
    {
      MutexLock lock(mutex_);
      script = script_;
    }
    ChatAnswer answer = script(call);
    if (answer.status.ok() && answer.answering_model.empty()) answer.answering_model = call.model;
    done(std::move(answer));
  };
  if (holding_) {
    held_.push_back(std::move(work));
  } else {
    Run(std::move(work));
  }
}

void FakeProvider::Run(std::function<void()> work) {
  // A lost call would hang the test that waits for it; better to stop it here.
  if (!thread_.Submit(std::move(work))) std::abort();
}

// --- Faults --------------------------------------------------------------------------------------

void FakeProvider::FailNext(std::string_view method, absl::Status status, Effect effect,
                            int times) {
  MutexLock lock(mutex_);
  std::deque<Fault>& faults = faults_[std::string(method)];
  for (int i = 0; i < times; ++i) faults.push_back({status, effect});
}

int FakeProvider::calls(std::string_view method) const {
  MutexLock lock(mutex_);
  const auto found = calls_.find(method);
  return found == calls_.end() ? 0 : found->second;
}

absl::Status FakeProvider::LostAnswer() {
  return NoAnswerStatus("fake", "timed out after the request was sent", /*timed_out=*/true,
                        Sent::kMaybe);
}

absl::Status FakeProvider::NoConnection() {
  return NoAnswerStatus("fake", "connection refused", /*timed_out=*/false, Sent::kNo);
}

absl::Status FakeProvider::HttpError(int http_status, std::string_view code,
                                     std::string_view message) {
  Refusal refusal;
  refusal.http_status = http_status;
  refusal.provider = "fake";
  refusal.code = std::string(code);
  refusal.message = std::string(message);
  refusal.request_id = "req-fake";
  return RefusalStatus(refusal);
}

// --- Jobs ----------------------------------------------------------------------------------------

FakeProvider::StoredJob* FakeProvider::FindJob(const std::string& id) {
  const auto found = std::find_if(jobs_.begin(), jobs_.end(),
                                  [&](const StoredJob& stored) { return stored.job.id == id; });
  return found == jobs_.end() ? nullptr : &*found;
}

std::string FakeProvider::StoreJob(RemoteJob job) {
  if (job.id.empty()) job.id = absl::StrCat("ftjob-fake-", next_id_++);
  if (job.status.empty()) job.status = "validating_files";
  if (job.create_time == absl::Time()) job.create_time = clock_->Now();
  jobs_.push_back({.job = std::move(job), .hidden = false, .events = {}, .checkpoints = {}});
  return jobs_.back().job.id;
}

std::vector<RemoteJob> FakeProvider::jobs() const {
  MutexLock lock(mutex_);
  std::vector<RemoteJob> jobs;
  for (const StoredJob& stored : jobs_) jobs.push_back(stored.job);
  return jobs;
}

std::string FakeProvider::AddJob(RemoteJob job) {
  MutexLock lock(mutex_);
  return StoreJob(std::move(job));
}

void FakeProvider::EditJob(const std::string& id, const std::function<void(RemoteJob&)>& change) {
  MutexLock lock(mutex_);
  StoredJob* stored = FindJob(id);
  if (stored == nullptr) std::abort();  // a mistake of the test
  change(stored->job);
}

void FakeProvider::SetJobStatus(const std::string& id, const std::string& status) {
  EditJob(id, [&](RemoteJob& job) { job.status = status; });
}

void FakeProvider::SucceedJob(const std::string& id, const std::string& fine_tuned_model) {
  EditJob(id, [&](RemoteJob& job) {
    job.status = "succeeded";
    job.fine_tuned_model = fine_tuned_model;
    job.finish_time = clock_->Now();
    job.trained_tokens = 1000;
  });
}

void FakeProvider::FailJob(const std::string& id, const std::string& code,
                           const std::string& message) {
  EditJob(id, [&](RemoteJob& job) {
    job.status = "failed";
    job.error_code = code;
    job.error_message = message;
    job.finish_time = clock_->Now();
  });
}

void FakeProvider::AddEvent(const std::string& id, RemoteEvent event) {
  MutexLock lock(mutex_);
  StoredJob* stored = FindJob(id);
  if (stored == nullptr) std::abort();
  if (event.id.empty()) event.id = absl::StrCat("ftevent-fake-", next_id_++);
  if (event.time == absl::Time()) event.time = clock_->Now();
  stored->events.push_back(std::move(event));
}

void FakeProvider::AddCheckpoint(const std::string& id, RemoteCheckpoint checkpoint) {
  MutexLock lock(mutex_);
  StoredJob* stored = FindJob(id);
  if (stored == nullptr) std::abort();
  stored->checkpoints.push_back(std::move(checkpoint));
}

void FakeProvider::HideJobFromLists(const std::string& id, bool hidden) {
  MutexLock lock(mutex_);
  StoredJob* stored = FindJob(id);
  if (stored == nullptr) std::abort();
  stored->hidden = hidden;
}

void FakeProvider::ForgetJob(const std::string& id) {
  MutexLock lock(mutex_);
  std::erase_if(jobs_, [&](const StoredJob& stored) { return stored.job.id == id; });
}

void FakeProvider::IgnoreMetadata(bool ignore) {
  MutexLock lock(mutex_);
  ignore_metadata_ = ignore;
}

absl::StatusOr<RemoteJob> FakeProvider::CreateJob(const CreateJobCall& call, absl::Duration) {
  MutexLock lock(mutex_);
  return Answered<absl::StatusOr<RemoteJob>>("CreateJob", [&]() -> absl::StatusOr<RemoteJob> {
    for (const std::string* file : {&call.training_file, &call.validation_file}) {
      const bool missing = file->empty() ? file == &call.training_file : FindFile(*file) == nullptr;
      if (missing) return HttpError(400, "invalid_file", absl::StrCat("no such file: ", *file));
    }
    RemoteJob job;
    job.model = call.model;
    job.training_file = call.training_file;
    job.validation_file = call.validation_file;
    job.seed = call.seed;
    job.method = call.method;
    if (!ignore_metadata_) job.metadata = call.metadata;
    return FindJob(StoreJob(std::move(job)))->job;
  });
}

absl::StatusOr<RemoteJob> FakeProvider::GetJob(const std::string& id) {
  MutexLock lock(mutex_);
  return Answered<absl::StatusOr<RemoteJob>>("GetJob", [&]() -> absl::StatusOr<RemoteJob> {
    const StoredJob* stored = FindJob(id);
    if (stored == nullptr) return UnknownJob(id);
    return stored->job;
  });
}

absl::StatusOr<Page<RemoteJob>> FakeProvider::ListJobs(const std::string& after) {
  MutexLock lock(mutex_);
  return Answered<absl::StatusOr<Page<RemoteJob>>>("ListJobs", [&] {
    std::vector<RemoteJob> newest_first;
    for (auto stored = jobs_.rbegin(); stored != jobs_.rend(); ++stored) {
      if (!stored->hidden) newest_first.push_back(stored->job);
    }
    return PageOf(newest_first, after, page_size_);
  });
}

absl::StatusOr<RemoteJob> FakeProvider::MoveJob(const std::string& id,
                                                const std::set<std::string>& from,
                                                const std::string& to) {
  StoredJob* stored = FindJob(id);
  if (stored == nullptr) return UnknownJob(id);
  if (from.count(stored->job.status) == 0) {
    return HttpError(
        400, "invalid_status",
        absl::StrCat("job ", id, " is ", stored->job.status, " and cannot become ", to));
  }
  stored->job.status = to;
  if (to == "cancelled") stored->job.finish_time = clock_->Now();
  return stored->job;
}

absl::StatusOr<RemoteJob> FakeProvider::CancelJob(const std::string& id) {
  MutexLock lock(mutex_);
  return Answered<absl::StatusOr<RemoteJob>>("CancelJob", [&] {
    return MoveJob(id, {"validating_files", "queued", "running", "pausing", "paused"}, "cancelled");
  });
}

absl::StatusOr<RemoteJob> FakeProvider::PauseJob(const std::string& id) {
  MutexLock lock(mutex_);
  return Answered<absl::StatusOr<RemoteJob>>("PauseJob", [&] {
    return MoveJob(id, {"queued", "running"}, "paused");
  });
}

absl::StatusOr<RemoteJob> FakeProvider::ResumeJob(const std::string& id) {
  MutexLock lock(mutex_);
  return Answered<absl::StatusOr<RemoteJob>>("ResumeJob", [&] {
    return MoveJob(id, {"pausing", "paused"}, "running");
  });
}

absl::StatusOr<Page<RemoteEvent>> FakeProvider::ListJobEvents(const std::string& id,
                                                              const std::string& after) {
  MutexLock lock(mutex_);
  using Answer = absl::StatusOr<Page<RemoteEvent>>;
  return Answered<Answer>("ListJobEvents", [&]() -> Answer {
    const StoredJob* stored = FindJob(id);
    if (stored == nullptr) return UnknownJob(id);
    const std::vector<RemoteEvent> newest_first(stored->events.rbegin(), stored->events.rend());
    return PageOf(newest_first, after, page_size_);
  });
}

absl::StatusOr<std::vector<RemoteCheckpoint>> FakeProvider::ListCheckpoints(const std::string& id) {
  MutexLock lock(mutex_);
  using Answer = absl::StatusOr<std::vector<RemoteCheckpoint>>;
  return Answered<Answer>("ListCheckpoints", [&]() -> Answer {
    const StoredJob* stored = FindJob(id);
    if (stored == nullptr) return UnknownJob(id);
    return stored->checkpoints;
  });
}

// --- Files and the rest --------------------------------------------------------------------------

const FakeProvider::StoredFile* FakeProvider::FindFile(const std::string& id) const {
  const auto found = std::find_if(files_.begin(), files_.end(),
                                  [&](const StoredFile& stored) { return stored.file.id == id; });
  return found == files_.end() ? nullptr : &*found;
}

FakeProvider::StoredFile* FakeProvider::FindFile(const std::string& id) {
  return const_cast<StoredFile*>(std::as_const(*this).FindFile(id));
}

RemoteFile FakeProvider::StoreFile(const std::string& file_name, const std::string& purpose,
                                   std::string content) {
  RemoteFile file;
  file.id = absl::StrCat("file-fake-", next_id_++);
  file.file_name = file_name;
  file.size_bytes = static_cast<int64_t>(content.size());
  file.purpose = purpose;
  file.status = "processed";
  file.create_time = clock_->Now();
  files_.push_back({file, std::move(content), /*hidden=*/false});
  return file;
}

std::vector<RemoteFile> FakeProvider::files() const {
  MutexLock lock(mutex_);
  std::vector<RemoteFile> files;
  for (const StoredFile& stored : files_) files.push_back(stored.file);
  return files;
}

std::string FakeProvider::AddFile(const std::string& file_name, const std::string& purpose,
                                  std::string content) {
  MutexLock lock(mutex_);
  return StoreFile(file_name, purpose, std::move(content)).id;
}

void FakeProvider::EditFile(const std::string& id,
                            const std::function<void(std::string&)>& change) {
  MutexLock lock(mutex_);
  StoredFile* stored = FindFile(id);
  if (stored == nullptr) std::abort();  // a mistake of the test
  change(stored->content);
}

void FakeProvider::HideFileFromLists(const std::string& id, bool hidden) {
  MutexLock lock(mutex_);
  StoredFile* stored = FindFile(id);
  if (stored == nullptr) std::abort();
  stored->hidden = hidden;
}

void FakeProvider::SetModels(std::vector<std::string> models) {
  MutexLock lock(mutex_);
  models_ = std::move(models);
}

void FakeProvider::SetPageSize(size_t page_size) {
  MutexLock lock(mutex_);
  page_size_ = page_size;
}

absl::StatusOr<RemoteFile> FakeProvider::UploadFile(const std::string& path,
                                                    const std::string& file_name,
                                                    const std::string& purpose, absl::Duration) {
  std::ifstream input(path, std::ios::binary);
  if (!input) {
    return NotFound("FILE_NOT_READABLE", absl::StrCat("cannot read ", path)).Metadata("path", path);
  }
  std::string content((std::istreambuf_iterator<char>(input)), std::istreambuf_iterator<char>());
  MutexLock lock(mutex_);
  return Answered<absl::StatusOr<RemoteFile>>("UploadFile", [&]() -> absl::StatusOr<RemoteFile> {
    return StoreFile(file_name, purpose, std::move(content));
  });
}

absl::StatusOr<RemoteFile> FakeProvider::GetFile(const std::string& id) {
  MutexLock lock(mutex_);
  return Answered<absl::StatusOr<RemoteFile>>("GetFile", [&]() -> absl::StatusOr<RemoteFile> {
    const StoredFile* stored = FindFile(id);
    if (stored == nullptr) return UnknownFile(id);
    return stored->file;
  });
}

absl::StatusOr<Page<RemoteFile>> FakeProvider::ListFiles(const std::string& after) {
  MutexLock lock(mutex_);
  return Answered<absl::StatusOr<Page<RemoteFile>>>("ListFiles", [&] {
    std::vector<RemoteFile> newest_first;
    for (auto stored = files_.rbegin(); stored != files_.rend(); ++stored) {
      if (!stored->hidden) newest_first.push_back(stored->file);
    }
    return PageOf(newest_first, after, page_size_);
  });
}

absl::StatusOr<std::string> FakeProvider::ReadFileContent(const std::string& id) {
  MutexLock lock(mutex_);
  using Answer = absl::StatusOr<std::string>;
  return Answered<Answer>("ReadFileContent", [&]() -> Answer {
    const StoredFile* stored = FindFile(id);
    if (stored == nullptr) return UnknownFile(id);
    return stored->content;
  });
}

absl::Status FakeProvider::DownloadFile(const std::string& id, const std::string& path) {
  MutexLock lock(mutex_);
  return Answered<absl::Status>("DownloadFile", [&]() -> absl::Status {
    const StoredFile* stored = FindFile(id);
    if (stored == nullptr) return UnknownFile(id);
    std::ofstream output(path, std::ios::binary | std::ios::trunc);
    output << stored->content;
    return output.flush() ? absl::OkStatus()
                          : absl::Status(Internal("FILE_NOT_WRITABLE", "cannot write " + path));
  });
}

absl::Status FakeProvider::DeleteFile(const std::string& id) {
  MutexLock lock(mutex_);
  return Answered<absl::Status>("DeleteFile", [&]() -> absl::Status {
    if (FindFile(id) == nullptr) return UnknownFile(id);
    std::erase_if(files_, [&](const StoredFile& stored) { return stored.file.id == id; });
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<std::string>> FakeProvider::ListModels() {
  MutexLock lock(mutex_);
  using Answer = absl::StatusOr<std::vector<std::string>>;
  return Answered<Answer>("ListModels", [&]() -> Answer { return models_; });
}

}  // namespace tunegate::providers
