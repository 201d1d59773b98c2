#include "common/statistics/clustered.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "common/statistics/distributions.h"
#include "common/statistics/paired_difference.h"

namespace tunegate::stats {
namespace {

struct Sums {
  double gained = 0;
  double lost = 0;
};

Sums SumOf(const std::vector<ClusteredItem>& items) {
  Sums sums;
  for (const ClusteredItem& item : items) {
    sums.gained += item.gained;
    sums.lost += item.lost;
  }
  return sums;
}

// Sum over clusters of the squared sum of residuals, and the number of clusters. Items are sorted.
std::pair<double, int64_t> ClusterSquares(const std::vector<ClusteredItem>& items, double mean) {
  double squares = 0;
  int64_t clusters = 0;
  for (size_t i = 0; i < items.size();) {
    const int64_t cluster = items[i].cluster;
    double residual = 0;
    for (; i < items.size() && items[i].cluster == cluster; ++i) {
      residual += items[i].gained - items[i].lost - mean;
    }
    squares += residual * residual;
    ++clusters;
  }
  return {squares, clusters};
}

}  // namespace

ClusteredDifference ClusteredInterval(std::vector<ClusteredItem> items, double confidence,
                                      Width width) {
  ClusteredDifference result;
  if (items.empty()) return result;
  // One order of summation for any order of arrival: same items, same digits.
  std::sort(items.begin(), items.end(), [](const ClusteredItem& a, const ClusteredItem& b) {
    return std::tie(a.cluster, a.gained, a.lost) < std::tie(b.cluster, b.gained, b.lost);
  });
  const double n = static_cast<double>(items.size());
  const Sums sums = SumOf(items);
  result.difference = (sums.gained - sums.lost) / n;
  const auto [squares, clusters] = ClusterSquares(items, result.difference);
  result.clusters = clusters;
  const double t = TwoSidedStudentQuantile(confidence, clusters - 1);
  if (!std::isfinite(t)) return result;
  const double g = static_cast<double>(clusters);
  result.standard_error = std::sqrt(g / (g - 1) * squares) / n;
  result.interval = {std::max(-1.0, result.difference - t * result.standard_error),
                     std::min(1.0, result.difference + t * result.standard_error)};
  if (width == Width::kNeverNarrowerThanTango) {
    result.interval = Hull(result.interval, TangoInterval(sums.gained, sums.lost, n, confidence));
  }
  return result;
}

}  // namespace tunegate::stats
