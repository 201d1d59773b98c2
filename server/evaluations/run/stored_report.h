// An evaluation as callers see it, with its report, which is stored in a row of its own.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_STORED_REPORT_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_STORED_REPORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::evaluations {

// The public resource, with its report once it has SUCCEEDED. INTERNAL (STORE_CORRUPT) when the
// report is not there or cannot be parsed; errors of the store.
absl::StatusOr<v1::Evaluation> WithReport(store::Store& store,
                                          const store::v1::EvaluationRecord& record);

// The row that holds `report`.
store::Row ReportRow(const std::string& evaluation, const v1::Report& report);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_STORED_REPORT_H_
