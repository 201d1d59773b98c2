// JobEngine: runs the fine-tuning jobs of a JobStore on threads of its own and takes the orders of
// the API: create, cancel, pause, resume.
#ifndef TUNEGATE_SERVER_SANDBOX_JOBS_JOB_ENGINE_H_
#define TUNEGATE_SERVER_SANDBOX_JOBS_JOB_ENGINE_H_

#include <atomic>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "common/worker_pool.h"
#include "server/sandbox/jobs/job_run.h"

namespace tunegate::sandbox {

// Thread-safe. The stores must outlive it. Destruction leaves unfinished jobs as they are; the next
// engine on the same stores takes them up with ResumeUnfinished.
class JobEngine {
 public:
  JobEngine(JobStore& jobs, FileStore& files, ModelStore& models, const Clock& clock);
  ~JobEngine();

  // Takes up what an earlier process left.
  void ResumeUnfinished();

  // How long a training step lasts at least; 0: as fast as it goes.
  void SetPace(absl::Duration pace) { pace_nanoseconds_ = absl::ToInt64Nanoseconds(pace); }

  // `job` is from ReadJobRequest.
  absl::StatusOr<Job> Create(Job job);
  // NOT_FOUND; 400 when the job's status does not allow it.
  absl::StatusOr<Job> Cancel(const std::string& id);
  absl::StatusOr<Job> Pause(const std::string& id);
  absl::StatusOr<Job> Resume(const std::string& id);

 private:
  absl::StatusOr<Job> Order(const std::string& id, JobStatus to, std::string_view event);
  void Enqueue(const std::string& id);
  void Work(const std::string& id);
  // True, and the job is nobody's any more, when nothing is left to do for it.
  bool LetGo(const std::string& id);

  JobStore& jobs_;
  FileStore& files_;
  ModelStore& models_;
  const Clock& clock_;
  std::atomic<int64_t> pace_nanoseconds_{0};
  std::atomic<bool> stopping_{false};
  Mutex mutex_;
  std::set<std::string> active_ ABSL_GUARDED_BY(mutex_);  // a worker has them
  WorkerPool workers_;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_JOBS_JOB_ENGINE_H_
