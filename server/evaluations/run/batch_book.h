// BatchBook: a step's knowledge of the calls of an evaluation in batch mode: which are recorded,
// what they cost, how the arms stand. It neither asks nor commits.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_BOOK_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "server/evaluations/run/run_inputs.h"
#include "server/evaluations/run/run_tally.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::evaluations {

// Not thread-safe. What it is given by pointer outlives it.
class BatchBook {
 public:
  BatchBook(const RunInputs* inputs, const Prices* prices);

  // Reads what is recorded of `evaluation`. FAILED_PRECONDITION (kLedgerMismatch) for a record that
  // was not asked of the inputs; errors of the store.
  absl::Status Load(store::Store& store, const std::string& evaluation);

  const RunInputs& inputs() const { return inputs_; }
  const Prices& prices() const { return prices_; }
  const RunTally& tally() const { return tally_; }
  bool recorded(size_t sequence) const { return recorded_[sequence]; }
  bool all_recorded() const { return tally_.recorded() == static_cast<int64_t>(recorded_.size()); }
  bool ever_answered(Arm arm) const { return tally_.AccuracyOf(arm).has_value(); }

  // A call that will be committed now. A call that failed needs no right answer.
  void Add(const store::v1::CallRecord& call, const Expected* expected);

  // The ledger key of a call of the plan.
  std::string KeyOf(size_t sequence) const;

  // Writes usage, figures and progress into the record.
  void Fill(store::v1::EvaluationRecord& record) const;

 private:
  const RunInputs& inputs_;
  const Prices& prices_;
  std::vector<bool> recorded_;  // by sequence
  RunTally tally_;
};

// Progress counts what is recorded and what the provider has done of batches that are not collected
// yet; the figure kAtProvider says how many of the second kind there are.
inline constexpr char kAtProvider[] = "answered_at_provider";
void SetProgress(v1::Evaluation& evaluation, int64_t recorded, int64_t at_provider);
int64_t RecordedOf(const v1::Evaluation& evaluation);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_BOOK_H_
