#include "common/statistics/power.h"

#include <algorithm>
#include <cmath>

#include "common/statistics/parts_per_million.h"

namespace tunegate::stats {

CellRates RatesForLosses(double gain, double loss_rate, std::optional<double> baseline_accuracy) {
  const double most_gained = baseline_accuracy.has_value() ? 1 - *baseline_accuracy : 1;
  const double most_lost = baseline_accuracy.value_or(1);
  CellRates rates;
  rates.lost = std::clamp(std::max(loss_rate, -gain), 0.0, most_lost);
  rates.gained = std::clamp(gain + rates.lost, 0.0, most_gained);
  rates.lost = std::clamp(rates.gained - gain, 0.0, rates.lost);
  // Without a baseline only the sum is bounded.
  if (rates.gained + rates.lost > 1) rates.lost = 1 - rates.gained;
  if (baseline_accuracy.has_value()) rates.both_right = *baseline_accuracy - rates.lost;
  return rates;
}

CellRates RatesForDiscordance(double gain, double discordance,
                              std::optional<double> baseline_accuracy) {
  const double loss_rate = (std::max(discordance, std::fabs(gain)) - gain) / 2;
  return RatesForLosses(gain, loss_rate, baseline_accuracy);
}

GoRule RuleAtBaseline(const ImprovementPolicy& policy, double baseline_accuracy,
                      std::optional<int64_t> accuracy_ppm) {
  double whole = 1;
  if (policy.basis == Basis::kRelative) whole = baseline_accuracy;
  if (policy.basis == Basis::kErrorReduction) whole = 1 - baseline_accuracy;
  GoRule rule;
  rule.target_ppm = ToPartsPerMillion(FromPartsPerMillion(policy.target_ppm) * whole);
  rule.superiority_margin_ppm = policy.superiority_margin_ppm;
  rule.confidence = policy.confidence;
  rule.accuracy_ppm = accuracy_ppm;
  return rule;
}

std::optional<double> MinimumDetectableGain(int64_t n, double loss_rate,
                                            std::optional<double> baseline_accuracy,
                                            const GoRule& rule, double power) {
  const double most =
      baseline_accuracy.has_value() ? 1 - *baseline_accuracy : 1 - 2 * std::max(loss_rate, 0.0);
  auto reaches = [&](int64_t tenths) {
    const double gain = static_cast<double>(tenths) / 1000;
    return ChancesOf(n, RatesForLosses(gain, loss_rate, baseline_accuracy), rule).go >= power;
  };
  int64_t low = -1, high = static_cast<int64_t>(std::floor(most * 1000 + 1e-6));
  if (high < 0 || !reaches(high)) return std::nullopt;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (reaches(middle) ? high : low) = middle;
  }
  return static_cast<double>(high) / 1000;
}

std::optional<int64_t> ExamplesForGo(const CellRates& rates, const GoRule& rule, double power,
                                     int64_t max_n) {
  auto reaches = [&](int64_t n) { return ChancesOf(n, rates, rule).go >= power; };
  int64_t low = 0, high = 1;  // low does not reach, or is 0
  while (!reaches(high)) {
    if (high >= max_n) return std::nullopt;
    low = high;
    high = std::min(2 * high, max_n);
  }
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (reaches(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace tunegate::stats
