// Quantiles of a sample, by linear interpolation: type 7 of R. J. Hyndman, Y. Fan, "Sample
// quantiles in statistical packages", The American Statistician 50 (1996) 361-365, which is also
// the default of R and NumPy. With sorted x[0..n-1] and h = (n - 1) p:
//   Q(p) = x[floor h] + (h - floor h) (x[floor h + 1] - x[floor h])
// p comes in parts per million, so that h is split exactly. Failures may be +infinity.
#ifndef TUNEGATE_COMMON_STATISTICS_QUANTILE_H_
#define TUNEGATE_COMMON_STATISTICS_QUANTILE_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace tunegate::stats {

inline constexpr int64_t kP50 = 500'000;
inline constexpr int64_t kP95 = 950'000;
inline constexpr int64_t kP99 = 990'000;

// `sorted` ascending, without NaN; `p_ppm` is cut to [0, 1'000'000]. Nothing for an empty sample.
// Between a finite value and an infinite one lies infinity. Pure, thread-safe.
std::optional<double> QuantileOfSorted(const std::vector<double>& sorted, int64_t p_ppm);

// The same for any order.
std::optional<double> Quantile(std::vector<double> values, int64_t p_ppm);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_QUANTILE_H_
