// The part of JobStepper that asks a provider to do something about a job that it has.
#include <string>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "server/jobs/job_kind.h"
#include "server/jobs/job_stepper.h"
#include "server/providers/failure.h"

namespace tunegate::jobs {
namespace {

using providers::Consequence;
using providers::Provider;
using store::v1::JobRecord;

}  // namespace

// A pause is passed on once; what came of it shows in the provider's status.
absl::Status JobStepper::CarryOutRequests(const store::Lease& lease, const StoredJob& job,
                                          Provider& provider) {
  if (job.record.cancel_requested()) return AskForCancel(lease, job, provider);
  const bool pause = job.record.pause_requested();
  if (!pause && !job.record.resume_requested()) return absl::OkStatus();
  const std::string& id = job.resource().provider_job();
  const std::string wish = pause ? "pause" : "resume";
  const absl::Status asked =
      pause ? provider.PauseJob(id).status() : provider.ResumeJob(id).status();
  if (!asked.ok() && providers::ConsequenceOf(asked) == Consequence::kTryAgain) {
    log::Warning("a request to the provider will be tried again",
                 {{"resource", lease.name}, {"error", std::string(asked.message())}});
    return absl::OkStatus();
  }
  const auto record = [&](StoredJob& now, store::Transaction& transaction) {
    transaction.lease = lease;
    transaction.keep_lease = true;
    now.record.set_pause_requested(false);
    now.record.set_resume_requested(false);
    repository_->Write(transaction, now, v1::Event::TYPE_UPDATED,
                       asked.ok() ? absl::StrCat(wish, " asked of the provider")
                                  : absl::StrCat("the provider refuses to ", wish, ": ",
                                                 std::string(asked.message())));
    return absl::OkStatus();
  };
  return repository_->Update<JobRecord>(lease.name, record).status();
}

// It is CANCELLING from the first attempt on, and asked again, with back-off, until the provider
// has taken it: also after a refusal, since what is refused today may be granted once the key is
// mended or the job has got further. An end of its own ends this, too.
absl::Status JobStepper::AskForCancel(const store::Lease& lease, const StoredJob& job,
                                      Provider& provider) {
  const absl::Time time = repository_->clock().Now();
  const bool waits =
      job.record.has_next_cancel_time() && time < FromProto(job.record.next_cancel_time());
  if (job.record.cancel_passed_on() || waits) return absl::OkStatus();
  const absl::Status asked = provider.CancelJob(job.resource().provider_job()).status();
  const auto record = [&](StoredJob& now, store::Transaction& transaction) {
    transaction.lease = lease;
    transaction.keep_lease = true;
    now.record.set_pause_requested(false);
    now.record.set_resume_requested(false);
    now.record.set_cancel_passed_on(asked.ok());
    if (!asked.ok()) {
      now.record.set_failed_cancels(job.record.failed_cancels() + 1);
      *now.record.mutable_next_cancel_time() =
          ToProto(time + providers::TryAgainDelay(asked, now.record.failed_cancels()));
    }
    const auto next = NextState(now.resource().state(), JobFact::kCancelRequested);
    if (next.has_value()) now.resource().set_state(*next);
    const bool refused = providers::ConsequenceOf(asked) != Consequence::kTryAgain;
    repository_->Write(
        transaction, now,
        next.has_value() ? v1::Event::TYPE_STATE_CHANGED : v1::Event::TYPE_UPDATED,
        asked.ok() ? "cancel asked of the provider"
                   : absl::StrCat(refused ? "the provider refuses to cancel"
                                          : "the provider could not be asked to cancel",
                                  ", and will be asked again: ", std::string(asked.message())));
    return absl::OkStatus();
  };
  return repository_->Update<JobRecord>(lease.name, record).status();
}

}  // namespace tunegate::jobs
