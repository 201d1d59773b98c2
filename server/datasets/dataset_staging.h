// From a built dataset to a stored one: bytes into a blob, findings into rows, figures into the
// record. Used by the API and by workflows, so that both make the same datasets.
#ifndef TUNEGATE_SERVER_DATASETS_DATASET_STAGING_H_
#define TUNEGATE_SERVER_DATASETS_DATASET_STAGING_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/evidence/answers/example.h"
#include "server/datasets/dataset_builder.h"
#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/dataset.pb.h"

namespace tunegate::datasets {

// The stream of rows that holds a dataset's findings, and the key of the i-th.
inline constexpr std::string_view kFindingsStream = "findings";

// Completes `stored` (name, task, split, labels are set) from `built`, keeps the bytes, and adds
// record, findings and event to `transaction`. Its commit answers ABORTED (BLOB_GONE) when the last
// dataset with these bytes was deleted meanwhile: stage it again.
absl::Status StageDataset(resources::Repository& repository, const BuiltDataset& built,
                          resources::Stored<store::v1::DatasetRecord>& stored,
                          store::Transaction& transaction);

// The names that a generation with this prefix makes.
struct SplitNames {
  std::string train, validation, test;
};
SplitNames NamesOfSplits(std::string_view id_prefix);

// Generates three splits of `task` into `transaction`. `owner` is the workflow's name or empty.
absl::Status StageGenerated(resources::Repository& repository, const v1::Task& task,
                            const v1::GenerateSpec& spec, const SplitNames& names,
                            std::string_view owner, store::Transaction& transaction);

// The dataset if it is READY and of `split` (SPLIT_UNSPECIFIED: any): otherwise INVALID_FIELD or
// FAILED_PRECONDITION (DATASET_INVALID, DATASET_DELETED) for `field`.
absl::StatusOr<resources::Stored<store::v1::DatasetRecord>> GetUsable(
    resources::Repository& repository, std::string_view name, v1::Dataset::Split split,
    std::string_view field);

// Makes sure that a copy of the dataset is at the provider or on its way there, and that `waiter`
// (a job; empty: a person asks) is woken when that has ended. A waiter that asks again hastens
// nothing, a person does. FAILED_PRECONDITION (DATASET_DELETED).
absl::Status RequestUpload(resources::Repository& repository, const std::string& provider,
                           std::string_view waiter,
                           resources::Stored<store::v1::DatasetRecord>& stored,
                           store::Transaction& transaction);

// Makes those due who wait for the dataset's uploads; they are waiting no more.
void WakeWaiters(store::v1::DatasetRecord& record, store::Transaction& transaction);

// Its copy at `provider`; nullptr when there is none.
const v1::Dataset::ProviderFile* FindProviderFile(const v1::Dataset& dataset,
                                                  std::string_view provider);
// The same, made when there is none.
v1::Dataset::ProviderFile& FileAt(v1::Dataset& dataset, std::string_view provider);

// Our words for a ProviderFile's status; all others are the provider's.
inline constexpr std::string_view kUploading = "uploading";
inline constexpr std::string_view kUploadFailed = "failed";
inline constexpr std::string_view kDeleting = "deleting";
// The reason why a copy counts as not erased: an upload was never answered, and the provider has no
// list in which its file could be looked for.
inline constexpr std::string_view kCopiesUnverified = "COPIES_UNVERIFIED";

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_DATASET_STAGING_H_
