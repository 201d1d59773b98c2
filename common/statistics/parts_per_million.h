// Targets, margins and quantiles as whole parts per million, so that thresholds are compared in
// integers. In doubles 0.95 - 0.85 >= 0.10 is false; here 95 - 85 >= CeilShare(100'000, 100) is
// true.
#ifndef TUNEGATE_COMMON_STATISTICS_PARTS_PER_MILLION_H_
#define TUNEGATE_COMMON_STATISTICS_PARTS_PER_MILLION_H_

#include <cmath>
#include <cstdint>

namespace tunegate::stats {

inline constexpr int64_t kMillion = 1'000'000;

// The nearest whole part per million: 0.1 -> 100'000. For a number that is not finite or beyond
// +-1'000'000 (no share, ratio or margin is), and so for NaN, 0: callers refuse such policies.
inline int64_t ToPartsPerMillion(double value) {
  if (!(std::fabs(value) <= 1e6)) return 0;
  return std::llround(value * 1e6);
}

// The double nearest to ppm / 1'000'000.
inline double FromPartsPerMillion(int64_t ppm) { return static_cast<double>(ppm) / 1e6; }

// The smallest integer >= n * ppm / 1'000'000, exactly. |ppm| <= 10^9 and 0 <= n <= 9 * 10^9
// keep the product within 64 bits.
inline int64_t CeilShare(int64_t ppm, int64_t n) {
  const int64_t product = ppm * n;
  // Division truncates towards zero, which already is the ceiling of a negative quotient.
  return product / kMillion + (product > 0 && product % kMillion != 0 ? 1 : 0);
}

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_PARTS_PER_MILLION_H_
