#include "common/statistics/non_inferiority.h"

#include <algorithm>
#include <cmath>

#include "common/statistics/distributions.h"
#include "common/statistics/parts_per_million.h"

namespace tunegate::stats {

Outcome JudgeNonInferiority(const PairedCounts& counts, int64_t margin_ppm, double confidence,
                            DifferenceMethod method) {
  const double z = TwoSidedNormalQuantile(confidence);
  if (!counts.valid() || counts.n() == 0 || !std::isfinite(z)) return Outcome::kInconclusive;
  const double bound = std::clamp(-FromPartsPerMillion(margin_ppm), -1.0, 1.0);
  if (method != DifferenceMethod::kTango) {
    const Interval interval = DifferenceInterval(counts, confidence, method);
    if (interval.lower > bound) return Outcome::kPass;
    return interval.upper < bound ? Outcome::kFail : Outcome::kInconclusive;
  }
  const double score =
      TangoScore(static_cast<double>(counts.gained), static_cast<double>(counts.lost),
                 static_cast<double>(counts.n()), bound);
  if (score > z) return Outcome::kPass;
  return score < -z ? Outcome::kFail : Outcome::kInconclusive;
}

std::optional<int64_t> SmallestPerfectN(int64_t margin_ppm, double confidence) {
  const double z = TwoSidedNormalQuantile(confidence);
  if (margin_ppm <= 0 || !std::isfinite(z)) return std::nullopt;
  const double margin = std::min(FromPartsPerMillion(margin_ppm), 1.0);
  int64_t n = std::max<int64_t>(1, static_cast<int64_t>(z * z * (1 - margin) / margin) - 1);
  // The rule itself has the last word on the rounding of the closed form.
  while (JudgeNonInferiority({.both_right = n}, margin_ppm, confidence) != Outcome::kPass) ++n;
  return n;
}

Outcome JudgeRatio(const Interval& ratio, int64_t pairs, int64_t margin_ppm, int64_t min_pairs) {
  const double margin = FromPartsPerMillion(margin_ppm);
  if (pairs < min_pairs) return Outcome::kInconclusive;
  if (ratio.upper < margin) return Outcome::kPass;
  return ratio.lower > margin ? Outcome::kFail : Outcome::kInconclusive;
}

}  // namespace tunegate::stats
