// How a batch comes to be at its provider, once: its file is uploaded and found again by its name;
// it is created by a POST whose intent was committed before, and whose outcome, when it is unknown,
// is looked up in the provider's list before another one is sent (server/providers/intent.h). Each
// function ends the step.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_SUBMISSION_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_SUBMISSION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/evaluations/run/batch_book.h"
#include "server/evaluations/run/batch_step.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// The metadata keys beside the intent's.
inline constexpr char kEvaluationKey[] = "tunegate_evaluation";
inline constexpr char kArmKey[] = "tunegate_arm";

// "tunegate-batch-INTENT-SHA256.jsonl": the name of a batch's file at its provider.
std::string BatchFileName(const store::v1::ProviderBatch& batch);

// Writes the file and uploads it, unless it is there. The batch is in the phase kToUpload.
absl::Status UploadBatchFile(BatchStep& step, const BatchBook& book,
                             const store::v1::ProviderBatch& batch);

// Creates it. Phase kToCreate.
absl::Status CreateBatch(BatchStep& step, const store::v1::ProviderBatch& batch);

// Finds out what came of a POST. Phase kInDoubt.
absl::Status ReconcileBatch(BatchStep& step, const store::v1::ProviderBatch& batch);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_SUBMISSION_H_
