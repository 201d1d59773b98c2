#include "server/datasets/dataset_staging.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/errors.h"
#include "common/proto_time.h"
#include "common/utf8.h"
#include "server/datasets/dataset_kind.h"

namespace tunegate::datasets {
namespace {

using resources::Repository;
using resources::Stored;
using store::v1::DatasetRecord;

void FillFigures(const BuiltDataset& built, v1::Dataset& dataset) {
  dataset.set_sha256(built.sha256);
  dataset.set_example_count(built.description.example_count);
  dataset.set_size_bytes(static_cast<int64_t>(built.jsonl.size()));
  dataset.set_error_count(built.error_count);
  dataset.set_warning_count(built.warning_count);
  dataset.set_token_estimate(built.description.token_estimate);
  if (!built.source.empty()) dataset.add_sources(ToValidUtf8(built.source));
  for (const auto& [key, count] : built.description.distribution) {
    (*dataset.mutable_distribution())[ToValidUtf8(key)] = count;
  }
  dataset.set_state(built.error_count == 0 ? v1::Dataset::STATE_READY : v1::Dataset::STATE_INVALID);
}

std::string SplitWord(v1::Dataset::Split split) {
  switch (split) {
    case v1::Dataset::SPLIT_TRAIN:
      return "training";
    case v1::Dataset::SPLIT_VALIDATION:
      return "validation";
    default:
      return "test";
  }
}

Error Deleted(const v1::Dataset& dataset) {
  return FailedPrecondition("DATASET_DELETED",
                            absl::StrCat(dataset.name(), " has no bytes any more"));
}

absl::Status StageSplit(Repository& repository, const v1::Task& task, const BuiltDataset& built,
                        const std::string& name, v1::Dataset::Split split, std::string_view owner,
                        store::Transaction& transaction) {
  Stored<DatasetRecord> stored;
  v1::Dataset& dataset = stored.resource();
  dataset.set_name(name);
  dataset.set_task(task.name());
  dataset.set_split(split);
  dataset.set_owner(std::string(owner));
  return StageDataset(repository, built, stored, transaction);
}

}  // namespace

absl::Status StageDataset(Repository& repository, const BuiltDataset& built,
                          Stored<DatasetRecord>& stored, store::Transaction& transaction) {
  v1::Dataset& dataset = stored.resource();
  FillFigures(built, dataset);
  TG_RETURN_IF_ERROR(repository.store().PutBlob(built.sha256, built.jsonl));
  transaction.blobs.push_back(built.sha256);
  for (size_t i = 0; i < built.findings.size(); ++i) {
    transaction.rows.push_back({dataset.name(), std::string(kFindingsStream),
                                absl::StrFormat("%08d", i + 1),
                                built.findings[i].SerializeAsString()});
  }
  const std::string message =
      absl::StrFormat("%d %s examples; %d errors, %d warnings", dataset.example_count(),
                      SplitWord(dataset.split()), dataset.error_count(), dataset.warning_count());
  repository.Write(transaction, stored, v1::Event::TYPE_CREATED, message);
  return absl::OkStatus();
}

SplitNames NamesOfSplits(std::string_view id_prefix) {
  const std::string base = absl::StrCat("datasets/", std::string(id_prefix));
  return {base + "-train", base + "-validation", base + "-test"};
}

absl::Status StageGenerated(Repository& repository, const v1::Task& task,
                            const v1::GenerateSpec& spec, const SplitNames& names,
                            std::string_view owner, store::Transaction& transaction) {
  TG_ASSIGN_OR_RETURN(const GeneratedSplits splits, GenerateSplits(task, spec));
  TG_RETURN_IF_ERROR(StageSplit(repository, task, splits.train, names.train,
                                v1::Dataset::SPLIT_TRAIN, owner, transaction));
  TG_RETURN_IF_ERROR(StageSplit(repository, task, splits.validation, names.validation,
                                v1::Dataset::SPLIT_VALIDATION, owner, transaction));
  return StageSplit(repository, task, splits.test, names.test, v1::Dataset::SPLIT_TEST, owner,
                    transaction);
}

absl::StatusOr<Stored<DatasetRecord>> GetUsable(Repository& repository, std::string_view name,
                                                v1::Dataset::Split split, std::string_view field) {
  TG_ASSIGN_OR_RETURN(Stored<DatasetRecord> stored, repository.Get<DatasetRecord>(name, field));
  const v1::Dataset& dataset = stored.resource();
  if (dataset.state() == v1::Dataset::STATE_INVALID) {
    return FailedPrecondition("DATASET_INVALID",
                              absl::StrCat(dataset.name(), " has ", dataset.error_count(),
                                           " errors; see `tunegate dataset findings ",
                                           dataset.name(), "`, mend the file and import it again"))
        .Field(field, "is not usable");
  }
  if (dataset.state() != v1::Dataset::STATE_READY || stored.record.delete_requested()) {
    return Deleted(dataset).Field(field, "is not usable");
  }
  if (split != v1::Dataset::SPLIT_UNSPECIFIED && dataset.split() != split) {
    return InvalidField(
        field, absl::StrCat("expected a ", SplitWord(split), " dataset; ", dataset.name(), " is a ",
                            SplitWord(dataset.split()), " dataset"));
  }
  return stored;
}

const v1::Dataset::ProviderFile* FindProviderFile(const v1::Dataset& dataset,
                                                  std::string_view provider) {
  for (const auto& file : dataset.provider_files()) {
    if (file.provider() == provider) return &file;
  }
  return nullptr;
}

v1::Dataset::ProviderFile& FileAt(v1::Dataset& dataset, std::string_view provider) {
  for (auto& file : *dataset.mutable_provider_files()) {
    if (file.provider() == provider) return file;
  }
  v1::Dataset::ProviderFile& fresh = *dataset.add_provider_files();
  fresh.set_provider(std::string(provider));
  return fresh;
}

void WakeWaiters(DatasetRecord& record, store::Transaction& transaction) {
  for (const std::string& waiter : record.waiters()) {
    transaction.schedule.push_back({waiter, absl::ZeroDuration()});
  }
  record.clear_waiters();
}

absl::Status RequestUpload(Repository& repository, const std::string& provider,
                           std::string_view waiter, Stored<DatasetRecord>& stored,
                           store::Transaction& transaction) {
  v1::Dataset& dataset = stored.resource();
  if (stored.record.delete_requested()) return Deleted(dataset);
  const auto* known = FindProviderFile(dataset, provider);
  const bool asked_for =
      known != nullptr && (!known->file_id().empty() || known->status() == kUploading);
  auto* waiters = stored.record.mutable_waiters();
  const bool new_waiter =
      !waiter.empty() && std::find(waiters->begin(), waiters->end(), waiter) == waiters->end();
  // Whoever waits makes sure of it again and again, which must not hasten an upload that backs off.
  const bool nothing_new = asked_for && !new_waiter;
  if (!nothing_new || waiter.empty()) {
    transaction.schedule.push_back({dataset.name(), absl::ZeroDuration()});
  }
  if (nothing_new) return absl::OkStatus();
  if (!asked_for) {
    stored.record.set_failed_uploads(0);
    v1::Dataset::ProviderFile& file = FileAt(dataset, provider);
    file.set_status(std::string(kUploading));
    file.clear_failure();
    if (!file.has_create_time()) *file.mutable_create_time() = ToProto(repository.clock().Now());
  }
  if (new_waiter) waiters->Add(std::string(waiter));
  repository.Write(transaction, stored, v1::Event::TYPE_UPDATED,
                   absl::StrCat("upload to ", provider, " asked for"));
  return absl::OkStatus();
}

}  // namespace tunegate::datasets
