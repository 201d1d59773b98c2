#include "common/statistics/settle.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "common/statistics/accuracy_rule.h"
#include "common/statistics/distributions.h"
#include "common/statistics/paired_difference.h"
#include "common/statistics/parts_per_million.h"

namespace tunegate::stats {
namespace {

CellRates ObservedRates(const PairedCounts& counts) {
  const double n = static_cast<double>(counts.n());
  return {static_cast<double>(counts.gained) / n, static_cast<double>(counts.lost) / n,
          static_cast<double>(counts.both_right) / n};
}

// The smallest size in (n, max] at which `arrived` holds, which it does from there on.
template <typename Arrived>
std::optional<int64_t> SmallestSize(int64_t n, int64_t max, Arrived arrived) {
  if (max <= n || !arrived(max)) return std::nullopt;
  int64_t low = n, high = max;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (arrived(middle) ? high : low) = middle;
  }
  return high;
}

// The observed rates blown up to `n` independent examples.
double ScaledScore(const CellRates& rates, double n, int64_t delta_ppm) {
  return TangoScore(rates.gained * n, rates.lost * n, n,
                    std::clamp(FromPartsPerMillion(delta_ppm), -1.0, 1.0));
}

// Sign of (observed share - share in parts per million), exactly.
int CompareShare(int64_t part, int64_t n, int64_t ppm) {
  const int64_t left = part * kMillion, right = ppm * n;
  return left < right ? -1 : left > right ? 1 : 0;
}

void FillDestination(const PairedCounts& counts, const GoRule& rule, int64_t max_examples,
                     double design_effect, SettlePrediction& prediction) {
  const double z = TwoSidedNormalQuantile(rule.confidence);
  if (!std::isfinite(z)) return;
  const CellRates rates = ObservedRates(counts);
  const int64_t n = counts.n();
  const auto effective = [design_effect](int64_t size) {
    return static_cast<double>(size) / design_effect;
  };
  std::optional<int64_t> go, no_go;
  const int gain = CompareShare(counts.net(), n, rule.target_ppm);
  if (gain > 0) {
    go = SmallestSize(n, max_examples, [&](int64_t size) {
      return ScaledScore(rates, effective(size), rule.superiority_margin_ppm) > z;
    });
  } else if (gain < 0) {
    no_go = SmallestSize(n, max_examples, [&](int64_t size) {
      return ScaledScore(rates, effective(size), rule.target_ppm) < -z;
    });
  }
  if (rule.accuracy_ppm.has_value() &&
      CompareShare(counts.candidate_right(), n, *rule.accuracy_ppm) <= 0) {
    // At the threshold exactly, passing stays near one half for ever; below it, it fails one day.
    go.reset();
    const double share = static_cast<double>(counts.candidate_right()) / static_cast<double>(n);
    const double threshold = std::clamp(FromPartsPerMillion(*rule.accuracy_ppm), 0.0, 1.0);
    const auto fails = SmallestSize(n, max_examples, [&](int64_t size) {
      const double s = effective(size);
      return s * (threshold - share) > z * std::sqrt(s * threshold * (1 - threshold));
    });
    if (fails.has_value()) no_go = std::min(no_go.value_or(*fails), *fails);
  }
  if (no_go.has_value()) {
    prediction.settles = Settles::kNoGo;
    prediction.examples = *no_go;
  } else if (go.has_value()) {
    prediction.settles = Settles::kGo;
    prediction.examples = *go;
  }
}

// As many independent examples as show the same, to the nearest whole one.
PairedCounts Effective(const PairedCounts& counts, double design_effect) {
  if (design_effect <= 1) return counts;
  const auto shrink = [design_effect](int64_t count) {
    return std::llround(static_cast<double>(count) / design_effect);
  };
  return {shrink(counts.both_right), shrink(counts.gained), shrink(counts.lost),
          shrink(counts.both_wrong)};
}

}  // namespace

SettlePrediction PredictSettling(const PairedCounts& counts, const GoRule& rule,
                                 int64_t max_examples, double design_effect) {
  SettlePrediction prediction;
  if (!counts.valid() || counts.n() == 0 || !std::isfinite(design_effect)) return prediction;
  const PairedCounts seen = Effective(counts, design_effect);
  const int64_t n = seen.n();
  const CellRates rates = ObservedRates(counts);
  prediction.at_twice = ChancesOf(n, rates, rule, seen);
  prediction.at_four_times = ChancesOf(3 * n, rates, rule, seen);
  FillDestination(counts, rule, max_examples, std::max(1.0, design_effect), prediction);
  return prediction;
}

}  // namespace tunegate::stats
