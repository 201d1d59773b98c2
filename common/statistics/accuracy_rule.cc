#include "common/statistics/accuracy_rule.h"

#include <algorithm>
#include <cmath>

#include "common/statistics/distributions.h"
#include "common/statistics/parts_per_million.h"

namespace tunegate::stats {

Outcome JudgeShare(int64_t right, int64_t n, int64_t threshold_ppm, double confidence) {
  if (n <= 0 || right < 0 || right > n) return Outcome::kInconclusive;
  if (right >= CeilShare(threshold_ppm, n)) return Outcome::kPass;
  const double z = TwoSidedNormalQuantile(confidence);
  if (!std::isfinite(z)) return Outcome::kInconclusive;
  // Wilson's upper limit lies below t exactly when (right - n t) < -z sqrt(n t (1 - t)).
  const double threshold = std::clamp(FromPartsPerMillion(threshold_ppm), 0.0, 1.0);
  const double size = static_cast<double>(n);
  const double deficit = size * threshold - static_cast<double>(right);
  return deficit > z * std::sqrt(size * threshold * (1 - threshold)) ? Outcome::kFail
                                                                     : Outcome::kInconclusive;
}

}  // namespace tunegate::stats
