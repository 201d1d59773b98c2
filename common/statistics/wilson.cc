#include "common/statistics/wilson.h"

#include <cmath>

#include "common/statistics/distributions.h"

namespace tunegate::stats {

Interval WilsonInterval(int64_t successes, int64_t n, double confidence) {
  const double z = TwoSidedNormalQuantile(confidence);
  if (n <= 0 || successes < 0 || successes > n || !std::isfinite(z)) return kAnyShare;
  const double s = static_cast<double>(successes);
  const double size = static_cast<double>(n);
  const double denominator = size + z * z;
  const double half = z * std::sqrt(s * (size - s) / size + z * z / 4);
  Interval interval;
  // At the ends the formula gives 0 and 1 but for rounding.
  interval.lower = successes == 0 ? 0 : (s + z * z / 2 - half) / denominator;
  interval.upper = successes == n ? 1 : (s + z * z / 2 + half) / denominator;
  return interval;
}

}  // namespace tunegate::stats
