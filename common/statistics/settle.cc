#include "common/statistics/settle.h"

#include <algorithm>
#include <cmath>

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

// The observed rates blown up to `size` examples.
double ScaledScore(const CellRates& rates, int64_t size, int64_t delta_ppm) {
  const double n = static_cast<double>(size);
  return TangoScore(rates.gained * n, rates.lost * n, n,
                    std::clamp(FromPartsPerMillion(delta_ppm), -1.0, 1.0));
}

// Sign of (observed share - share in parts per million), exactly.
int CompareShare(int64_t part, int64_t n, int64_t ppm) {
  const int64_t left = part * kMillion, right = ppm * n;
  return left < right ? -1 : left > right ? 1 : 0;
}

void FillDestination(const PairedCounts& counts, const GoRule& rule, int64_t max_examples,
                     SettlePrediction& prediction) {
  const double z = TwoSidedNormalQuantile(rule.confidence);
  if (!std::isfinite(z)) return;
  const CellRates rates = ObservedRates(counts);
  const int64_t n = counts.n();
  std::optional<int64_t> go, no_go;
  const int gain = CompareShare(counts.net(), n, rule.target_ppm);
  if (gain > 0) {
    go = SmallestSize(n, max_examples, [&](int64_t size) {
      return ScaledScore(rates, size, rule.superiority_margin_ppm) > z;
    });
  } else if (gain < 0) {
    no_go = SmallestSize(n, max_examples, [&](int64_t size) {
      return ScaledScore(rates, size, rule.target_ppm) < -z;
    });
  }
  if (rule.accuracy_ppm.has_value() &&
      CompareShare(counts.candidate_right(), n, *rule.accuracy_ppm) <= 0) {
    // At the threshold exactly, passing stays near one half for ever; below it, it fails one day.
    go.reset();
    const double share = static_cast<double>(counts.candidate_right()) / static_cast<double>(n);
    const double threshold = std::clamp(FromPartsPerMillion(*rule.accuracy_ppm), 0.0, 1.0);
    const auto fails = SmallestSize(n, max_examples, [&](int64_t size) {
      const double s = static_cast<double>(size);
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

// The counts after `flips` wrong answers of the candidate have become right, `from_lost` of them
// answers that the baseline had right.
PairedCounts Flipped(PairedCounts counts, int64_t flips, int64_t from_lost) {
  counts.lost -= from_lost;
  counts.both_right += from_lost;
  counts.both_wrong -= flips - from_lost;
  counts.gained += flips - from_lost;
  return counts;
}

}  // namespace

SettlePrediction PredictSettling(const PairedCounts& counts, const GoRule& rule,
                                 int64_t max_examples) {
  SettlePrediction prediction;
  const int64_t n = counts.n();
  if (!counts.valid() || n == 0) return prediction;
  const CellRates rates = ObservedRates(counts);
  prediction.at_twice = ChancesOf(n, rates, rule, counts);
  prediction.at_four_times = ChancesOf(3 * n, rates, rule, counts);
  FillDestination(counts, rule, max_examples, prediction);
  return prediction;
}

std::optional<MissingRight> MissingRightForGo(const PairedCounts& counts,
                                              const ImprovementPolicy& policy,
                                              std::optional<int64_t> accuracy_ppm) {
  if (!counts.valid() || counts.n() == 0) return std::nullopt;
  auto goes = [&](int64_t flips, int64_t from_lost) {
    const PairedCounts flipped = Flipped(counts, flips, from_lost);
    const bool accurate = !accuracy_ppm.has_value() ||
                          flipped.candidate_right() >= CeilShare(*accuracy_ppm, flipped.n());
    return accurate && ImprovementOutcome(flipped, policy) == Outcome::kPass;
  };
  const int64_t wrong = counts.candidate_wrong();
  std::optional<int64_t> best, worst;
  for (int64_t flips = 0; flips <= wrong && !worst.has_value(); ++flips) {
    // A regained loss narrows the interval, a new win widens it: the extremes are all of one kind.
    const int64_t most_lost = std::min(flips, counts.lost);
    const int64_t fewest_lost = std::max<int64_t>(0, flips - counts.both_wrong);
    if (!best.has_value() && goes(flips, most_lost)) best = flips;
    if (goes(flips, fewest_lost)) worst = flips;
  }
  if (!best.has_value() || !worst.has_value()) return std::nullopt;
  return MissingRight{*best, *worst};
}

}  // namespace tunegate::stats
