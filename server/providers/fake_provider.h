// FakeProvider: a provider in memory for tests of the rooms above it. What it answers is set by the
// test; nothing happens by itself: jobs stay in their status until the test moves them.
//
//   FakeProvider provider(&clock);
//   provider.OnChat([](const ChatCall& call) { return
//   FakeProvider::Answer("{\"intent\":\"GIFT\"}"); }); provider.FailNext("CreateJob",
//   FakeProvider::LostAnswer(), FakeProvider::Effect::kDone);
//   ...
//   provider.SucceedJob(id, "ft:fake:1");
//
// Lists are newest first, `page_size` a page, as OpenAI gives them. Errors are made by
// provider_error.h, as the real adapter's are. Thread-safe.
#ifndef TUNEGATE_SERVER_PROVIDERS_FAKE_PROVIDER_H_
#define TUNEGATE_SERVER_PROVIDERS_FAKE_PROVIDER_H_

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/worker_pool.h"
#include "server/providers/provider.h"

namespace tunegate::providers {

class FakeProvider : public Provider {
 public:
  using ChatScript = std::function<ChatAnswer(const ChatCall&)>;
  // Whether a failing call does its work before it fails.
  enum class Effect { kNone, kDone };

  // `clock` stamps files and jobs; it must outlive this.
  explicit FakeProvider(const Clock* clock, std::string name = "fake",
                        std::string base_url = "fake://provider");
  // Answers what is held, then stops.
  ~FakeProvider() override;

  // --- Chat -------------------------------------------------------------------------------------
  // Runs on the provider's thread for every call; until set, each call is answered with "{}".
  void OnChat(ChatScript script);
  // From now on calls wait, and go on in their order after ReleaseChats.
  void HoldChats();
  void ReleaseChats();
  size_t held_chats() const;
  // Every call so far, in order of arrival.
  std::vector<ChatCall> chat_calls() const;
  // A successful answer with `text`: 100 input and 20 output tokens, one attempt, 20 ms.
  static ChatAnswer Answer(std::string text);
  static ChatAnswer Failure(absl::Status status);

  // --- Faults -----------------------------------------------------------------------------------
  // The next `times` calls of `method` (the name of a virtual of Provider, but Complete) answer
  // `status`; with kDone the work is done all the same: an answer lost after acceptance.
  void FailNext(std::string_view method, absl::Status status, Effect effect = Effect::kNone,
                int times = 1);
  // How often `method` was called.
  int calls(std::string_view method) const;
  // Time-out after the request was sent: DEADLINE_EXCEEDED, "sent" = "maybe".
  static absl::Status LostAnswer();
  // Nobody listens there: UNAVAILABLE, "sent" = "no".
  static absl::Status NoConnection();
  // What an HTTP answer with this status and error code becomes.
  static absl::Status HttpError(int http_status, std::string_view code, std::string_view message);

  // --- Jobs -------------------------------------------------------------------------------------
  // Every job, oldest first, hidden ones too.
  std::vector<RemoteJob> jobs() const;
  // A job that was started elsewhere; an empty id gets one. Returns the id.
  std::string AddJob(RemoteJob job);
  // Changes a job in place. It must exist.
  void EditJob(const std::string& id, const std::function<void(RemoteJob&)>& change);
  void SetJobStatus(const std::string& id, const std::string& status);
  // Status "succeeded" with this model, finished now, 1,000 trained tokens.
  void SucceedJob(const std::string& id, const std::string& fine_tuned_model);
  // Status "failed" with this error, finished now.
  void FailJob(const std::string& id, const std::string& code, const std::string& message);
  // Appends to a job's events; an empty id gets one, a zero time becomes now.
  void AddEvent(const std::string& id, RemoteEvent event);
  void AddCheckpoint(const std::string& id, RemoteCheckpoint checkpoint);
  // Lists leave the job out (a late listing) until it is shown again; GetJob finds it.
  void HideJobFromLists(const std::string& id, bool hidden);
  // The provider forgets the job: NOT_FOUND from now on.
  void ForgetJob(const std::string& id);
  // Jobs are created without the caller's metadata, as some providers do.
  void IgnoreMetadata(bool ignore);

  // --- Batches ----------------------------------------------------------------------------------
  // Every batch, oldest first, hidden ones too. They are made "validating".
  std::vector<RemoteBatch> batches() const;
  // The lines of a batch's input, by custom_id.
  std::vector<std::pair<std::string, ChatCall>> BatchInput(const std::string& id) const;
  // Answers its lines by the chat script, as far as `asked` says so (unset: all), and ends it with
  // `status`. Answers go to an output file, failures to an error file; what was not asked stands
  // nowhere.
  void EndBatch(const std::string& id, const std::string& status = "completed",
                const std::function<bool(const std::string& custom_id)>& asked = nullptr);
  // Status "failed", for this fault of its input file.
  void FailBatch(const std::string& id, const std::string& code, const std::string& message);
  void EditBatch(const std::string& id, const std::function<void(RemoteBatch&)>& change);
  // As the same of jobs.
  void HideBatchFromLists(const std::string& id, bool hidden);
  void ForgetBatch(const std::string& id);

