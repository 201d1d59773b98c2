#include "server/evaluations/run/stored_report.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/evaluations/run/ledger.h"

namespace tunegate::evaluations {

absl::StatusOr<v1::Evaluation> WithReport(store::Store& store,
                                          const store::v1::EvaluationRecord& record) {
  v1::Evaluation evaluation = record.resource();
  if (record.report_key().empty()) return evaluation;
  TG_ASSIGN_OR_RETURN(const std::vector<store::Row> rows,
                      store.ReadRows(evaluation.name(), kReportStream, "", 1));
  if (rows.empty() || !evaluation.mutable_report()->ParseFromString(rows.front().payload)) {
    return Internal("STORE_CORRUPT",
                    absl::StrCat("the report of ", evaluation.name(),
                                 " cannot be read; restore the data directory from a backup"));
  }
  return evaluation;
}

store::Row ReportRow(const std::string& evaluation, const v1::Report& report) {
  return {evaluation, std::string(kReportStream), std::string(kReportKey),
          report.SerializeAsString()};
}

}  // namespace tunegate::evaluations
