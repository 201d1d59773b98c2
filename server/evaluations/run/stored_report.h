// The report of a finished evaluation, which is kept beside its record.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_STORED_REPORT_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_STORED_REPORT_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::evaluations {

// The stream of rows that holds the report: one row, under EvaluationRecord.report_key.
inline constexpr std::string_view kReportStream = "report";

// The public evaluation with its report, if it has one yet. INTERNAL (STORE_CORRUPT).
absl::StatusOr<v1::Evaluation> WithReport(store::Store& store,
                                          const store::v1::EvaluationRecord& record);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_STORED_REPORT_H_
