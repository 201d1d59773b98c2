// Calls brought together: those of one example by repeat, baseline beside candidate.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_CALL_PAIRS_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_CALL_PAIRS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evidence/answers/example.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// One repeat. Null: not asked.
struct CallPair {
  int32_t repeat = 0;
  const store::v1::CallRecord* baseline = nullptr;
  const store::v1::CallRecord* candidate = nullptr;
};

// The pairs of one example, by repeat; repeats without any call have none. INTERNAL
// (CALLS_OUT_OF_ORDER) for a call of another example or without an arm, and for two calls of one
// arm and repeat.
absl::StatusOr<std::vector<CallPair>> PairCalls(
    const datasets::Example& example, const std::vector<const store::v1::CallRecord*>& calls);

// For each example, in order, its calls. INTERNAL (CALLS_OUT_OF_ORDER) for a call whose example is
// not among them: the ledger no longer matches the dataset.
absl::StatusOr<std::vector<std::vector<const store::v1::CallRecord*>>> CallsByExample(
    const std::vector<datasets::Example>& examples,
    const std::vector<store::v1::CallRecord>& calls);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_CALL_PAIRS_H_
