#include "server/jobs/job_stepper.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/datasets/dataset_kind.h"
#include "server/datasets/dataset_staging.h"
#include "server/jobs/job_kind.h"
#include "server/jobs/job_spec.h"
#include "server/jobs/stray_jobs.h"
#include "server/providers/failure.h"
#include "server/providers/intent.h"
#include "server/providers/provider_error.h"

namespace tunegate::jobs {
namespace {

using providers::Provider;
using providers::RemoteJob;
using store::v1::DatasetRecord;
using store::v1::JobRecord;

// Uploads wake the job when they end; this is for a wake-up that was lost.
constexpr absl::Duration kUploadPoll = absl::Seconds(5);

constexpr std::string_view kDatasetDeleted = "DATASET_DELETED";

// Its bytes are gone, or about to go: there will never be a copy at the provider.
bool IsDeleted(const DatasetRecord& dataset) {
  return dataset.delete_requested() || dataset.resource().state() == v1::Dataset::STATE_DELETED;
}

v1::Failure DatasetDeleted(const std::string& name) {
  return providers::MakeFailure(
      kDatasetDeleted, absl::StrCat(name, " was deleted before the provider had a copy of it"),
      "start a new job with a dataset that is there");
}

// A failed upload's failure says by its reason whether a person can mend it.
bool NeedsPerson(const v1::Failure& failure) {
  return failure.reason() == providers::kQuotaExhausted ||
         failure.reason() == providers::kKeyRejected || failure.reason() == "PERMISSION_DENIED";
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
    if (HasStrayWork(job.record)) TG_RETURN_IF_ERROR(TendStrays(lease, job));
    return Commit(lease, options_.poll_interval, [](StoredJob&, store::Transaction&) {});
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
  TG_ASSIGN_OR_RETURN(const Then then, TendUnfollowed(lease, job));
  if (then == Then::kStepIsDone) return absl::OkStatus();
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
    if (IsDeleted(dataset.record)) return Fail(lease, DatasetDeleted(name));
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
    const absl::Status asked = repository_->Update<DatasetRecord>(name, request).status();
    if (DetailsOf(asked).reason == kDatasetDeleted) return Fail(lease, DatasetDeleted(name));
    TG_RETURN_IF_ERROR(asked);
  }
  if (file_ids.size() < names.size()) {
    return Commit(lease, kUploadPoll, [&](StoredJob& now, store::Transaction& t) {
      Apply(now, t, JobFact::kStarted, nullptr, absl::StrCat("uploading to ", provider->name()));
    });
  }
  job.record.set_training_file(file_ids[0]);
  if (file_ids.size() > 1) job.record.set_validation_file(file_ids[1]);
  return CreateUnlessThere(lease, std::move(job));
}

absl::Status JobStepper::Commit(const store::Lease& lease, absl::Duration delay,
                                const Change& change) {
  const auto commit = [&](StoredJob& job, store::Transaction& transaction) {
    transaction.lease = lease;
    change(job, transaction);
    const bool blocked = job.resource().state() == v1::Job::STATE_BLOCKED;
    const bool poll_pause = blocked && job.resource().failure().reason() == admin::kWorkPaused;
    const bool ended = IsTerminal(job.resource().state());
    if ((ended || (blocked && !poll_pause)) && !HasStrayWork(job.record)) {
      transaction.finish.push_back(lease.name);
    } else if (poll_pause) {
      transaction.schedule.push_back({lease.name, admin::kPausePoll});
    } else {
      const bool for_strays = ended || blocked;
      transaction.schedule.push_back(
          {lease.name, for_strays ? std::max(delay, StrayDelay(job.record)) : delay});
    }
    const bool woken = ended || blocked;
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
    if (intent == Intent::kForget) job.record.clear_create_intent_time();
    // What was not seen meanwhile does not count towards it.
    job.record.clear_settle_until_time();
    Apply(job, t, JobFact::kBlocked, &failure,
          absl::StrCat(failure.reason(), ": ", failure.message()));
  });
}

void JobStepper::Apply(StoredJob& job, store::Transaction& transaction, JobFact fact,
                       const v1::Failure* failure, std::string_view message) {
  const auto next = NextState(job.resource().state(), fact);
  if (!next.has_value()) return;
  job.resource().set_state(*next);
  if (IsTerminal(*next))
    MoveStrayLook(repository_->clock().Now() + options_.settle_time, job.record);
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
