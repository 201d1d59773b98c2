// BatchEngine: runs batches of chat completions on a thread of its own and keeps them in a
// directory that outlives us. A batch that was under way when the server stopped starts again.
#ifndef TUNEGATE_SERVER_SANDBOX_BATCHES_BATCH_ENGINE_H_
#define TUNEGATE_SERVER_SANDBOX_BATCHES_BATCH_ENGINE_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/mutex.h"
#include "common/worker_pool.h"
#include "server/sandbox/batches/batch_input.h"
#include "server/sandbox/batches/batch_output.h"
#include "server/sandbox/chat/chat_service.h"
#include "server/sandbox/file_store.h"

namespace tunegate::sandbox {

// What a fault rule does to a batch that it let through (see ../README.md). 0 and empty: nothing.
struct BatchFault {
  int64_t expire_after = 0;  // lines
  int64_t drop_every = 0;    // lines
  std::string fail_code, fail_message;

  json::Value ToJson() const;
  // Members that are missing keep their defaults.
  static BatchFault FromJson(const json::Value& value);
};

// Thread-safe. Batches are the API's objects. Unknown ids: NOT_FOUND.
class BatchEngine {
 public:
  // `files`, `chat` and `clock` must outlive it. What was under way waits for ResumeUnfinished.
  static absl::StatusOr<std::unique_ptr<BatchEngine>> Open(const std::string& directory,
                                                           FileStore& files, ChatService& chat,
                                                           const Clock& clock);
  ~BatchEngine();

  void ResumeUnfinished();

  // How long a line takes at least, from the next one on.
  void SetPace(absl::Duration time_per_line) {
    pace_nanoseconds_ = absl::ToInt64Nanoseconds(time_per_line);
  }

  // `body` is a CreateBatchRequest. 400 naming the parameter.
  absl::StatusOr<json::Value> Create(const json::Value& body, const BatchFault& fault = {});
  absl::StatusOr<json::Value> Get(const std::string& id) const;
  std::vector<json::Value> NewestFirst() const;
  // 400 when the batch has ended.
  absl::StatusOr<json::Value> Cancel(const std::string& id);

 private:
  struct Entry {
    json::Value batch;
    int64_t sequence = 0;
    BatchFault fault;
  };
  // How a run ended; kStopped: the server stops, and it starts again at the next start.
  enum class Outcome { kCompleted, kExpired, kCancelled, kStopped };

  BatchEngine(std::string directory, FileStore& files, ChatService& chat, const Clock& clock);
  absl::Status Load();
  void Enqueue(const std::string& id);
  void Run(const std::string& id);
  absl::StatusOr<BatchInput> ReadInput(const std::string& id);
  void Reject(const std::string& id, std::vector<json::Value> errors);
  Outcome Answer(const std::string& id, const BatchInput& input, BatchOutput& output);
  // False when the server stops meanwhile.
  bool WaitForPace();
  absl::Status Finish(const std::string& id, const BatchOutput& output, Outcome outcome);
  // Applies `change` and saves; false when the batch is being cancelled or gone.
  bool Change(const std::string& id, const std::function<void(json::Value&)>& change);
  absl::Status Save(const Entry& entry) const;
  int64_t Now() const { return absl::ToUnixSeconds(clock_.Now()); }

  const std::string directory_;
  FileStore& files_;
  ChatService& chat_;
  const Clock& clock_;
  std::atomic<int64_t> pace_nanoseconds_{0};
  std::atomic<bool> stopping_{false};
  mutable Mutex mutex_;
  CondVar stop_;
  std::map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);
  int64_t next_sequence_ ABSL_GUARDED_BY(mutex_) = 1;
  WorkerPool worker_;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_BATCHES_BATCH_ENGINE_H_
