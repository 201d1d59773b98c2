#include "server/datasets/dataset_stepper.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "server/datasets/dataset_kind.h"
#include "server/datasets/dataset_staging.h"
#include "server/providers/failure.h"
#include "server/providers/provider_error.h"
#include "server/providers/remote_file.h"

namespace tunegate::datasets {
namespace {

using providers::Provider;
using providers::RemoteFile;

v1::Dataset::ProviderFile* MutableFile(v1::Dataset& dataset, const std::string& provider) {
  for (auto& file : *dataset.mutable_provider_files()) {
    if (file.provider() == provider) return &file;
  }
  return nullptr;
}

void WakeWaiters(store::v1::DatasetRecord& record, store::Transaction& transaction) {
  for (const std::string& waiter : record.waiters()) {
    transaction.schedule.push_back({waiter, absl::ZeroDuration()});
  }
  record.clear_waiters();
}

// It may work later: keep it "uploading" and come back.
void RecordRetry(const absl::Status& error, const std::string& provider_name,
                 resources::Stored<store::v1::DatasetRecord>& stored,
                 store::Transaction& transaction, resources::Repository& repository) {
  const int attempt = stored.record.failed_uploads() + 1;
  stored.record.set_failed_uploads(attempt);
  if (providers::SentOf(error) == providers::Sent::kNo) {
    stored.record.mutable_upload_intent_times()->erase(provider_name);
  }
  transaction.schedule.push_back(
      {stored.resource().name(), providers::TryAgainDelay(error, attempt)});
  repository.Write(transaction, stored, v1::Event::TYPE_UPDATED,
                   absl::StrCat("upload to ", provider_name,
                                " will be tried again: ", std::string(error.message())));
}

void RecordUpload(const absl::StatusOr<RemoteFile>& file, const std::string& provider_name,
                  resources::Stored<store::v1::DatasetRecord>& stored,
                  store::Transaction& transaction, resources::Repository& repository) {
  if (!file.ok() && providers::ConsequenceOf(file.status()) == providers::Consequence::kTryAgain) {
    return RecordRetry(file.status(), provider_name, stored, transaction, repository);
  }
  stored.record.set_failed_uploads(0);
  stored.record.mutable_upload_intent_times()->erase(provider_name);
  const std::string name = stored.resource().name();
  v1::Dataset::ProviderFile* entry = MutableFile(stored.resource(), provider_name);
  std::string message;
  if (file.ok()) {
    entry->set_file_id(file->id);
    entry->set_status(file->status.empty() ? "uploaded" : file->status);
    message = absl::StrCat("uploaded to ", provider_name, " as ", file->id);
  } else {
    entry->set_status(std::string(kUploadFailed));
    *entry->mutable_failure() =
        providers::FailureOf(file.status(), absl::StrCat("tunegate dataset upload ", name));
    message = absl::StrCat("upload to ", provider_name, " failed: ", entry->failure().message());
  }
  WakeWaiters(stored.record, transaction);
  // Another provider's upload may wait behind this one.
  transaction.schedule.push_back({name, absl::ZeroDuration()});
  repository.Write(transaction, stored, v1::Event::TYPE_UPDATED, message);
}

}  // namespace

std::string RemoteFileName(const v1::Dataset& dataset) {
  return absl::StrCat("tunegate-", dataset.sha256().substr(0, 32), ".jsonl");
}

absl::Status DatasetStepper::Step(const store::Lease& lease, const runner::StopSignal&) {
  TG_ASSIGN_OR_RETURN(StoredDataset stored, repository_->Get<store::v1::DatasetRecord>(lease.name));
  if (stored.record.delete_requested()) return StepDelete(lease, std::move(stored));
  for (const auto& file : stored.resource().provider_files()) {
    if (file.status() == kUploading) {
      const std::string provider_name = file.provider();
      return StepUpload(lease, std::move(stored), provider_name);
    }
  }
  store::Transaction transaction;
  transaction.lease = lease;
  transaction.finish.push_back(lease.name);
  return repository_->store().Commit(std::move(transaction)).status();
}

absl::Status DatasetStepper::StepUpload(const store::Lease& lease, StoredDataset stored,
                                        const std::string& provider_name) {
  TG_ASSIGN_OR_RETURN(Provider * provider, providers_->Find(provider_name, "provider"));
  const std::string file_name = RemoteFileName(stored.resource());
  const int64_t size = stored.resource().size_bytes();
  const bool in_doubt = stored.record.upload_intent_times().count(provider_name) > 0;
  const absl::Duration timeout = providers::UploadTimeout(size);
  if (in_doubt) {
    auto found = providers::FindRemoteFile(*provider, file_name, size);
    if (!found.ok()) return FinishUpload(lease, provider_name, found.status());
    if (found->has_value()) return FinishUpload(lease, provider_name, **found);
  }
  (*stored.record.mutable_upload_intent_times())[provider_name] =
      ToProto(repository_->clock().Now());
  store::Transaction intent;
  intent.lease = lease;
  intent.keep_lease = true;
  // An outside call never outlives its lease.
  intent.lease_duration = timeout + absl::Seconds(10);
  repository_->Write(intent, stored, v1::Event::TYPE_UPDATED,
                     absl::StrCat("uploading to ", provider_name));
  TG_RETURN_IF_ERROR(repository_->store().Commit(std::move(intent)).status());
  TG_ASSIGN_OR_RETURN(const store::BlobFile file,
                      repository_->store().OpenBlob(stored.resource().sha256()));
  const auto uploaded = provider->UploadFile(file.path(), file_name, "fine-tune", timeout);
  return FinishUpload(lease, provider_name, uploaded);
}

absl::Status DatasetStepper::FinishUpload(const store::Lease& lease,
                                          const std::string& provider_name,
                                          const absl::StatusOr<RemoteFile>& file) {
  const auto record = [&](StoredDataset& stored, store::Transaction& transaction) {
    transaction.lease = lease;
    RecordUpload(file, provider_name, stored, transaction, *repository_);
    return absl::OkStatus();
  };
  return repository_->Update<store::v1::DatasetRecord>(lease.name, record).status();
}

absl::Status DatasetStepper::StepDelete(const store::Lease& lease, StoredDataset stored) {
  for (const auto& file : stored.resource().provider_files()) {
    if (file.file_id().empty()) continue;
    TG_ASSIGN_OR_RETURN(Provider * provider, providers_->Find(file.provider(), "provider"));
    const absl::Status deleted = provider->DeleteFile(file.file_id());
    if (!deleted.ok() && !absl::IsNotFound(deleted)) return deleted;
  }
  // The same bytes may serve another dataset: only the last one takes them along.
  const std::string sha256 = stored.resource().sha256();
  const auto is_shared = [&]() -> absl::StatusOr<bool> {
    TG_ASSIGN_OR_RETURN(const auto snapshot, repository_->store().ReadSnapshot({"datasets"}));
    return std::any_of(snapshot.records.begin(), snapshot.records.end(),
                       [&](const store::Record& row) {
                         store::v1::DatasetRecord other;
                         return row.name != lease.name && other.ParseFromString(row.payload) &&
                                !other.delete_requested() && other.resource().sha256() == sha256;
                       });
  };
  TG_RETURN_IF_ERROR(repository_->store().DeleteBlob(sha256, is_shared));
  stored.resource().set_state(v1::Dataset::STATE_DELETED);
  stored.resource().clear_provider_files();
  store::Transaction transaction;
  transaction.lease = lease;
  transaction.finish.push_back(lease.name);
  repository_->Write(transaction, stored, v1::Event::TYPE_DELETED, "bytes erased; digest kept");
  return repository_->store().Commit(std::move(transaction)).status();
}

}  // namespace tunegate::datasets
