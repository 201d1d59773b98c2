// The part of JobStepper that follows a job which the provider has.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "server/jobs/job_kind.h"
#include "server/jobs/job_lookup.h"
#include "server/jobs/job_observation.h"
#include "server/jobs/job_stepper.h"
#include "server/jobs/stray_jobs.h"
#include "server/metrics/catalogue.h"
#include "server/providers/failure.h"
#include "server/providers/intent.h"
#include "server/providers/provider_error.h"

namespace tunegate::jobs {
namespace {

using providers::Consequence;
using providers::Provider;
using providers::RemoteJob;
using store::v1::JobRecord;

// Whether what is missing in a look may still come. A job that goes on is recorded without; its
// next look comes anyway. One that has ended is looked at no more, so its end waits a little.
bool IsWorthAnotherLook(const JobObservation& seen, const JobRecord& record) {
  const Consequence consequence = providers::ConsequenceOf(seen.incomplete);
  return HasEnded(seen.job) && consequence != Consequence::kGiveUp &&
         record.failed_details() < kLooksForDetails;
}

// A job that is being cancelled waits for its end, not for a person.
bool CanBlock(const resources::Stored<JobRecord>& job) {
  return !job.record.cancel_requested() &&
         NextState(job.resource().state(), JobFact::kBlocked).has_value();
}

// What training has cost, once it is recorded that it has ended; not what others started.
void CountSpend(const v1::Job& job) {
  if (!IsTerminal(job.state()) || job.adopted()) return;
  metrics::Catalogue& metrics = metrics::TheCatalogue();
  const v1::Usage& usage = job.usage();
  metrics.tokens.Of({job.provider(), job.base_model(), "trained"}).Add(usage.trained_tokens());
  if (!usage.has_cost()) return;
  metrics.spend.Of({job.provider(), job.base_model(), usage.cost().currency_code()})
      .Add(usage.cost().micros());
}

}  // namespace

absl::Status JobStepper::StepFollow(const store::Lease& lease, const StoredJob& job) {
  TG_ASSIGN_OR_RETURN(Provider * provider, providers_->Find(job.resource().provider(), "provider"));
  TG_RETURN_IF_ERROR(CarryOutRequests(lease, job, *provider));
  TG_RETURN_IF_ERROR(TendStrays(lease, job));
  const absl::StatusOr<JobObservation> seen =
      Observe(*provider, repository_->store(), job.resource());
  if (!seen.ok()) return AfterFailedLook(lease, seen.status());
  const bool needs_person = providers::ConsequenceOf(seen->incomplete) == Consequence::kNeedsPerson;
  if (needs_person && CanBlock(job)) return AfterFailedLook(lease, seen->incomplete);
  if (!seen->incomplete.ok() && IsWorthAnotherLook(*seen, job.record)) {
    return AwaitDetails(lease, *seen);
  }
  v1::Job recorded;
  TG_RETURN_IF_ERROR(
      Commit(lease, options_.poll_interval, [&](StoredJob& now, store::Transaction& t) {
        if (HasEnded(seen->job)) {
          MoveStrayLook(repository_->clock().Now() + options_.settle_time, now.record);
        }
        Record(*seen, *repository_, now, t);
        recorded = now.resource();
      }));
  CountSpend(recorded);
  return absl::OkStatus();
}

// Counts on its own: a storm before the end says nothing of the look that found it.
absl::Status JobStepper::AwaitDetails(const store::Lease& lease, const JobObservation& seen) {
  TG_ASSIGN_OR_RETURN(const StoredJob job, repository_->Get<JobRecord>(lease.name));
  const int attempt = job.record.failed_details() + 1;
  return Commit(lease, providers::TryAgainDelay(seen.incomplete, attempt),
                [&](StoredJob& now, store::Transaction& t) {
                  now.record.set_failed_details(attempt);
                  now.record.clear_settle_until_time();
                  repository_->Write(
                      t, now, v1::Event::TYPE_UPDATED,
                      absl::StrCat("provider: ", seen.job.status, "; waits for its ", seen.missing,
                                   ": ", std::string(seen.incomplete.message())));
                });
}

// A 404 alone may come from something in between, and a broken list proves nothing.
bool JobStepper::IsUnlisted(const StoredJob& job) {
  const std::string& id = job.resource().provider_job();
  const auto provider = providers_->Find(job.resource().provider(), "provider");
  if (id.empty() || !provider.ok()) return false;
  const absl::StatusOr<std::vector<RemoteJob>> listed = ListAllJobs(**provider);
  return listed.ok() && std::none_of(listed->begin(), listed->end(),
                                     [&](const RemoteJob& remote) { return remote.id == id; });
}

// It is denied, which does not prove that it trains no more.
absl::Status JobStepper::FailAsLost(const store::Lease& lease, const std::string& provider_job) {
  const v1::Failure failure = providers::MakeFailure(
      kProviderJobLost, absl::StrCat("the provider no longer knows ", provider_job),
      "ask the provider, or start a new job");
  return Commit(lease, absl::ZeroDuration(), [&](StoredJob& job, store::Transaction& t) {
    AddLostJob(job.record);
    Apply(job, t, JobFact::kFailed, &failure, failure.message());
  });
}

absl::Status JobStepper::AfterFailedLook(const store::Lease& lease, const absl::Status& error) {
  TG_ASSIGN_OR_RETURN(const StoredJob job, repository_->Get<JobRecord>(lease.name));
  const int attempt = job.record.failed_calls() + 1;
  // Denied without anything else in between since it was first: a provider that comes back from an
  // outage may not know for a while what it knew.
  const bool denied = absl::IsNotFound(error) && !job.resource().provider_job().empty();
  const bool long_denied = denied && job.record.has_settle_until_time() &&
                           repository_->clock().Now() >= FromProto(job.record.settle_until_time());
  if (long_denied && attempt >= kLooksForLostJob && IsUnlisted(job)) {
    return FailAsLost(lease, job.resource().provider_job());
  }
  if (providers::ConsequenceOf(error) == Consequence::kNeedsPerson && CanBlock(job)) {
    return Block(lease, providers::FailureOf(error, ResumeCommandOf(job.resource())));
  }
  log::Warning("looking at a job failed",
               {{"resource", lease.name}, {"error", std::string(error.message())}});
  return Commit(
      lease, providers::TryAgainDelay(error, attempt), [&](StoredJob& now, store::Transaction& t) {
        now.record.set_failed_calls(attempt);
        if (denied && !now.record.has_settle_until_time()) {
          *now.record.mutable_settle_until_time() =
              ToProto(repository_->clock().Now() + options_.settle_time);
        } else if (!denied) {
          now.record.clear_settle_until_time();
        }
        repository_->Write(
            t, now, v1::Event::TYPE_UPDATED,
            absl::StrCat("could not look at the provider: ", std::string(error.message())));
      });
}

}  // namespace tunegate::jobs
