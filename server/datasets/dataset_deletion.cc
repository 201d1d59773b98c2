// The erasing of a dataset: its bytes here first, which needs nobody's help, then its copies at
// each provider. What a provider does not let go of is told, tried again, and holds up no other.
#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/errors.h"
#include "server/datasets/dataset_kind.h"
#include "server/datasets/dataset_staging.h"
#include "server/datasets/dataset_stepper.h"
#include "server/datasets/remote_copies.h"
#include "server/providers/failure.h"

namespace tunegate::datasets {
namespace {

using providers::Consequence;
using store::v1::DatasetRecord;
// By provider: whether its copies are gone.
using Erasures = std::map<std::string, absl::StatusOr<bool>>;

// How often is tried what needs a person, who may have acted.
constexpr absl::Duration kErasureRetry = absl::Minutes(1);
// Trouble that may pass is told as a failure after so many tries in a row, which is some minutes.
constexpr int kTriesInQuiet = 10;
constexpr char kProviderNotConfigured[] = "PROVIDER_NOT_CONFIGURED";

std::set<std::string> ProvidersOf(const DatasetRecord& record) {
  std::set<std::string> names;
  for (const auto& file : record.resource().provider_files()) names.insert(file.provider());
  for (const auto& [provider, time] : record.upload_intent_times()) names.insert(provider);
  return names;
}

v1::Failure ErasureFailure(const absl::Status& error, const v1::Dataset& dataset,
                           const std::string& provider) {
  const std::string again = absl::StrCat("tunegate dataset delete ", dataset.name(), " --yes");
  v1::Failure failure = providers::FailureOf(error, again);
  const Consequence consequence = providers::ConsequenceOf(error);
  if (failure.reason() == kProviderNotConfigured) {
    failure.set_remedy(
        absl::StrCat("configure provider '", provider, "' again and restart the server"));
  } else if (failure.reason() == kCopiesUnverified) {
    failure.set_remedy(absl::StrCat("look for ", RemoteFileName(dataset),
                                    " at the provider and delete it yourself, then  ", again));
  } else if (consequence == Consequence::kGiveUp) {
    failure.set_remedy(absl::StrCat("delete the file at the provider yourself, then  ", again));
  } else if (consequence == Consequence::kTryAgain) {
    failure.set_remedy(
        "it is tried again every minute; look at the provider's status page, and at network and "
        "proxy between here and there");
  }
  return failure;
}

// Writes what came of a try into a record.
class Bookkeeping {
 public:
  Bookkeeping(DatasetRecord& record, absl::Time settle_until)
      : record_(record), settle_until_(settle_until) {}

  void Take(const std::string& provider, const absl::StatusOr<bool>& gone) {
    if (gone.ok() && *gone) return Forget(provider);
    v1::Dataset::ProviderFile& file = FileAt(*record_.mutable_resource(), provider);
    changed_ = changed_ || file.status() != kDeleting;
    file.set_status(std::string(kDeleting));
    if (!gone.ok()) return TakeFailure(gone.status(), file);
    changed_ = changed_ || file.has_failure();
    file.clear_failure();
    if (InDoubt(record_, provider)) {
      changed_ = BeginSettling(record_, provider, settle_until_) || changed_;
    }
    delay_ = std::min(delay_, kLookPoll);
  }

  // Once, after all that was taken.
  void CountTries() {
    const int tries = troubled_ ? std::min(kTriesInQuiet, Tries()) : 0;
    changed_ = changed_ || tries != record_.failed_deletions();
    record_.set_failed_deletions(tries);
  }

  bool changed() const { return changed_; }
  absl::Duration delay() const { return delay_; }
  std::string message() const {
    return messages_.empty() ? "erasing its copies at providers" : absl::StrJoin(messages_, "; ");
  }

 private:
  // This one included.
  int Tries() const { return record_.failed_deletions() + 1; }

  void Forget(const std::string& provider) {
    auto& files = *record_.mutable_resource()->mutable_provider_files();
    files.erase(std::remove_if(files.begin(), files.end(),
                               [&](const auto& file) { return file.provider() == provider; }),
                files.end());
    record_.mutable_upload_intent_times()->erase(provider);
    record_.mutable_upload_settle_times()->erase(provider);
    messages_.push_back(absl::StrCat("erased at ", provider));
    changed_ = true;
  }

