// The rule for a share that must reach a threshold (accuracy, valid structure):
// PASS when the measured share is at or above it, FAIL when Wilson's upper limit is below it,
// INCONCLUSIVE between.
#ifndef TUNEGATE_COMMON_STATISTICS_ACCURACY_RULE_H_
#define TUNEGATE_COMMON_STATISTICS_ACCURACY_RULE_H_

#include <cstdint>

#include "common/statistics/outcome.h"

namespace tunegate::stats {

// PASS compares right >= ceil(threshold * n) in integers; FAIL is Wilson's score test, which is
// the same as comparing the interval's limit. INCONCLUSIVE without examples, for counts that
// cannot be and for a confidence outside (0, 1) short of PASS. Pure, thread-safe.
Outcome JudgeShare(int64_t right, int64_t n, int64_t threshold_ppm, double confidence);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_ACCURACY_RULE_H_
