// What a planned evaluation can show, before money is spent: the chance of each verdict, the
// smallest true gain it would find, the number of examples it needs.
//
// Everything follows from verdict_chances.h; this adds the inputs that people have (an expected
// gain, an expected share of changed answers, a measured baseline) and the searches.
#ifndef TUNEGATE_COMMON_STATISTICS_POWER_H_
#define TUNEGATE_COMMON_STATISTICS_POWER_H_

#include <cstdint>
#include <optional>

#include "common/statistics/improvement_rule.h"
#include "common/statistics/verdict_chances.h"

namespace tunegate::stats {

// When nothing better is known: the candidate loses this share of the examples.
inline constexpr double kUsualLossRate = 0.05;

// The cells for a true `gain` (points, as a share) with a `loss_rate`: gained = gain + loss_rate,
// cut to what is possible. With a baseline accuracy gained is at most its errors and lost at most
// what it has right; a cut on one side moves the other, so that the gain is kept as far as the
// baseline's errors allow. A measured baseline enters as if it were the true one.
CellRates RatesForLosses(double gain, double loss_rate, std::optional<double> baseline_accuracy);

// The same from the `discordance`, the share of examples on which the two differ:
// gained + lost = discordance, gained - lost = gain. A discordance below |gain| is taken as |gain|.
CellRates RatesForDiscordance(double gain, double discordance,
                              std::optional<double> baseline_accuracy);

// The policy's rule with its target turned into points (to the nearest part per million) at this
// baseline: forecasts take the target as fixed while the baseline varies.
GoRule RuleAtBaseline(const ImprovementPolicy& policy, double baseline_accuracy,
                      std::optional<int64_t> accuracy_ppm);

// The smallest true gain, in steps of a tenth of a point, that ends in GO with at least `power`,
// when `loss_rate` stays as it is. Nothing when even the largest possible gain does not.
// Pure, thread-safe.
std::optional<double> MinimumDetectableGain(int64_t n, double loss_rate,
                                            std::optional<double> baseline_accuracy,
                                            const GoRule& rule, double power = 0.8);

// The number of examples at which GO has at least `power`. Nothing when no n up to `max_n` has it:
// at a true gain equal to the target GO stays near one half for ever. Found by doubling and
// halving; since ceil(target * n) makes the chance a saw-tooth in n, a slightly smaller n may do
// as well. With both_right known and no n that does, a few tenths of a second are spent.
std::optional<int64_t> ExamplesForGo(const CellRates& rates, const GoRule& rule, double power = 0.8,
                                     int64_t max_n = 20'000);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_POWER_H_
