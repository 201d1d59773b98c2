// The front of this room for services: bytes or a generator in, a dataset that is ready to be
// stored out, with its digest, findings and figures. Pure: no store, no clock, no network. All
// functions are thread-safe and take time in proportion to the bytes: not for gRPC threads.
//
//   TG_ASSIGN_OR_RETURN(const BuiltDataset built, BuildFromBytes(task, spec, bytes));
//   dataset.set_state(built.error_count == 0 ? Dataset::STATE_READY : Dataset::STATE_INVALID);
#ifndef TUNEGATE_SERVER_DATASETS_DATASET_BUILDER_H_
#define TUNEGATE_SERVER_DATASETS_DATASET_BUILDER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/evidence/answers/example.h"
#include "server/datasets/describe.h"
#include "server/datasets/leakage.h"
#include "tunegate/v1/dataset.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::datasets {

// A dataset as bytes, with what validation and counting found.
struct BuiltDataset {
  std::string jsonl;                  // chat JSONL: what is stored, uploaded and evaluated
  std::string sha256;                 // of jsonl, lower-case hexadecimal
  std::vector<v1::Finding> findings;  // by line, those of the file as a whole last; every one
  int64_t error_count = 0;            // findings of severity ERROR: above 0 means INVALID
  int64_t warning_count = 0;
  Description description;
  QueryDigests queries;  // for FindLeakage against other splits
  std::string source;    // for Dataset.sources: the file's name, or the generator and its seed
};

// The three splits of one generation: disjoint by construction.
struct GeneratedSplits {
  BuiltDataset train;
  BuiltDataset validation;
  BuiltDataset test;
};

// Checks what can be known before the first byte: split, and for tables the column targets.
// INVALID_ARGUMENT (INVALID_IMPORT) with the fields under "spec".
absl::Status CheckImportSpec(const v1::Task& task,
                             const v1::ImportDatasetRequest::ImportSpec& spec);

// Reads a user's file: chat JSONL is kept byte for byte, CSV and TSV become chat JSONL by the
// spec's columns. Of `spec`, dataset.split, format, columns, file_name and headerless are read.
// Faults of the file are findings, whose lines and columns are those of the file that was given;
// rows of a table that have errors are left out of jsonl. INVALID_ARGUMENT as CheckImportSpec.
absl::StatusOr<BuiltDataset> BuildFromBytes(const v1::Task& task,
                                            const v1::ImportDatasetRequest::ImportSpec& spec,
                                            std::string_view bytes);

// Makes training, validation and test sets at once from the task's generator. The same task, spec
// and seed give the same bytes. Counts of 0 take the guide's: 400, 60, 100; an unset seed is 1.
// FAILED_PRECONDITION (NO_GENERATOR) for a task without one, (GENERATOR_MISMATCH) when the task's
// fields are not those that its generator writes; INVALID_ARGUMENT (INVALID_GENERATE_SPEC) for
// counts out of range, with the fields under "spec".
absl::StatusOr<GeneratedSplits> GenerateSplits(const v1::Task& task, const v1::GenerateSpec& spec);

// `spec` with the guide's numbers and seed in place of what is not set.
v1::GenerateSpec WithDefaults(const v1::GenerateSpec& spec);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_DATASET_BUILDER_H_
