#include "server/datasets/dataset_stepper.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/proto_time.h"
#include "server/datasets/dataset_kind.h"
#include "server/datasets/dataset_staging.h"
#include "server/datasets/remote_copies.h"
#include "server/providers/failure.h"
#include "server/providers/provider_error.h"
#include "server/providers/remote_file.h"
#include "server/providers/send_window.h"

namespace tunegate::datasets {
namespace {

using providers::Consequence;
using providers::Provider;
using providers::RemoteFile;
using store::v1::DatasetRecord;

// How long trouble lasts at most before twins are looked for again.
constexpr absl::Duration kTwinRetry = absl::Minutes(1);

bool IsUploading(const v1::Dataset::ProviderFile& file) { return file.status() == kUploading; }

// Puts the upload to `provider_name` behind the others. How many take turns.
int PassTheTurn(const std::string& provider_name, v1::Dataset& dataset) {
  auto& files = *dataset.mutable_provider_files();
  const auto its = std::find_if(files.begin(), files.end(),
                                [&](const auto& file) { return file.provider() == provider_name; });
  if (its != files.end()) std::rotate(its, its + 1, files.end());
  return std::max<int>(1, std::count_if(files.begin(), files.end(), IsUploading));
}

// How long nothing is to be done, as far as it is known.
absl::Duration DelayOf(const DatasetRecord& record, absl::Time now) {
  const auto& files = record.resource().provider_files();
  const std::optional<TwinLook> twins = NextTwinLook(record);
  if (!twins.has_value() || std::any_of(files.begin(), files.end(), IsUploading)) {
    return absl::ZeroDuration();
  }
  return std::max(twins->time - now, absl::ZeroDuration());
}

// It may work later: keep it "uploading" and come back. Uploads to several providers take turns,
// and wait once all of them have failed.
void RecordRetry(const absl::Status& error, const std::string& provider_name,
                 resources::Stored<DatasetRecord>& stored, store::Transaction& transaction,
                 resources::Repository& repository) {
  const int failures = stored.record.failed_uploads() + 1;
  stored.record.set_failed_uploads(failures);
  const int turns = PassTheTurn(provider_name, stored.resource());
  transaction.schedule.push_back(
      {stored.resource().name(), failures % turns == 0
                                     ? providers::TryAgainDelay(error, failures / turns)
                                     : absl::ZeroDuration()});
  repository.Write(transaction, stored, v1::Event::TYPE_UPDATED,
                   absl::StrCat("upload to ", provider_name,
                                " will be tried again: ", std::string(error.message())));
}

void RecordUpload(const absl::StatusOr<RemoteFile>& file, const std::string& provider_name,
                  resources::Stored<DatasetRecord>& stored, store::Transaction& transaction,
                  resources::Repository& repository) {
  if (!file.ok() && providers::ConsequenceOf(file.status()) == Consequence::kTryAgain) {
    return RecordRetry(file.status(), provider_name, stored, transaction, repository);
  }
  stored.record.set_failed_uploads(0);
  const std::string name = stored.resource().name();
  v1::Dataset::ProviderFile& entry = FileAt(stored.resource(), provider_name);
  std::string message;
  if (file.ok()) {
    entry.set_file_id(file->id);
    entry.set_status(file->status.empty() ? "uploaded" : file->status);
    message = absl::StrCat("uploaded to ", provider_name, " as ", file->id);
  } else {
    entry.set_status(std::string(kUploadFailed));
    *entry.mutable_failure() =
        providers::FailureOf(file.status(), absl::StrCat("tunegate dataset upload ", name));
    message = absl::StrCat("upload to ", provider_name, " failed: ", entry.failure().message());
  }
  WakeWaiters(stored.record, transaction);
  // Another provider's upload may wait behind this one.
  transaction.schedule.push_back({name, absl::ZeroDuration()});
  repository.Write(transaction, stored, v1::Event::TYPE_UPDATED, message);
}

std::string DescribeTwins(const absl::StatusOr<Sweep>& sweep, const std::string& provider_name) {
  if (!sweep.ok()) {
    return absl::StrCat("twins of the file at ", provider_name,
                        " cannot be looked for: ", std::string(sweep.status().message()));
  }
  return sweep->deleted == 0
             ? absl::StrCat("its file at ", provider_name, " has no twins")
             : absl::StrCat("twins of the file at ", provider_name, " deleted: ", sweep->deleted);
}

}  // namespace

absl::Status DatasetStepper::Step(const store::Lease& lease, const runner::StopSignal&) {
  TG_ASSIGN_OR_RETURN(StoredDataset stored, repository_->Get<DatasetRecord>(lease.name));
  if (stored.record.delete_requested()) return StepDelete(lease, stored);
  const std::optional<TwinLook> twins = NextTwinLook(stored.record);
  // First, since an upload that goes on failing would never let it have its turn.
  if (twins.has_value() && twins->time <= repository_->clock().Now()) {
    return StepTwins(lease, stored, twins->provider);
  }
  const auto& files = stored.resource().provider_files();
  const auto upload = std::find_if(files.begin(), files.end(), IsUploading);
  if (upload != files.end()) {
    const std::string provider_name = upload->provider();
    return StepUpload(lease, std::move(stored), provider_name);
  }
  return twins.has_value() ? StepTwins(lease, stored, twins->provider) : Finish(lease);
}

absl::Status DatasetStepper::StepUpload(const store::Lease& lease, StoredDataset stored,
                                        const std::string& provider_name) {
  const auto found_provider = providers_->Find(provider_name, "provider");
  if (!found_provider.ok()) return UploadLater(lease, provider_name, found_provider.status());
  Provider* const provider = *found_provider;
  const std::string file_name = RemoteFileName(stored.resource());
  const int64_t size = stored.resource().size_bytes();
  const absl::Time now = repository_->clock().Now();
  if (InDoubt(stored.record, provider_name)) {
    auto found = providers::FindRemoteFile(*provider, file_name, size);
    if (!found.ok()) return FinishUpload(lease, provider_name, found.status(), Outcome::kInDoubt);
    if (found->has_value()) return FinishUpload(lease, provider_name, **found, Outcome::kFound);
    if (!IsSettled(stored.record, provider_name, now)) return LookAgain(lease, provider_name);
  }
  const auto file = repository_->store().OpenBlob(stored.resource().sha256());
  if (!file.ok()) return UploadLater(lease, provider_name, file.status());
  const absl::Duration timeout = providers::UploadTimeout(size);
  (*stored.record.mutable_upload_intent_times())[provider_name] = ToProto(now);
  store::Transaction intent;
  intent.lease = lease;
  intent.keep_lease = true;
  intent.lease_duration = timeout + providers::SendWindow::kMargin;
  repository_->Write(intent, stored, v1::Event::TYPE_UPDATED,
                     absl::StrCat("uploading to ", provider_name));
  const providers::SendWindow window(&repository_->clock());
  TG_RETURN_IF_ERROR(repository_->store().Commit(std::move(intent)).status());
  if (absl::Status held_up = window.Check(); !held_up.ok()) {
    return FinishUpload(lease, provider_name, std::move(held_up), Outcome::kAnswered);
  }
  const auto uploaded = provider->UploadFile(file->path(), file_name, "fine-tune", timeout);
  const bool known = uploaded.ok() || providers::SentOf(uploaded.status()) == providers::Sent::kNo;
  return FinishUpload(lease, provider_name, uploaded,
                      known ? Outcome::kAnswered : Outcome::kInDoubt);
}

absl::Status DatasetStepper::UploadLater(const store::Lease& lease,
                                         const std::string& provider_name,
                                         const absl::Status& hindrance) {
  return Commit(lease, [&](StoredDataset& stored, store::Transaction& transaction) {
    RecordRetry(hindrance, provider_name, stored, transaction, *repository_);
  });
}

absl::Status DatasetStepper::LookAgain(const store::Lease& lease,
                                       const std::string& provider_name) {
  return Commit(lease, [&](StoredDataset& stored, store::Transaction& transaction) {
    transaction.schedule.push_back({lease.name, kLookPoll});
    const absl::Time until = repository_->clock().Now() + options_.settle_time;
    if (!BeginSettling(stored.record, provider_name, until)) return;
    repository_->Write(
        transaction, stored, v1::Event::TYPE_UPDATED,
        absl::StrCat("upload to ", provider_name, " in doubt, searching the provider's list"));
  });
}

absl::Status DatasetStepper::FinishUpload(const store::Lease& lease,
                                          const std::string& provider_name,
                                          const absl::StatusOr<RemoteFile>& file, Outcome outcome) {
  return Commit(lease, [&](StoredDataset& stored, store::Transaction& transaction) {
    DatasetRecord& record = stored.record;
    const absl::Time until = repository_->clock().Now() + options_.settle_time;
    if (outcome == Outcome::kInDoubt) {
      BeginSettling(record, provider_name, until);
    } else {
      record.mutable_upload_intent_times()->erase(provider_name);
    }
    const bool was_in_doubt =
        outcome == Outcome::kFound || record.upload_settle_times().contains(provider_name);
    // From here on the list is searched for twins.
    if (file.ok() && was_in_doubt) {
      (*record.mutable_upload_settle_times())[provider_name] = ToProto(until);
    }
    RecordUpload(file, provider_name, stored, transaction, *repository_);
  });
}

absl::Status DatasetStepper::StepTwins(const store::Lease& lease, const StoredDataset& stored,
                                       const std::string& provider_name) {
  const auto provider = providers_->Find(provider_name, "provider");
  const absl::StatusOr<Sweep> sweep =
      provider.ok() ? SweepCopies(*repository_, **provider, stored.record) : provider.status();
  const absl::Time time = repository_->clock().Now();
  absl::Time until = FromProto(stored.record.upload_settle_times().at(provider_name));
  bool ended = until <= time;
  if (!sweep.ok()) {
    // What cannot be looked for now is looked for when the dataset is deleted.
    ended = providers::ConsequenceOf(sweep.status()) != Consequence::kTryAgain;
    until = std::max(until, time + kTwinRetry);
  } else if (sweep->contested) {
    ended = false;
    until = std::max(until, time + kLookPoll);
  }
  return Commit(lease, [&](StoredDataset& now, store::Transaction& transaction) {
    auto& settle_times = *now.record.mutable_upload_settle_times();
    if (ended) {
      settle_times.erase(provider_name);
    } else {
      settle_times[provider_name] = ToProto(until);
    }
    transaction.schedule.push_back({lease.name, DelayOf(now.record, time)});
    if (!ended && (!sweep.ok() || sweep->deleted == 0)) {
      return repository_->WriteQuietly(transaction, now);
    }
    repository_->Write(transaction, now, v1::Event::TYPE_UPDATED,
                       DescribeTwins(sweep, provider_name));
  });
}

absl::Status DatasetStepper::Finish(const store::Lease& lease) {
  store::Transaction transaction;
  transaction.lease = lease;
  transaction.finish.push_back(lease.name);
  return repository_->store().Commit(std::move(transaction)).status();
}

absl::Status DatasetStepper::Commit(const store::Lease& lease, const Change& change) {
  const auto commit = [&](StoredDataset& stored, store::Transaction& transaction) {
    transaction.lease = lease;
    change(stored, transaction);
    return absl::OkStatus();
  };
  return repository_->Update<DatasetRecord>(lease.name, commit).status();
}

}  // namespace tunegate::datasets
