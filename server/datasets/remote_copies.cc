#include "server/datasets/remote_copies.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/proto_time.h"
#include "server/datasets/dataset_staging.h"
#include "server/providers/failure.h"
#include "server/providers/remote_file.h"

namespace tunegate::datasets {
namespace {

using providers::Consequence;
using providers::RemoteFile;
using store::v1::DatasetRecord;

// By so much a provider's clock may be behind ours.
constexpr absl::Duration kClockSkew = absl::Minutes(5);

// From when on a file at `provider` can be this dataset's.
absl::Time SinceWhen(const DatasetRecord& record, const std::string& provider) {
  absl::Time since = absl::InfiniteFuture();
  const auto* file = FindProviderFile(record.resource(), provider);
  if (file != nullptr) since = FromProto(file->create_time());
  const auto intent = record.upload_intent_times().find(provider);
  if (intent != record.upload_intent_times().end()) {
    since = std::min(since, FromProto(intent->second));
  }
  return since - kClockSkew;
}

std::set<std::string> IdsOf(const DatasetRecord& record, const std::string& provider,
                            const absl::StatusOr<std::vector<RemoteFile>>& listed) {
  std::set<std::string> ids;
  const auto* file = FindProviderFile(record.resource(), provider);
  if (file != nullptr && !file->file_id().empty()) ids.insert(file->file_id());
  if (!listed.ok()) return ids;
  const absl::Time since = SinceWhen(record, provider);
  for (const RemoteFile& remote : *listed) {
    const bool undated = remote.create_time == absl::UnixEpoch();
    if (undated || remote.create_time >= since) ids.insert(remote.id);
  }
  return ids;
}

// What datasets that are not being deleted need at a provider.
struct Needs {
  std::set<std::string> ids;
  bool uploading = false;  // of these bytes
};

absl::StatusOr<Needs> NeedsAt(resources::Repository& repository, const std::string& provider,
                              const std::string& sha256) {
  TG_ASSIGN_OR_RETURN(const auto snapshot, repository.store().ReadSnapshot({"datasets"}));
  Needs needs;
  for (const store::Record& row : snapshot.records) {
    DatasetRecord record;
    if (!record.ParseFromString(row.payload)) {
      return Internal("STORE_CORRUPT",
                      absl::StrCat("the record ", row.name,
                                   " cannot be parsed: it may need what would be deleted"));
    }
    if (record.delete_requested()) continue;
    const auto* file = FindProviderFile(record.resource(), provider);
    if (file == nullptr) continue;
    needs.ids.insert(file->file_id());
    needs.uploading =
        needs.uploading || (file->status() == kUploading && record.resource().sha256() == sha256);
  }
  return needs;
}

// Unset: not begun.
std::optional<absl::Time> SettleTime(const DatasetRecord& record, const std::string& provider) {
  const auto settle = record.upload_settle_times().find(provider);
  if (settle == record.upload_settle_times().end()) return std::nullopt;
  const absl::Time until = FromProto(settle->second);
  const auto intent = record.upload_intent_times().find(provider);
  // A time before the last upload belongs to an earlier doubt.
  const bool stale =
      intent != record.upload_intent_times().end() && until <= FromProto(intent->second);
  return stale ? std::nullopt : std::make_optional(until);
}

}  // namespace

std::string RemoteFileName(const v1::Dataset& dataset) {
  return absl::StrCat("tunegate-", dataset.sha256().substr(0, 32), ".jsonl");
}

bool InDoubt(const DatasetRecord& record, const std::string& provider) {
  return record.upload_intent_times().contains(provider);
}

bool BeginSettling(DatasetRecord& record, const std::string& provider, absl::Time until) {
  if (SettleTime(record, provider).has_value()) return false;
  (*record.mutable_upload_settle_times())[provider] = ToProto(until);
  return true;
}

bool IsSettled(const DatasetRecord& record, const std::string& provider, absl::Time now) {
  const std::optional<absl::Time> until = SettleTime(record, provider);
  return until.has_value() ? *until <= now : !InDoubt(record, provider);
}

std::optional<TwinLook> NextTwinLook(const DatasetRecord& record) {
  std::optional<TwinLook> next;
  for (const auto& file : record.resource().provider_files()) {
    const auto settle = record.upload_settle_times().find(file.provider());
    if (settle == record.upload_settle_times().end() || file.file_id().empty()) continue;
    const absl::Time time = FromProto(settle->second);
    if (!next.has_value() || time < next->time) next = TwinLook{file.provider(), time};
  }
  return next;
}

std::vector<std::string> DropUnverified(DatasetRecord& record, absl::Time now) {
  std::vector<std::string> dropped;
  for (const auto& file : record.resource().provider_files()) {
    const std::string& provider = file.provider();
    const bool unverified = file.failure().reason() == kCopiesUnverified;
    if (!unverified || !IsSettled(record, provider, now)) continue;
    record.mutable_upload_intent_times()->erase(provider);
    record.mutable_upload_settle_times()->erase(provider);
    dropped.push_back(provider);
  }
  return dropped;
}

absl::StatusOr<Sweep> SweepCopies(resources::Repository& repository, providers::Provider& provider,
                                  const DatasetRecord& record) {
  const v1::Dataset& dataset = record.resource();
  // Listed first: what is uploaded from here on is not in the list, and who uploaded what is in it
  // had said so before.
  const auto listed =
      providers::FindRemoteFiles(provider, RemoteFileName(dataset), dataset.size_bytes());
  TG_ASSIGN_OR_RETURN(const Needs needs, NeedsAt(repository, provider.name(), dataset.sha256()));
  if (needs.uploading) return Sweep{.contested = true};
  Sweep sweep;
  for (const std::string& id : IdsOf(record, provider.name(), listed)) {
    if (needs.ids.contains(id)) continue;
    TG_RETURN_IF_ERROR(providers::DeleteRemoteFile(provider, id));
    ++sweep.deleted;
  }
  if (listed.ok()) return sweep;
  if (providers::ConsequenceOf(listed.status()) != Consequence::kGiveUp) return listed.status();
  // A provider that has no lists hinders nothing where nothing is in doubt.
  const bool doubtful =
      InDoubt(record, provider.name()) || record.upload_settle_times().contains(provider.name());
  if (!doubtful) return sweep;
  return FailedPrecondition(
      kCopiesUnverified,
      absl::StrCat("an upload was not answered and may have left a file, and there is no list to "
                   "look for it: ",
                   std::string(listed.status().message())));
}

}  // namespace tunegate::datasets
