// The rule for "the candidate improves on the baseline by the target".
//
//   PASS          gained - lost >= ceil(target * whole), in integers, and the difference's lower
//                 limit lies above the superiority margin
//   INFEASIBLE    the baseline's errors are fewer than ceil(target * whole): nobody could pass
//   FAIL          the difference's upper limit lies below the target
//   INCONCLUSIVE  otherwise
//
// `whole` is what the target is a share of: all examples (points), those the baseline got right
// (relative) or those it got wrong (error reduction). The limits are Tango's, another one's of
// paired_difference.h, or a clustered interval's (clustered.h). For relative and error reduction
// the target becomes points at the measured baseline, which is taken as fixed.
//
// What it promises, one criterion on its own: a candidate that is no better passes with at most
// (1 - confidence) / 2, nominally, and one whose true gain is at the target fails with at most
// that. At a true gain equal to the target PASS stays near one half at any n.
//
// Edges: INCONCLUSIVE without examples, for negative counts, for a confidence outside (0, 1), and
// for a relative target over a baseline with nothing right (0 / 0 has no value; use points). An
// error reduction of a baseline without errors is INFEASIBLE. Pure, thread-safe.
#ifndef TUNEGATE_COMMON_STATISTICS_IMPROVEMENT_RULE_H_
#define TUNEGATE_COMMON_STATISTICS_IMPROVEMENT_RULE_H_

#include <cstdint>
#include <optional>

#include "common/statistics/clustered.h"
#include "common/statistics/interval.h"
#include "common/statistics/outcome.h"
#include "common/statistics/paired_counts.h"
#include "common/statistics/paired_difference.h"

namespace tunegate::stats {

enum class Basis { kPoints, kRelative, kErrorReduction };

struct ImprovementPolicy {
  Basis basis = Basis::kPoints;
  int64_t target_ppm = 100'000;        // of `whole`: 10 points, 10 % relative, ...
  int64_t superiority_margin_ppm = 0;  // always in points
  double confidence = 0.95;            // two-sided
  DifferenceMethod method = DifferenceMethod::kTango;
};

// The same gain in the three ways of counting it.
struct Gains {
  std::optional<double> points;           // nothing without examples
  std::optional<double> relative;         // nothing when the baseline got nothing right
  std::optional<double> error_reduction;  // nothing when the baseline got nothing wrong
};
Gains GainsOf(const PairedCounts& counts);

struct ImprovementResult {
  Outcome outcome = Outcome::kInconclusive;
  int64_t net = 0;     // gained - lost
  int64_t needed = 0;  // what net must reach
  std::optional<double> target_points;
  double difference = 0;               // net / n
  Interval interval = kAnyDifference;  // its lower limit is the assured gain
};

// The outcome alone. With Tango's interval by score tests: what an enumeration of many counts can
// afford.
Outcome ImprovementOutcome(const PairedCounts& counts, const ImprovementPolicy& policy);

// False when no candidate could pass: known once the baseline alone has been measured.
bool IsFeasible(int64_t baseline_right, int64_t n, const ImprovementPolicy& policy);

// The outcome and its evidence, with the policy's interval.
ImprovementResult JudgeImprovement(const PairedCounts& counts, const ImprovementPolicy& policy);

// The same with a clustered interval in place of the policy's. `counts` are over all pairs asked
// (every repeat is one). Fewer than kMinClustersForGo clusters never PASS.
ImprovementResult JudgeClusteredImprovement(const PairedCounts& counts,
                                            const ClusteredDifference& clustered,
                                            const ImprovementPolicy& policy);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_IMPROVEMENT_RULE_H_
