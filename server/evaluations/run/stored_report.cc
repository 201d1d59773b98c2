#include "server/evaluations/run/stored_report.h"

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::evaluations {

absl::StatusOr<v1::Evaluation> WithReport(store::Store& store,
                                          const store::v1::EvaluationRecord& record) {
  v1::Evaluation evaluation = record.resource();
  if (record.report_key().empty()) return evaluation;
  TG_ASSIGN_OR_RETURN(const auto rows, store.ReadRows(evaluation.name(), kReportStream, "", 100));
  for (const store::Row& row : rows) {
    if (row.key != record.report_key()) continue;
    if (!evaluation.mutable_report()->ParseFromString(row.payload)) break;
    return evaluation;
  }
  return Internal("STORE_CORRUPT", absl::StrCat("the report of ", evaluation.name(),
                                                " is missing or cannot be parsed"));
}

}  // namespace tunegate::evaluations
