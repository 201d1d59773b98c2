// The chances of GO, NO_GO and INCONCLUSIVE when examples fall into the four cells of a paired
// comparison with known rates: the rule of improvement_rule.h (in points), and where asked for the
// rule of accuracy_rule.h beside it, summed over all possible counts.
//
// The model: each example is both right, gained, lost or both wrong with fixed probabilities, and
// examples are independent: a multinomial. The baseline varies from test set to test set with it; a
// draw that leaves it too few errors is INFEASIBLE and counts as NO_GO, as the decision would.
// FAIL beats INCONCLUSIVE beats PASS.
//
// How: the sum runs over the lost and uses binomial tails for the gained; the rule's limits on the
// gained move monotonically with the lost and are walked, not searched. With both_right known it
// runs over lost and gained and uses tails for both_right. Neglected mass stays below 1e-6 (1e-11
// without both_right). Beyond about fifteen thousand examples, and only with both_right known,
// neighbouring counts are taken together in blocks of a 24th of their standard deviation: an error
// below 1e-4. Measured on one core, without and with both_right: 0.01 and 0.13 ms at n = 100, 0.03
// and 0.8 ms at 400, 0.3 and 40 ms at 10,000, 5 and 75 ms at a million.
#ifndef TUNEGATE_COMMON_STATISTICS_VERDICT_CHANCES_H_
#define TUNEGATE_COMMON_STATISTICS_VERDICT_CHANCES_H_

#include <cstdint>
#include <optional>

#include "common/statistics/paired_counts.h"

namespace tunegate::stats {

// The rule whose outcome is forecast.
struct GoRule {
  int64_t target_ppm = 100'000;        // in points
  int64_t superiority_margin_ppm = 0;  // in points
  double confidence = 0.95;
  // Absolute accuracy that the candidate must reach as well. Read only with both_right known.
  std::optional<int64_t> accuracy_ppm = std::nullopt;
};

// The probabilities of the cells.
struct CellRates {
  double gained = 0;
  double lost = 0;
  // With it the baseline's accuracy is known (both_right + lost): infeasible draws and absolute
  // accuracy are judged. Without it only gains and losses are.
  std::optional<double> both_right = std::nullopt;
};

struct VerdictChances {
  double go = 0;
  double no_go = 0;
  double inconclusive = 1;
};

// For `n` new examples, judged together with those `seen` already (none by default: a fresh test
// set). All inconclusive when n < 0, when no example is judged at all, and for rates or a
// confidence that cannot be. Pure, thread-safe.
VerdictChances ChancesOf(int64_t n, const CellRates& rates, const GoRule& rule,
                         const PairedCounts& seen = {});

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_VERDICT_CHANCES_H_
