// The part of JobStepper that makes a job at the provider, once.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "server/jobs/job_kind.h"
#include "server/jobs/job_limits.h"
#include "server/jobs/job_spec.h"
#include "server/jobs/job_stepper.h"
#include "server/jobs/stray_jobs.h"
#include "server/providers/failure.h"
#include "server/providers/intent.h"
#include "server/providers/provider_error.h"
#include "server/providers/send_window.h"

namespace tunegate::jobs {
namespace {

using providers::Consequence;
using providers::Provider;
using providers::RemoteJob;
using store::v1::JobRecord;

constexpr absl::Duration kReconcilePoll = absl::Seconds(1);

// A job of our file, newer than the intent, without any metadata: the provider may have dropped
// ours.
bool MayBeOursUnmarked(const RemoteJob& remote, const JobRecord& record) {
  return remote.metadata.empty() && remote.training_file == record.training_file() &&
         remote.create_time >= FromProto(record.create_intent_time()) - absl::Minutes(1);
}

// What a job that was just made or found means. One that has ended already is only said to be
// there: its end is recorded by the look that also brings its model, events and checkpoints.
JobFact FactOfNewJob(const RemoteJob& remote) {
  const JobFact fact = FactOfProviderStatus(remote.status).value_or(JobFact::kValidating);
  const bool ended =
      fact == JobFact::kSucceeded || fact == JobFact::kFailed || fact == JobFact::kCancelled;
  return ended ? JobFact::kValidating : fact;
}

}  // namespace

absl::Status JobStepper::StepCreate(const store::Lease& lease, StoredJob job) {
  TG_ASSIGN_OR_RETURN(Provider * provider, providers_->Find(job.resource().provider(), "provider"));
  providers::CreateJobCall call;
  call.model = job.resource().base_model();
  call.training_file = job.record.training_file();
  call.validation_file = job.record.validation_file();
  call.suffix = job.resource().suffix();
  if (job.resource().has_seed()) call.seed = job.resource().seed();
  call.method = MethodOf(job.resource());
  call.metadata = {{std::string(providers::kIntentKey), job.record.intent_id()},
                   {"tunegate_job", job.resource().name()}};

  *job.record.mutable_create_intent_time() = ToProto(repository_->clock().Now());
  job.record.clear_settle_until_time();
  store::Transaction intent;
  intent.lease = lease;
  intent.keep_lease = true;
  intent.lease_duration = options_.create_timeout + providers::SendWindow::kMargin;
  if (const auto next = NextState(job.resource().state(), JobFact::kStarted)) {
    job.resource().set_state(*next);
  }
  repository_->Write(intent, job, v1::Event::TYPE_UPDATED,
                     absl::StrCat("creating the job at ", provider->name()));
  const providers::SendWindow window(&repository_->clock());
  TG_RETURN_IF_ERROR(repository_->store().Commit(std::move(intent)).status());
  if (absl::Status held_up = window.Check(); !held_up.ok()) {
    return AfterCreate(lease, std::move(held_up));
  }
  return AfterCreate(lease, provider->CreateJob(call, options_.create_timeout));
}

absl::Status JobStepper::AfterCreate(const store::Lease& lease,
                                     const absl::StatusOr<RemoteJob>& made) {
  if (made.ok()) {
    const auto record = [&](StoredJob& job, store::Transaction& t) {
      KeepJob(made->id, job.record);
      job.resource().set_provider_status(Cut(made->status, kWordBytes));
      job.record.set_failed_calls(0);
      Apply(job, t, FactOfNewJob(*made), nullptr,
            absl::StrCat("the provider made ", made->id, " (", made->status, ")"));
    };
    const absl::Status recorded = Commit(lease, absl::ZeroDuration(), record);
    if (DetailsOf(recorded).reason == "LEASE_LOST") {
      TG_RETURN_IF_ERROR(RecordLateJob(lease.name, made->id));
    }
    return recorded;
  }
  const absl::Status& error = made.status();
  if (providers::SentOf(error) != providers::Sent::kNo) {
    log::Warning("a job's creation has an unknown outcome; searching the provider's list",
                 {{"resource", lease.name}, {"error", std::string(error.message())}});
    return Commit(lease, kReconcilePoll, [&](StoredJob& job, store::Transaction& t) {
      *job.record.mutable_settle_until_time() =
          ToProto(repository_->clock().Now() + options_.settle_time);
      repository_->Write(t, job, v1::Event::TYPE_UPDATED,
                         absl::StrCat("creation in doubt, searching the provider's list: ",
                                      std::string(error.message())));
    });
  }
  const Consequence consequence = providers::ConsequenceOf(error);
  TG_ASSIGN_OR_RETURN(const StoredJob job, repository_->Get<JobRecord>(lease.name));
  const v1::Failure failure = providers::FailureOf(error, ResumeCommandOf(job.resource()));
  if (consequence == Consequence::kGiveUp) return Fail(lease, failure);
  if (consequence == Consequence::kNeedsPerson) return Block(lease, failure, Intent::kForget);
  const int attempt = job.record.failed_calls() + 1;
  return Commit(
      lease, providers::TryAgainDelay(error, attempt), [&](StoredJob& now, store::Transaction& t) {
        now.record.clear_create_intent_time();
        now.record.set_failed_calls(attempt);
        repository_->Write(
            t, now, v1::Event::TYPE_UPDATED,
            absl::StrCat("not created, will be tried again: ", std::string(error.message())));
      });
}

// Another works on the job now, and may have made its own. What this process made is a fact that no
// lease is needed for: should the other keep another one, it ends this one.
absl::Status JobStepper::RecordLateJob(const std::string& name, const std::string& provider_job) {
  const auto record = [&](StoredJob& job, store::Transaction& transaction) {
    if (!AddStray(provider_job, job.record)) return absl::OkStatus();
    repository_->Write(transaction, job, v1::Event::TYPE_UPDATED,
                       absl::StrCat("the provider made ", provider_job,
                                    " for a server that was overtaken meanwhile"));
    transaction.schedule.push_back({name, absl::ZeroDuration()});
    return absl::OkStatus();
  };
  return repository_->Update<JobRecord>(name, record).status();
}

absl::Status JobStepper::StepReconcile(const store::Lease& lease, const StoredJob& job) {
  TG_ASSIGN_OR_RETURN(Provider * provider, providers_->Find(job.resource().provider(), "provider"));
  absl::StatusOr<std::vector<RemoteJob>> listed = ListAllJobs(*provider);
  if (!listed.ok()) return AfterFailedLook(lease, listed.status());
  std::vector<RemoteJob> ours = providers::WithIntent(*listed, job.record.intent_id());
  if (!ours.empty()) return AdoptOne(lease, ours);
  const absl::Time now = repository_->clock().Now();
  if (!job.record.has_settle_until_time()) {
    // The process died with the POST under way, or the list could not be read: one that was read
    // once proves nothing.
    return Commit(lease, kReconcilePoll, [&](StoredJob& stored, store::Transaction& t) {
      *stored.record.mutable_settle_until_time() = ToProto(now + options_.settle_time);
      repository_->Write(t, stored, v1::Event::TYPE_UPDATED,
                         "creation in doubt, searching the provider's list");
    });
  }
  if (now < FromProto(job.record.settle_until_time())) {
    return Commit(lease, kReconcilePoll, [](StoredJob&, store::Transaction&) {});
  }
  const auto unmarked = std::find_if(listed->begin(), listed->end(), [&](const RemoteJob& r) {
    return MayBeOursUnmarked(r, job.record);
  });
  if (unmarked != listed->end()) {
    return Block(lease,
                 providers::MakeFailure(
                     "PROVIDER_METADATA_UNSUPPORTED",
                     absl::StrCat("the outcome of creating the job is unknown; ", unmarked->id,
                                  " at the provider may be it, but the "
                                  "provider keeps no metadata to tell"),
                     absl::StrCat("look at ", unmarked->id,
                                  ": adopt it with  tunegate job "
                                  "adopt ",
                                  unmarked->id, "  or cancel it there, then  ",
                                  ResumeCommandOf(job.resource()))),
                 Intent::kForget);
  }
  return Commit(lease, absl::ZeroDuration(), [&](StoredJob& stored, store::Transaction& t) {
    stored.record.clear_create_intent_time();
    stored.record.clear_settle_until_time();
    *stored.record.mutable_next_stray_look_time() = ToProto(now + options_.settle_time);
    repository_->Write(t, stored, v1::Event::TYPE_UPDATED,
                       "the provider has no such job; it is created again");
  });
}

absl::Status JobStepper::AdoptOne(const store::Lease& lease, const std::vector<RemoteJob>& ours) {
  const auto usable = std::find_if(ours.begin(), ours.end(), IsUsable);
  const RemoteJob& kept = usable == ours.end() ? ours.front() : *usable;
  std::string message = absl::StrCat("found ", kept.id, " at the provider (", kept.status, ")");
  for (const RemoteJob& twin : ours) {
    if (twin.id == kept.id || HasEnded(twin)) continue;
    absl::StrAppend(&message, "; twin ", twin.id, " will be cancelled");
  }
  return Commit(lease, absl::ZeroDuration(), [&](StoredJob& job, store::Transaction& t) {
    KeepJob(kept.id, job.record);
    for (const RemoteJob& twin : ours) AddStray(twin.id, job.record);
    job.resource().set_provider_status(Cut(kept.status, kWordBytes));
    job.record.clear_settle_until_time();
    if (job.resource().state() == v1::Job::STATE_BLOCKED) {
      job.record.set_resume_requested(false);
      job.resource().clear_failure();
      Apply(job, t, JobFact::kUnblocked, nullptr, message);
    }
    Apply(job, t, FactOfNewJob(kept), nullptr, message);
  });
}

}  // namespace tunegate::jobs
