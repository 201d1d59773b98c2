#include "server/jobs/job_stepper.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "server/datasets/dataset_kind.h"
#include "server/datasets/dataset_staging.h"
#include "server/jobs/job_kind.h"
#include "server/jobs/job_observation.h"
#include "server/jobs/job_spec.h"
#include "server/providers/failure.h"
#include "server/providers/intent.h"
#include "server/providers/provider_error.h"

namespace tunegate::jobs {
namespace {

using providers::Consequence;
using providers::Provider;
using providers::RemoteJob;
using store::v1::DatasetRecord;
using store::v1::JobRecord;

// Uploads wake the job when they end; this is for a wake-up that was lost.
constexpr absl::Duration kUploadPoll = absl::Seconds(5);
constexpr absl::Duration kReconcilePoll = absl::Seconds(1);

// A failed upload's failure says by its reason whether a person can mend it.
bool NeedsPerson(const v1::Failure& failure) {
  return failure.reason() == providers::kQuotaExhausted ||
         failure.reason() == providers::kKeyRejected || failure.reason() == "PERMISSION_DENIED";
}

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

absl::StatusOr<std::vector<RemoteJob>> ListAllJobs(Provider& provider) {
  return providers::ListAll<RemoteJob>(
      [&](const std::string& after) { return provider.ListJobs(after); });
}

std::string ResumeCommandOf(const v1::Job& job) {
  return job.owner().empty() ? absl::StrCat("tunegate job resume ", job.name())
                             : absl::StrCat("tunegate workflow resume ", job.owner());
}

absl::Status JobStepper::Step(const store::Lease& lease, const runner::StopSignal&) {
  TG_ASSIGN_OR_RETURN(StoredJob job, repository_->Get<JobRecord>(lease.name));
  if (IsTerminal(job.resource().state())) {
    return Commit(lease, absl::ZeroDuration(), [](StoredJob&, store::Transaction&) {});
  }
  if (!job.resource().provider_job().empty() && job.resource().state() != v1::Job::STATE_BLOCKED) {
    return StepFollow(lease, job);
  }
  // An intent is resolved before anything else: there may be a job that spends money.
  const bool in_doubt =
      job.record.has_create_intent_time() && job.resource().provider_job().empty();
  const bool blocked = job.resource().state() == v1::Job::STATE_BLOCKED;
  if (in_doubt && !blocked) return StepReconcile(lease, job);
  if (job.record.cancel_requested() && job.resource().provider_job().empty() && !in_doubt) {
    return Commit(lease, absl::ZeroDuration(), [&](StoredJob& now, store::Transaction& t) {
      Apply(now, t, JobFact::kCancelRequested, nullptr, "cancel asked for");
      Apply(now, t, JobFact::kCancelled, nullptr, "cancelled before it was created");
    });
  }
  if (blocked) return StepBlocked(lease, job);
  TG_ASSIGN_OR_RETURN(const admin::PauseState pause, pause_->Read());
  if (pause.paused) return Block(lease, admin::WorkPause::FailureFor(pause));
  return StepFiles(lease, std::move(job));
}

absl::Status JobStepper::StepBlocked(const store::Lease& lease, const StoredJob& job) {
  const bool by_pause = job.resource().failure().reason() == admin::kWorkPaused;
  bool go_on = job.record.resume_requested();
  if (by_pause) {
    TG_ASSIGN_OR_RETURN(const admin::PauseState pause, pause_->Read());
    go_on = !pause.paused;
  }
  const bool follow = !job.resource().provider_job().empty();
  if (job.record.cancel_requested()) go_on = true;
  if (!go_on) {
    return Commit(lease, admin::kPausePoll, [](StoredJob&, store::Transaction&) {});
  }
  return Commit(lease, absl::ZeroDuration(), [&](StoredJob& now, store::Transaction& t) {
    now.record.set_resume_requested(false);
    now.resource().clear_failure();
    Apply(now, t, JobFact::kUnblocked, nullptr, "goes on");
    if (follow) Apply(now, t, JobFact::kValidating, nullptr, "looks at the provider again");
  });
}

absl::Status JobStepper::StepFiles(const store::Lease& lease, StoredJob job) {
  TG_ASSIGN_OR_RETURN(Provider * provider, providers_->Find(job.resource().provider(), "provider"));
  std::vector<std::string> names = {job.resource().training_dataset()};
  if (!job.resource().validation_dataset().empty()) {
    names.push_back(job.resource().validation_dataset());
  }
  std::vector<std::string> file_ids;
  for (const std::string& name : names) {
    TG_ASSIGN_OR_RETURN(auto dataset, repository_->Get<DatasetRecord>(name));
    const auto* file = datasets::FindProviderFile(dataset.resource(), provider->name());
    if (file != nullptr && file->status() == datasets::kUploadFailed &&
        job.resource().state() == v1::Job::STATE_UPLOADING) {
      v1::Failure failure = file->failure();
      if (!NeedsPerson(failure)) return Fail(lease, failure);
      failure.set_remedy(absl::StrCat("mend it, then  ", ResumeCommandOf(job.resource())));
      return Block(lease, failure);
    }
    if (file != nullptr && !file->file_id().empty()) {
      file_ids.push_back(file->file_id());
      continue;
    }
    const auto request = [&](resources::Stored<DatasetRecord>& stored,
                             store::Transaction& transaction) {
      return datasets::RequestUpload(*repository_, provider->name(), lease.name, stored,
                                     transaction);
    };
    TG_RETURN_IF_ERROR(repository_->Update<DatasetRecord>(name, request).status());
  }
  if (file_ids.size() < names.size()) {
    return Commit(lease, kUploadPoll, [&](StoredJob& now, store::Transaction& t) {
      Apply(now, t, JobFact::kStarted, nullptr, absl::StrCat("uploading to ", provider->name()));
    });
  }
  job.record.set_training_file(file_ids[0]);
  if (file_ids.size() > 1) job.record.set_validation_file(file_ids[1]);
  return StepCreate(lease, std::move(job));
}

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
  intent.lease_duration = options_.create_timeout + absl::Seconds(10);
  if (const auto next = NextState(job.resource().state(), JobFact::kStarted)) {
    job.resource().set_state(*next);
  }
  repository_->Write(intent, job, v1::Event::TYPE_UPDATED,
                     absl::StrCat("creating the job at ", provider->name()));
  TG_RETURN_IF_ERROR(repository_->store().Commit(std::move(intent)).status());
  return AfterCreate(lease, provider->CreateJob(call, options_.create_timeout));
}

absl::Status JobStepper::AfterCreate(const store::Lease& lease,
                                     const absl::StatusOr<RemoteJob>& made) {
  if (made.ok()) {
    return Commit(lease, absl::ZeroDuration(), [&](StoredJob& job, store::Transaction& t) {
      job.resource().set_provider_job(made->id);
      job.resource().set_provider_status(made->status);
      job.record.set_failed_calls(0);
      Apply(job, t, FactOfNewJob(*made), nullptr,
            absl::StrCat("the provider made ", made->id, " (", made->status, ")"));
    });
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

absl::Status JobStepper::StepReconcile(const store::Lease& lease, const StoredJob& job) {
  TG_ASSIGN_OR_RETURN(Provider * provider, providers_->Find(job.resource().provider(), "provider"));
  absl::StatusOr<std::vector<RemoteJob>> listed = ListAllJobs(*provider);
  if (!listed.ok()) return AfterFailedLook(lease, listed.status());
  std::vector<RemoteJob> ours = providers::WithIntent(*listed, job.record.intent_id());
  if (!ours.empty()) return AdoptOldest(lease, *provider, ours);
  const absl::Time now = repository_->clock().Now();
  if (!job.record.has_settle_until_time()) {
    // The process died with the POST under way.
    return Commit(lease, kReconcilePoll, [&](StoredJob& stored, store::Transaction& t) {
      *stored.record.mutable_settle_until_time() = ToProto(now + options_.settle_time);
      repository_->Write(t, stored, v1::Event::TYPE_UPDATED,
                         "creation in doubt after a restart, searching the provider's list");
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
    repository_->Write(t, stored, v1::Event::TYPE_UPDATED,
                       "the provider has no such job; it is created again");
  });
}

absl::Status JobStepper::AdoptOldest(const store::Lease& lease, Provider& provider,
                                     const std::vector<RemoteJob>& ours) {
  std::string message =
      absl::StrCat("found ", ours[0].id, " at the provider (", ours[0].status, ")");
  for (size_t i = 1; i < ours.size(); ++i) {
    const auto cancelled = provider.CancelJob(ours[i].id);
    absl::StrAppend(&message, "; twin ", ours[i].id,
                    cancelled.ok() ? " cancelled" : " could not be cancelled");
  }
  return Commit(lease, absl::ZeroDuration(), [&](StoredJob& job, store::Transaction& t) {
    job.resource().set_provider_job(ours[0].id);
    job.resource().set_provider_status(ours[0].status);
    job.record.clear_settle_until_time();
    Apply(job, t, FactOfNewJob(ours[0]), nullptr, message);
  });
}

absl::Status JobStepper::Commit(const store::Lease& lease, absl::Duration delay,
                                const Change& change) {
  const auto commit = [&](StoredJob& job, store::Transaction& transaction) {
    transaction.lease = lease;
    change(job, transaction);
    const bool blocked = job.resource().state() == v1::Job::STATE_BLOCKED;
    const bool poll_pause = blocked && job.resource().failure().reason() == admin::kWorkPaused;
    if (IsTerminal(job.resource().state()) || (blocked && !poll_pause)) {
      transaction.finish.push_back(lease.name);
    } else {
      transaction.schedule.push_back({lease.name, poll_pause ? admin::kPausePoll : delay});
    }
    const bool woken = IsTerminal(job.resource().state()) || blocked;
    if (woken && !job.resource().owner().empty() && !transaction.puts.empty()) {
      transaction.schedule.push_back({job.resource().owner(), absl::ZeroDuration()});
    }
    return absl::OkStatus();
  };
  return repository_->Update<JobRecord>(lease.name, commit).status();
}

absl::Status JobStepper::Fail(const store::Lease& lease, const v1::Failure& failure) {
  return Commit(lease, absl::ZeroDuration(), [&](StoredJob& job, store::Transaction& t) {
    Apply(job, t, JobFact::kFailed, &failure, failure.message());
  });
}

absl::Status JobStepper::Block(const store::Lease& lease, const v1::Failure& failure,
                               Intent intent) {
  return Commit(lease, absl::ZeroDuration(), [&](StoredJob& job, store::Transaction& t) {
    if (intent == Intent::kForget) {
      job.record.clear_create_intent_time();
      job.record.clear_settle_until_time();
    }
    Apply(job, t, JobFact::kBlocked, &failure,
          absl::StrCat(failure.reason(), ": ", failure.message()));
  });
}

void JobStepper::Apply(StoredJob& job, store::Transaction& transaction, JobFact fact,
                       const v1::Failure* failure, std::string_view message) {
  const auto next = NextState(job.resource().state(), fact);
  if (!next.has_value()) return;
  job.resource().set_state(*next);
  if (failure != nullptr) *job.resource().mutable_failure() = *failure;
  // One commit shows one state of a resource: a second fact in it replaces the first's write.
  if (!transaction.puts.empty() && transaction.puts.back().record.name == job.resource().name()) {
    transaction.puts.pop_back();
    transaction.events.pop_back();
    --job.revision;
  }
  repository_->Write(transaction, job, v1::Event::TYPE_STATE_CHANGED, message);
}

}  // namespace tunegate::jobs
