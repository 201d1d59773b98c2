#include "server/evaluations/run/ledger_report.h"

#include <vector>

#include "common/errors.h"
#include "common/evidence/report/report_builder.h"
#include "common/evidence/report/report_options.h"
#include "server/evaluations/run/ledger_examples.h"

namespace tunegate::evaluations {
namespace {

ReportOptions OptionsOf(const store::v1::EvaluationRecord& record, const Prices& prices) {
  ReportOptions options = ReportOptionsOf(record);
  options.price_table = prices.table;
  options.price = prices.price;
  return options;
}

}  // namespace

absl::StatusOr<v1::Report> ReportFromLedger(store::Store& store,
                                            const store::v1::EvaluationRecord& record,
                                            const RunInputs& inputs, const Prices& prices) {
  TG_ASSIGN_OR_RETURN(ReportBuilder builder,
                      ReportBuilder::Create(inputs.task, OptionsOf(record, prices)));
  TG_RETURN_IF_ERROR(ForEachExample(store, record.resource().name(), inputs.examples,
                                    [&builder](const datasets::Example& example,
                                               const std::vector<store::v1::CallRecord>& recorded) {
                                      std::vector<const store::v1::CallRecord*> calls;
                                      for (const auto& call : recorded) calls.push_back(&call);
                                      return builder.Add(example, calls);
                                    }));
  return builder.Finish();
}

}  // namespace tunegate::evaluations
