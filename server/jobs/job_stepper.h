// The durable work of a job: files there, created at the provider exactly once, followed to its
// end.
//
// Creating is the step that costs money, and providers have no idempotency key. So: the intent is
// committed, then the POST is sent with a time-out shorter than the lease. When its outcome is not
// known, nothing is sent again before the provider's whole list has been searched for our metadata
// over a settle time. Several found: the oldest that is of use is kept, the others are cancelled
// (stray_jobs.h). Found late: it is kept, too, while there is none yet, or else cancelled.
#ifndef TUNEGATE_SERVER_JOBS_JOB_STEPPER_H_
#define TUNEGATE_SERVER_JOBS_JOB_STEPPER_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/admin/work_pause.h"
#include "server/jobs/job_observation.h"
#include "server/jobs/job_states.h"
#include "server/jobs/stray_jobs.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/runner/runner.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::jobs {

struct JobStepperOptions {
  absl::Duration poll_interval = absl::Seconds(5);
  // After a POST with unknown outcome: how long the list is searched before another POST.
  absl::Duration settle_time = absl::Seconds(30);
  absl::Duration create_timeout = absl::Seconds(30);
};

// A job that the provider no longer knows is looked for so often, and for the settle time at least,
// before it counts as lost, if the provider's list does not have it either.
inline constexpr int kLooksForLostJob = 5;
// The end of a job whose events or checkpoints cannot be read is recorded without them after so
// many looks that found the job itself.
inline constexpr int kLooksForDetails = 6;

// Every job of a provider's list.
absl::StatusOr<std::vector<providers::RemoteJob>> ListAllJobs(providers::Provider& provider);
// What goes on with a job that is blocked: its workflow, where it has one.
std::string ResumeCommandOf(const v1::Job& job);

// Thread-safe. What it is given is not owned.
class JobStepper final : public runner::Stepper {
 public:
  JobStepper(resources::Repository* repository, const providers::ProviderSet* providers,
             const admin::WorkPause* pause, JobStepperOptions options)
      : repository_(repository), providers_(providers), pause_(pause), options_(options) {}

  absl::Status Step(const store::Lease& lease, const runner::StopSignal& stop) override;

 private:
  using StoredJob = resources::Stored<store::v1::JobRecord>;
  using Change = std::function<void(StoredJob&, store::Transaction&)>;

  // Before the provider has it: job_stepper.cc, and job_creation.cc for the creation itself.
  absl::Status StepBlocked(const store::Lease& lease, const StoredJob& job);
  absl::Status StepFiles(const store::Lease& lease, StoredJob job);
  absl::Status StepCreate(const store::Lease& lease, StoredJob job);
  absl::Status AfterCreate(const store::Lease& lease,
                           const absl::StatusOr<providers::RemoteJob>& made);
  absl::Status StepReconcile(const store::Lease& lease, const StoredJob& job);
  absl::Status RecordLateJob(const std::string& name, const std::string& provider_job);
  // Keeps one of `ours`, which is in order of age; the others are strays.
  absl::Status AdoptOne(const store::Lease& lease, const std::vector<providers::RemoteJob>& ours);
  // While the provider has it: job_follow.cc.
  absl::Status StepFollow(const store::Lease& lease, const StoredJob& job);
  absl::Status AfterFailedLook(const store::Lease& lease, const absl::Status& error);
  absl::Status FailAsLost(const store::Lease& lease, const std::string& provider_job);
  absl::Status AwaitDetails(const store::Lease& lease, const JobObservation& seen);
  bool IsUnlisted(const StoredJob& job);
  // What it is asked on the way: job_requests.cc. All of them keep the lease.
  absl::Status CarryOutRequests(const store::Lease& lease, const StoredJob& job,
                                providers::Provider& provider);
  absl::Status AskForCancel(const store::Lease& lease, const StoredJob& job,
                            providers::Provider& provider);
  // What was made beside it, or late: job_strays.cc. The lease is kept by all but CreateUnlessThere
  // and a step that is done.
  enum class Then { kGoOn, kStepIsDone };
  absl::Status TendStrays(const store::Lease& lease, const StoredJob& job);
  // For a job that is blocked or not made yet; keeps what was made late. Reads `job` again.
  absl::StatusOr<Then> TendUnfollowed(const store::Lease& lease, StoredJob& job);
  // Makes it, unless something was made late.
  absl::Status CreateUnlessThere(const store::Lease& lease, StoredJob job);
  absl::Status PutOffStrays(const store::Lease& lease, const StoredJob& job,
                            const absl::Status& error);
  absl::Status PutOffLook(const store::Lease& lease, const StoredJob& job,
                          const absl::Status& error);
  absl::Status RecordStrays(const store::Lease& lease, const std::vector<StrayAttempt>& attempts);
  absl::Status LookForStrays(const store::Lease& lease, const StoredJob& job,
                             providers::Provider& provider);
  // Until there is something to do about strays again, but not at once.
  absl::Duration StrayDelay(const store::v1::JobRecord& record) const;

  // Commits `change` under the lease, then the work is due again after `delay`; a job that has
  // ended or waits for a person is due no more, and its workflow is woken.
  absl::Status Commit(const store::Lease& lease, absl::Duration delay, const Change& change);
  absl::Status Fail(const store::Lease& lease, const v1::Failure& failure);
  // An intent is kept while a POST's outcome is unknown, and forgotten once nothing came of it.
  enum class Intent { kKeep, kForget };
  absl::Status Block(const store::Lease& lease, const v1::Failure& failure,
                     Intent intent = Intent::kKeep);
  // Applies a fact with a failure (may be null) and logs it.
  void Apply(StoredJob& job, store::Transaction& transaction, JobFact fact,
             const v1::Failure* failure, std::string_view message);

  resources::Repository* repository_;
  const providers::ProviderSet* providers_;
  const admin::WorkPause* pause_;
  const JobStepperOptions options_;
};

}  // namespace tunegate::jobs

#endif  // TUNEGATE_SERVER_JOBS_JOB_STEPPER_H_
