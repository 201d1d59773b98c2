// JobStore: fine-tuning jobs with their events and checkpoints, in a directory that outlives us. A
// job's status is also how its owner is told to stop: whoever trains looks here between steps.
#ifndef TUNEGATE_SERVER_SANDBOX_JOBS_JOB_STORE_H_
#define TUNEGATE_SERVER_SANDBOX_JOBS_JOB_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/mutex.h"
#include "server/sandbox/jobs/job.h"

namespace tunegate::sandbox {

// Thread-safe. Unknown ids: NOT_FOUND, worded as OpenAI does. A disk that refuses: INTERNAL.
class JobStore {
 public:
  // `clock` must outlive the store.
  static absl::StatusOr<std::unique_ptr<JobStore>> Open(const std::string& directory,
                                                        const Clock& clock);

  // Gives the job its id, time and sequence.
  absl::StatusOr<Job> Create(Job job);
  absl::StatusOr<Job> Get(std::string_view id) const;
  std::vector<Job> NewestFirst() const;

  // Moves the job to `to` and applies `change`; sets finished_at when that ends it.
  // FAILED_PRECONDITION, job unchanged, when its status does not allow that.
  absl::StatusOr<Job> Transition(std::string_view id, JobStatus to,
                                 const std::function<void(Job&)>& change = nullptr);
  // Applies `change` while the job is running; its status stays.
  absl::Status Update(std::string_view id, const std::function<void(Job&)>& change);
  // Forgets the job with all that belongs to it.
  void Remove(std::string_view id);

  // `data` is null for plain messages and makes the event one of type "metrics".
  absl::Status AddEvent(std::string_view id, std::string_view level, std::string_view message,
                        json::Value data = json::Value());
  absl::StatusOr<std::vector<json::Value>> EventsNewestFirst(std::string_view id) const;

  absl::Status AddCheckpoint(std::string_view id, std::string_view model, int step,
                             json::Value metrics);
  absl::StatusOr<std::vector<json::Value>> CheckpointsNewestFirst(std::string_view id) const;

  // Waits until the job has no longer this status, or `timeout`. True when it changed.
  bool WaitForChange(std::string_view id, JobStatus status, absl::Duration timeout);
  // Ends every wait, now and later: for shutting down.
  void StopWaiting();

 private:
  struct Entry {
    Job job;
    std::vector<json::Value> events;       // oldest first
    std::vector<json::Value> checkpoints;  // oldest first
  };
  JobStore(std::string directory, const Clock& clock)
      : directory_(std::move(directory)), clock_(clock) {}
  absl::Status Load();
  std::string Path(std::string_view id, std::string_view suffix) const;
  int64_t NowSeconds() const { return absl::ToUnixSeconds(clock_.Now()); }
  absl::Status Save(const Job& job) const;
  Entry* Find(std::string_view id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  const Entry* Find(std::string_view id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string directory_;
  const Clock& clock_;
  mutable Mutex mutex_;
  CondVar changed_;
  std::map<std::string, Entry, std::less<>> entries_ ABSL_GUARDED_BY(mutex_);
  int64_t next_sequence_ ABSL_GUARDED_BY(mutex_) = 1;
  bool stop_waiting_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_JOBS_JOB_STORE_H_
