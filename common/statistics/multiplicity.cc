#include "common/statistics/multiplicity.h"

#include <algorithm>
#include <numeric>

namespace tunegate::stats {

std::vector<double> HolmAdjusted(const std::vector<double>& p_values) {
  const size_t m = p_values.size();
  std::vector<double> p(m);
  for (size_t i = 0; i < m; ++i) p[i] = p_values[i] <= 1 ? std::max(p_values[i], 0.0) : 1.0;
  std::vector<size_t> order(m);
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&p](size_t a, size_t b) { return p[a] < p[b]; });
  std::vector<double> adjusted(m);
  double running = 0;
  for (size_t i = 0; i < m; ++i) {
    running = std::max(running, std::min(1.0, static_cast<double>(m - i) * p[order[i]]));
    adjusted[order[i]] = running;
  }
  return adjusted;
}

double AlphaAtLook(double alpha, int64_t look) {
  if (look <= 1) return alpha;
  const double k = static_cast<double>(look);
  return alpha / (k * (k - 1));
}

double ConfidenceAtLook(double confidence, int64_t look) {
  // The first look's confidence unchanged to the last digit: 1 - (1 - 0.95) is not 0.95.
  return look <= 1 ? confidence : 1 - AlphaAtLook(1 - confidence, look);
}

}  // namespace tunegate::stats
