// What would settle an INCONCLUSIVE result: how many more examples, and with what chance.
#ifndef TUNEGATE_COMMON_STATISTICS_SETTLE_H_
#define TUNEGATE_COMMON_STATISTICS_SETTLE_H_

#include <cstdint>

#include "common/statistics/paired_counts.h"
#include "common/statistics/verdict_chances.h"

namespace tunegate::stats {

enum class Settles { kGo, kNoGo, kNotByMoreData };

struct SettlePrediction {
  // Of the verdict when the test set is extended to twice and four times its size and the new
  // examples follow the observed rates. The examples already judged stay in.
  VerdictChances at_twice;
  VerdictChances at_four_times;
  // Where more data of the same kind lead, and the total number of examples at which they arrive
  // (0 for kNotByMoreData).
  Settles settles = Settles::kNotByMoreData;
  int64_t examples = 0;
};

// `rule.confidence` is the next look's (multiplicity.h): extending the test set counts as a look.
//
// `settles` scales the observed rates up and asks when the limits clear the target or the margin.
// It is NotByMoreData when the observed gain is exactly the target (GO then stays near one half for
// ever), when the observed gain lies between target and superiority margin, when more than
// `max_examples` would be needed, and without examples.
//
// `design_effect` (L. Kish, "Survey Sampling", 1965, section 5.4): how much wider, squared, the
// interval of examples that are alike is than Tango's; 1 where each is for itself. n such examples
// show as much as n / design_effect independent ones, which is how they enter. Below 1 counts as 1.
// Pure, thread-safe.
SettlePrediction PredictSettling(const PairedCounts& counts, const GoRule& rule,
                                 int64_t max_examples = 1'000'000, double design_effect = 1);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_SETTLE_H_
