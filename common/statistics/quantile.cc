#include "common/statistics/quantile.h"

#include <algorithm>

#include "common/statistics/parts_per_million.h"

namespace tunegate::stats {

std::optional<double> QuantileOfSorted(const std::vector<double>& sorted, int64_t p_ppm) {
  if (sorted.empty()) return std::nullopt;
  const int64_t scaled =
      (static_cast<int64_t>(sorted.size()) - 1) * std::clamp<int64_t>(p_ppm, 0, kMillion);
  const size_t below = static_cast<size_t>(scaled / kMillion);
  const int64_t rest = scaled % kMillion;
  // Also keeps inf - inf, which is NaN, out of the interpolation.
  if (rest == 0 || sorted[below] == sorted[below + 1]) return sorted[below];
  return sorted[below] + FromPartsPerMillion(rest) * (sorted[below + 1] - sorted[below]);
}

std::optional<double> Quantile(std::vector<double> values, int64_t p_ppm) {
  std::sort(values.begin(), values.end());
  return QuantileOfSorted(values, p_ppm);
}

}  // namespace tunegate::stats
