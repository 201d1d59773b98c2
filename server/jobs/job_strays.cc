// The part of JobStepper that deals with what a provider made beside the one job that is wanted, or
// made and listed so late that nobody expected it any more.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "server/jobs/job_kind.h"
#include "server/jobs/job_lookup.h"
#include "server/jobs/job_observation.h"
#include "server/jobs/job_stepper.h"
#include "server/jobs/stray_jobs.h"
#include "server/providers/failure.h"
#include "server/providers/intent.h"

namespace tunegate::jobs {
namespace {

using providers::Provider;
using providers::RemoteJob;
using store::v1::JobRecord;
using store::v1::StrayJob;

// What was made for a job that keeps none yet and could be kept, those that are listed by age.
absl::StatusOr<std::vector<RemoteJob>> FindLateJobs(Provider& provider, const JobRecord& record) {
  std::vector<RemoteJob> late;
  if (record.has_next_stray_look_time()) {
    TG_ASSIGN_OR_RETURN(const std::vector<RemoteJob> listed, ListAllJobs(provider));
    late = providers::WithIntent(listed, record.intent_id());
  }
  for (const StrayJob& stray : record.strays()) {
    absl::StatusOr<RemoteJob> known = provider.GetJob(stray.provider_job());
    if (absl::IsNotFound(known.status())) continue;
    TG_RETURN_IF_ERROR(known.status());
    late.push_back(*std::move(known));
  }
  std::erase_if(late, [](const RemoteJob& remote) { return !IsUsable(remote); });
  return late;
}

// How long it is known that a job was to be made, which grows the time between looks.
absl::Duration AgeOf(const JobRecord& record, absl::Time now) {
  return now - FromProto(record.has_create_intent_time() ? record.create_intent_time()
                                                         : record.resource().create_time());
}

}  // namespace

absl::Duration JobStepper::StrayDelay(const JobRecord& record) const {
  return std::max(NextStrayTime(record) - repository_->clock().Now(), options_.poll_interval);
}

absl::StatusOr<JobStepper::Then> JobStepper::TendUnfollowed(const store::Lease& lease,
                                                            StoredJob& job) {
  if (repository_->clock().Now() < NextStrayTime(job.record)) return Then::kGoOn;
  TG_ASSIGN_OR_RETURN(Provider * provider, providers_->Find(job.resource().provider(), "provider"));
  absl::Status tended;
  if (!job.resource().provider_job().empty()) {
    tended = TendStrays(lease, job);
  } else {
    const absl::StatusOr<std::vector<RemoteJob>> late = FindLateJobs(*provider, job.record);
    if (late.ok() && !late->empty()) {
      TG_RETURN_IF_ERROR(AdoptOne(lease, *late));
      return Then::kStepIsDone;
    }
    tended = late.ok() ? TendStrays(lease, job) : PutOffStrays(lease, job, late.status());
  }
  TG_RETURN_IF_ERROR(tended);
  TG_ASSIGN_OR_RETURN(job, repository_->Get<JobRecord>(lease.name));
  return Then::kGoOn;
}

// The last look before money is spent: nothing is made while there may be one already.
absl::Status JobStepper::CreateUnlessThere(const store::Lease& lease, StoredJob job) {
  if (!HasStrayWork(job.record)) return StepCreate(lease, std::move(job));
  TG_ASSIGN_OR_RETURN(Provider * provider, providers_->Find(job.resource().provider(), "provider"));
  const absl::StatusOr<std::vector<RemoteJob>> late = FindLateJobs(*provider, job.record);
  if (!late.ok()) return AfterFailedLook(lease, late.status());
  if (!late->empty()) return AdoptOne(lease, *late);
  if (job.record.strays().empty()) return StepCreate(lease, std::move(job));
  // One denial of what was made is not believed.
  return Commit(lease, StrayDelay(job.record), [](StoredJob&, store::Transaction&) {});
}

absl::Status JobStepper::TendStrays(const store::Lease& lease, const StoredJob& job) {
  if (!HasStrayWork(job.record)) return absl::OkStatus();
  TG_ASSIGN_OR_RETURN(Provider * provider, providers_->Find(job.resource().provider(), "provider"));
  TG_RETURN_IF_ERROR(LookForStrays(lease, job, *provider));
  std::vector<StrayAttempt> attempts;
  for (const StrayJob& stray : DueStrays(job.record, repository_->clock().Now())) {
    // Somebody may have adopted it meanwhile.
    TG_ASSIGN_OR_RETURN(
        const std::string follower,
        FindByProviderJob(repository_->store(), provider->name(), stray.provider_job()));
    attempts.push_back(follower.empty()
                           ? CancelStray(*provider, stray)
                           : StrayAttempt{.provider_job = stray.provider_job(),
                                          .ended = true,
                                          .message = absl::StrCat("is followed by ", follower)});
  }
  return RecordStrays(lease, attempts);
}

// It cannot be seen whether one of them is to be kept: none is cancelled, and it is tried later.
absl::Status JobStepper::PutOffStrays(const store::Lease& lease, const StoredJob& job,
                                      const absl::Status& error) {
  std::vector<StrayAttempt> attempts;
  for (const StrayJob& stray : DueStrays(job.record, repository_->clock().Now())) {
    attempts.push_back(
        {.provider_job = stray.provider_job(),
         .retry_delay = providers::TryAgainDelay(error, stray.attempts() + 1),
         .message = absl::StrCat("cannot be looked at: ", std::string(error.message()))});
  }
  TG_RETURN_IF_ERROR(PutOffLook(lease, job, error));
  return RecordStrays(lease, attempts);
}

absl::Status JobStepper::PutOffLook(const store::Lease& lease, const StoredJob& job,
                                    const absl::Status& error) {
  const absl::Time time = repository_->clock().Now();
  if (!StrayLookIsDue(job.record, time)) return absl::OkStatus();
  log::Warning("looking for a job's twins failed",
               {{"resource", lease.name}, {"error", std::string(error.message())}});
  const auto record = [&](StoredJob& now, store::Transaction& transaction) {
    transaction.lease = lease;
    transaction.keep_lease = true;
    MoveStrayLook(time + options_.settle_time, now.record);
    repository_->WriteQuietly(transaction, now);
    return absl::OkStatus();
  };
  return repository_->Update<JobRecord>(lease.name, record).status();
}

absl::Status JobStepper::RecordStrays(const store::Lease& lease,
                                      const std::vector<StrayAttempt>& attempts) {
  if (attempts.empty()) return absl::OkStatus();
  const auto record = [&](StoredJob& now, store::Transaction& transaction) {
    transaction.lease = lease;
    transaction.keep_lease = true;
    std::vector<std::string> messages;
    for (const StrayAttempt& attempt : attempts) {
      messages.push_back(
          absl::StrCat(NameOfStray(attempt.provider_job, now.record), " ", attempt.message));
    }
    RecordAttempts(attempts, repository_->clock().Now(), now.record);
    repository_->Write(transaction, now, v1::Event::TYPE_UPDATED, absl::StrJoin(messages, "; "));
    return absl::OkStatus();
  };
  return repository_->Update<JobRecord>(lease.name, record).status();
}

// A job that was believed never made may be listed very late. So it is looked for at intervals that
// grow with the age of the one that was made in its place, and once more after that one's end.
absl::Status JobStepper::LookForStrays(const store::Lease& lease, const StoredJob& job,
                                       Provider& provider) {
  const absl::Time time = repository_->clock().Now();
  if (!StrayLookIsDue(job.record, time)) return absl::OkStatus();
  const absl::StatusOr<std::vector<RemoteJob>> listed = ListAllJobs(provider);
  if (!listed.ok()) return PutOffLook(lease, job, listed.status());
  std::vector<std::string> twins;
  for (const RemoteJob& twin : providers::WithIntent(*listed, job.record.intent_id())) {
    if (HasEnded(twin)) continue;
    // Somebody may have adopted it meanwhile.
    TG_ASSIGN_OR_RETURN(const std::string follower,
                        FindByProviderJob(repository_->store(), provider.name(), twin.id));
    if (follower.empty()) twins.push_back(twin.id);
  }
  const auto record = [&](StoredJob& now, store::Transaction& transaction) {
    transaction.lease = lease;
    transaction.keep_lease = true;
    std::string message = "looked for twins at the provider";
    for (const std::string& twin : twins) {
      if (AddStray(twin, now.record)) absl::StrAppend(&message, "; ", twin, " will be cancelled");
    }
    if (IsTerminal(now.resource().state())) {
      now.record.clear_next_stray_look_time();
    } else {
      MoveStrayLook(time + std::max(AgeOf(now.record, time), options_.settle_time), now.record);
    }
    repository_->Write(transaction, now, v1::Event::TYPE_UPDATED, message);
    return absl::OkStatus();
  };
  return repository_->Update<JobRecord>(lease.name, record).status();
}

}  // namespace tunegate::jobs
