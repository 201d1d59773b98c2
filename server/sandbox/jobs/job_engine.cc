#include "server/sandbox/jobs/job_engine.h"

#include <iostream>
#include <vector>

#include "common/errors.h"
#include "server/sandbox/api_error.h"

namespace tunegate::sandbox {
namespace {

constexpr size_t kTrainingThreads = 4;  // mostly asleep when training is paced
constexpr size_t kMaxWaitingJobs = 100'000;

}  // namespace

JobEngine::JobEngine(JobStore& jobs, FileStore& files, ModelStore& models, const Clock& clock)
    : jobs_(jobs),
      files_(files),
      models_(models),
      clock_(clock),
      workers_(kTrainingThreads, kMaxWaitingJobs) {}

JobEngine::~JobEngine() {
  stopping_ = true;
  jobs_.StopWaiting();
  workers_.Shutdown();
}

void JobEngine::ResumeUnfinished() {
  std::vector<Job> jobs = jobs_.NewestFirst();
  for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
    if (!IsFinished(job->status) && job->status != JobStatus::kPaused) Enqueue(job->id);
  }
}

absl::StatusOr<Job> JobEngine::Create(Job job) {
  TG_ASSIGN_OR_RETURN(job, jobs_.Create(std::move(job)));
  TG_RETURN_IF_ERROR(jobs_.AddEvent(job.id, "info", "Created fine-tuning job: " + job.id));
  std::string validating = "Validating training file: " + job.training_file;
  if (!job.validation_file.empty()) validating += " and validation file: " + job.validation_file;
  TG_RETURN_IF_ERROR(jobs_.AddEvent(job.id, "info", validating));
  Enqueue(job.id);
  return job;
}

absl::StatusOr<Job> JobEngine::Order(const std::string& id, JobStatus to, std::string_view event) {
  absl::StatusOr<Job> job = jobs_.Transition(id, to);
  if (absl::IsFailedPrecondition(job.status())) {
    const absl::string_view message = job.status().message();
    return BadRequest("", std::string(message.data(), message.size()), "invalid_job_status");
  }
  if (job.ok()) TG_RETURN_IF_ERROR(jobs_.AddEvent(id, "info", event));
  return job;
}

absl::StatusOr<Job> JobEngine::Cancel(const std::string& id) {
  return Order(id, JobStatus::kCancelled, "Fine-tuning job cancelled");
}

absl::StatusOr<Job> JobEngine::Pause(const std::string& id) {
  return Order(id, JobStatus::kPaused, "Fine-tuning job paused");
}

absl::StatusOr<Job> JobEngine::Resume(const std::string& id) {
  TG_ASSIGN_OR_RETURN(const Job before, jobs_.Get(id));
  if (before.status != JobStatus::kPaused) {
    return BadRequest("",
                      "Job " + id + " is " + std::string(JobStatusName(before.status)) +
                          "; only a paused job can be resumed.",
                      "invalid_job_status");
  }
  TG_ASSIGN_OR_RETURN(const Job job, Order(id, JobStatus::kQueued, "Job moved to queued state"));
  Enqueue(id);
  return job;
}

void JobEngine::Enqueue(const std::string& id) {
  if (!workers_.Submit([this, id] { Work(id); }) && !stopping_) {
    std::cerr << "job " << id << ": too many jobs are waiting; it starts when the server does\n";
  }
}

bool JobEngine::LetGo(const std::string& id) {
  MutexLock lock(mutex_);
  const absl::StatusOr<Job> job = jobs_.Get(id);
  // A job that was paused and resumed while its worker had not yet noticed is still this worker's:
  // the task that Resume submitted has found it taken and gone.
  const bool unfinished = job.ok() && !IsFinished(job->status) && job->status != JobStatus::kPaused;
  if (unfinished && !stopping_) return false;
  active_.erase(id);
  return true;
}

void JobEngine::Work(const std::string& id) {
  {
    MutexLock lock(mutex_);
    if (stopping_ || !active_.insert(id).second) return;
  }
  const JobRun::Context context{jobs_,
                                files_,
                                models_,
                                clock_,
                                [this] { return absl::Nanoseconds(pace_nanoseconds_.load()); },
                                stopping_};
  do {
    const absl::Status ran = JobRun(context, id).Run();
    if (!ran.ok() && !absl::IsNotFound(ran)) {
      std::cerr << "job " << id << ": " << ran << "\n";
      MutexLock lock(mutex_);
      active_.erase(id);  // the disk refuses: it is taken up again at the next start
      return;
    }
  } while (!LetGo(id));
}

}  // namespace tunegate::sandbox
