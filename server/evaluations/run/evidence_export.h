// The evidence of an evaluation as JSON Lines (common/evidence/certificate/evidence_lines.h): task
// and evaluation, then every example with its recorded calls, read by pages.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_EVIDENCE_EXPORT_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_EVIDENCE_EXPORT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/evaluations/result_source.h"
#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// Writes it. One evaluation that has SUCCEEDED always gives the same bytes. FAILED_PRECONDITION:
// LEDGER_MISMATCH (what was recorded is not of the dataset's examples), DATASET_DELETED; errors of
// the store and of the sink.
absl::Status ExportEvidence(resources::Repository& repository,
                            const store::v1::EvaluationRecord& record, const ByteSink& sink);

// Lower-case hexadecimal SHA-256 of these bytes. The same errors.
absl::StatusOr<std::string> EvidenceSha256(resources::Repository& repository,
                                           const store::v1::EvaluationRecord& record);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_EVIDENCE_EXPORT_H_