  void TakeFailure(const absl::Status& error, v1::Dataset::ProviderFile& file) {
    // A person may end this doubt once nothing can arrive any more.
    if (DetailsOf(error).reason == kCopiesUnverified) {
      changed_ = BeginSettling(record_, file.provider(), settle_until_) || changed_;
    }
    const bool may_pass = providers::ConsequenceOf(error) == Consequence::kTryAgain;
    troubled_ = troubled_ || may_pass;
    delay_ = std::min(delay_, may_pass ? providers::TryAgainDelay(error, Tries()) : kErasureRetry);
    if (may_pass && Tries() < kTriesInQuiet) {
      messages_.push_back(absl::StrCat("erasing at ", file.provider(),
                                       " will be tried again: ", std::string(error.message())));
      return;
    }
    const v1::Failure failure = ErasureFailure(error, record_.resource(), file.provider());
    const bool told = file.has_failure() && file.failure().reason() == failure.reason() &&
                      file.failure().provider_code() == failure.provider_code();
    if (told) return;
    *file.mutable_failure() = failure;
    messages_.push_back(absl::StrCat("cannot be erased at ", file.provider(), ": ",
                                     failure.reason(), ": ", failure.message()));
    changed_ = true;
  }

  DatasetRecord& record_;
  const absl::Time settle_until_;
  bool changed_ = false;
  bool troubled_ = false;
  absl::Duration delay_ = kErasureRetry;
  std::vector<std::string> messages_;
};

}  // namespace

absl::Status DatasetStepper::StepDelete(const store::Lease& lease, const StoredDataset& stored) {
  const bool was_deleted = stored.resource().state() == v1::Dataset::STATE_DELETED;
  const std::set<std::string> providers = ProvidersOf(stored.record);
  if (was_deleted && providers.empty() && stored.record.waiters().empty()) return Finish(lease);
  TG_RETURN_IF_ERROR(EraseBytes(stored));
  Erasures erasures;
  for (const std::string& provider : providers) {
    erasures.emplace(provider, EraseCopies(stored, provider));
  }
  return Commit(lease, [&](StoredDataset& now, store::Transaction& transaction) {
    const bool was_deleting = now.resource().state() == v1::Dataset::STATE_DELETING;
    const bool had_waiters = !now.record.waiters().empty();
    WakeWaiters(now.record, transaction);
    // Findings quote examples.
    transaction.drop_rows.push_back({lease.name, std::string(kFindingsStream)});
    Bookkeeping book(now.record, repository_->clock().Now() + options_.settle_time);
    for (const auto& [provider, gone] : erasures) book.Take(provider, gone);
    book.CountTries();
    if (ProvidersOf(now.record).empty()) {
      now.resource().set_state(v1::Dataset::STATE_DELETED);
      transaction.finish.push_back(lease.name);
      repository_->Write(transaction, now, v1::Event::TYPE_DELETED, "bytes erased; digest kept");
      return;
    }
    now.resource().set_state(v1::Dataset::STATE_DELETING);
    transaction.schedule.push_back({lease.name, book.delay()});
    if (was_deleting && !had_waiters && !book.changed()) return;
    repository_->Write(transaction, now,
                       was_deleting ? v1::Event::TYPE_UPDATED : v1::Event::TYPE_STATE_CHANGED,
                       book.message());
  });
}

absl::Status DatasetStepper::EraseBytes(const StoredDataset& stored) {
  // Equal bytes are one blob: only the last dataset takes them along.
  const std::string& sha256 = stored.resource().sha256();
  const auto is_shared = [&]() -> absl::StatusOr<bool> {
    TG_ASSIGN_OR_RETURN(const auto snapshot, repository_->store().ReadSnapshot({"datasets"}));
    return std::any_of(snapshot.records.begin(), snapshot.records.end(),
                       [&](const store::Record& row) {
                         DatasetRecord other;
                         return other.ParseFromString(row.payload) && !other.delete_requested() &&
                                other.resource().sha256() == sha256;
                       });
  };
  return repository_->store().DeleteBlob(sha256, is_shared);
}

absl::StatusOr<bool> DatasetStepper::EraseCopies(const StoredDataset& stored,
                                                 const std::string& provider_name) {
  const auto provider = providers_->Find(provider_name, "provider");
  if (!provider.ok()) {
    return FailedPrecondition(
        kProviderNotConfigured,
        absl::StrCat("its copies are at provider '", provider_name, "', which is not configured"));
  }
  TG_ASSIGN_OR_RETURN(const Sweep sweep, SweepCopies(*repository_, **provider, stored.record));
  return !sweep.contested && IsSettled(stored.record, provider_name, repository_->clock().Now());
}

}  // namespace tunegate::datasets
