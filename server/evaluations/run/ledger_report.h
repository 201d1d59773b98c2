// The report of an evaluation from its ledger: calls are read by example, a page in memory at a
// time.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_LEDGER_REPORT_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_LEDGER_REPORT_H_

#include "absl/status/statusor.h"
#include "server/evaluations/run/run_inputs.h"
#include "server/evaluations/run/run_tally.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations {

// FAILED_PRECONDITION (kLedgerMismatch) when the calls are not those of the inputs' examples;
// errors of the store.
absl::StatusOr<v1::Report> ReportFromLedger(store::Store& store,
                                            const store::v1::EvaluationRecord& record,
                                            const RunInputs& inputs, const Prices& prices);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_LEDGER_REPORT_H_
