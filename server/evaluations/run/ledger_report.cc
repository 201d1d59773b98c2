#include "server/evaluations/run/ledger_report.h"

#include <utility>
#include <vector>

#include "common/errors.h"
#include "common/evidence/report/report_builder.h"
#include "common/evidence/report/report_options.h"
#include "server/evaluations/run/ledger.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

ReportOptions OptionsOf(const store::v1::EvaluationRecord& record, const Prices& prices) {
  ReportOptions options = ReportOptionsOf(record);
  options.price_table = prices.table;
  options.price = prices.price;
  return options;
}

// Brings calls, which come by example, together with the examples.
class Merge {
 public:
  Merge(const ExampleFile& examples, ReportBuilder& builder)
      : examples_(examples), builder_(builder) {}

  absl::Status Take(CallRecord& call) {
    if (!calls_.empty() && calls_.front().example() != call.example()) {
      TG_RETURN_IF_ERROR(Flush());
    }
    calls_.push_back(std::move(call));
    return absl::OkStatus();
  }
  absl::Status Finish() {
    if (!calls_.empty()) TG_RETURN_IF_ERROR(Flush());
    return AddUntil(examples_.size());
  }

 private:
  // The gathered example, and those before it that nobody was asked about.
  absl::Status Flush() {
    const auto index = static_cast<size_t>(calls_.front().example() - 1);
    if (index >= examples_.size()) {
      return FailedPrecondition(kLedgerMismatch, "a recorded call is of no example of the dataset");
    }
    TG_RETURN_IF_ERROR(AddUntil(index));
    std::vector<const CallRecord*> calls;
    for (const CallRecord& call : calls_) calls.push_back(&call);
    TG_RETURN_IF_ERROR(AddNext(calls));
    calls_.clear();
    return absl::OkStatus();
  }
  absl::Status AddUntil(size_t index) {
    while (next_ < index) TG_RETURN_IF_ERROR(AddNext({}));
    return absl::OkStatus();
  }
  absl::Status AddNext(const std::vector<const CallRecord*>& calls) {
    TG_ASSIGN_OR_RETURN(const datasets::Example example, examples_.Read(next_++));
    return builder_.Add(example, calls);
  }

  const ExampleFile& examples_;
  ReportBuilder& builder_;
  std::vector<CallRecord> calls_;  // of one example
  size_t next_ = 0;                // the first example that is not added
};

}  // namespace

absl::StatusOr<v1::Report> ReportFromLedger(store::Store& store,
                                            const store::v1::EvaluationRecord& record,
                                            const RunInputs& inputs, const Prices& prices) {
  TG_ASSIGN_OR_RETURN(ReportBuilder builder,
                      ReportBuilder::Create(inputs.task, OptionsOf(record, prices)));
  Merge merge(inputs.examples, builder);
  TG_RETURN_IF_ERROR(ForEachCall(store, record.resource().name(), "",
                                 [&merge](CallRecord& call) { return merge.Take(call); }));
  TG_RETURN_IF_ERROR(merge.Finish());
  return builder.Finish();
}

}  // namespace tunegate::evaluations
