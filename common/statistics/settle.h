// What would settle an INCONCLUSIVE result: more examples, or a few more right answers.
#ifndef TUNEGATE_COMMON_STATISTICS_SETTLE_H_
#define TUNEGATE_COMMON_STATISTICS_SETTLE_H_

#include <cstdint>
#include <optional>

#include "common/statistics/improvement_rule.h"
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
// `max_examples` would be needed, and without examples. Pure, thread-safe.
SettlePrediction PredictSettling(const PairedCounts& counts, const GoRule& rule,
                                 int64_t max_examples = 1'000'000);

// How many of the candidate's wrong answers would have to be right for improvement to PASS, and
// the candidate's accuracy to reach `accuracy_ppm` where given.
struct MissingRight {
  int64_t at_best = 0;   // when they are chosen best: answers that the baseline had right first
  int64_t at_worst = 0;  // whichever they are
};

// {0, 0} when it passes already; nothing when even all of them would not do, and for counts and
// policies under which nothing can be decided. Pure, thread-safe.
std::optional<MissingRight> MissingRightForGo(const PairedCounts& counts,
                                              const ImprovementPolicy& policy,
                                              std::optional<int64_t> accuracy_ppm);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_SETTLE_H_