  // --- Files and the rest -----------------------------------------------------------------------
  // Every file, oldest first.
  std::vector<RemoteFile> files() const;
  // A file with this content, as if uploaded. Returns its id.
  std::string AddFile(const std::string& file_name, const std::string& purpose,
                      std::string content);
  // Changes a file's content in place. It must exist.
  void EditFile(const std::string& id, const std::function<void(std::string&)>& change);
  // As the same of jobs.
  void HideFileFromLists(const std::string& id, bool hidden);
  void SetModels(std::vector<std::string> models);
  void SetPageSize(size_t page_size);

  // --- Provider ---------------------------------------------------------------------------------
  const std::string& name() const override { return name_; }
  const std::string& base_url() const override { return base_url_; }
  std::string chat_url() const override { return base_url_ + "/chat/completions"; }
  absl::StatusOr<RemoteFile> UploadFile(const std::string& path, const std::string& file_name,
                                        const std::string& purpose,
                                        absl::Duration timeout) override;
  absl::StatusOr<RemoteFile> GetFile(const std::string& id) override;
  absl::StatusOr<Page<RemoteFile>> ListFiles(const std::string& after) override;
  absl::StatusOr<std::string> ReadFileContent(const std::string& id) override;
  absl::Status DownloadFile(const std::string& id, const std::string& path) override;
  absl::Status DeleteFile(const std::string& id) override;
  absl::StatusOr<RemoteJob> CreateJob(const CreateJobCall& call, absl::Duration timeout) override;
  absl::StatusOr<RemoteJob> GetJob(const std::string& id) override;
  absl::StatusOr<Page<RemoteJob>> ListJobs(const std::string& after) override;
  absl::StatusOr<RemoteJob> CancelJob(const std::string& id) override;
  absl::StatusOr<RemoteJob> PauseJob(const std::string& id) override;
  absl::StatusOr<RemoteJob> ResumeJob(const std::string& id) override;
  absl::StatusOr<Page<RemoteEvent>> ListJobEvents(const std::string& id,
                                                  const std::string& after) override;
  absl::StatusOr<std::vector<RemoteCheckpoint>> ListCheckpoints(const std::string& id) override;
  absl::StatusOr<std::string> WriteBatchLine(const std::string& custom_id,
                                             const ChatCall& call) override;
  absl::StatusOr<BatchAnswer> ReadBatchLine(std::string_view line) override;
  absl::StatusOr<RemoteBatch> CreateBatch(const CreateBatchCall& call,
                                          absl::Duration timeout) override;
  absl::StatusOr<RemoteBatch> GetBatch(const std::string& id) override;
  absl::StatusOr<Page<RemoteBatch>> ListBatches(const std::string& after) override;
  absl::StatusOr<RemoteBatch> CancelBatch(const std::string& id) override;
  absl::StatusOr<std::vector<std::string>> ListModels() override;
  void Complete(ChatCall call, std::function<void(ChatAnswer)> done) override;

 private:
  struct StoredFile {
    RemoteFile file;
    std::string content;
    bool hidden = false;
  };
  struct StoredJob {
    RemoteJob job;
    bool hidden = false;
    std::vector<RemoteEvent> events;  // oldest first
    std::vector<RemoteCheckpoint> checkpoints;
  };
  struct StoredBatch {
    RemoteBatch batch;
    bool hidden = false;
  };
  struct Fault {
    absl::Status status;
    Effect effect;
  };

  // Counts the call and answers from the faults; otherwise, or for kDone, does `work`.
  template <typename T>
  T Answered(std::string_view method, const std::function<T()>& work);
  absl::StatusOr<RemoteJob> MoveJob(const std::string& id, const std::set<std::string>& from,
                                    const std::string& to) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  StoredJob* FindJob(const std::string& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  StoredBatch* FindBatch(const std::string& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const StoredFile* FindFile(const std::string& id) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);
  StoredFile* FindFile(const std::string& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  RemoteFile StoreFile(const std::string& file_name, const std::string& purpose,
                       std::string content) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string StoreJob(RemoteJob job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run(std::function<void()> work);

  const Clock* const clock_;
  const std::string name_;
  const std::string base_url_;
  mutable Mutex mutex_;
  ChatScript script_ ABSL_GUARDED_BY(mutex_);
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<std::function<void()>> held_ ABSL_GUARDED_BY(mutex_);
  std::vector<ChatCall> chat_calls_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::deque<Fault>, std::less<>> faults_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int, std::less<>> calls_ ABSL_GUARDED_BY(mutex_);
  std::vector<StoredFile> files_ ABSL_GUARDED_BY(mutex_);
  std::vector<StoredJob> jobs_ ABSL_GUARDED_BY(mutex_);
  std::vector<StoredBatch> batches_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> models_ ABSL_GUARDED_BY(mutex_) = {"fake-base-1"};
  int next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  size_t page_size_ ABSL_GUARDED_BY(mutex_) = 20;
  bool ignore_metadata_ ABSL_GUARDED_BY(mutex_) = false;
  WorkerPool thread_;  // last: its work uses all of the above
};

}  // namespace tunegate::providers

#endif  // TUNEGATE_SERVER_PROVIDERS_FAKE_PROVIDER_H_
