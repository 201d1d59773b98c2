#include "common/statistics/clustered.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "common/statistics/distributions.h"
#include "common/statistics/paired_difference.h"
#include "common/statistics/wilson.h"

namespace tunegate::stats {
namespace {

// Of items that are sorted by cluster.
std::vector<ClusterTotal> TotalsOf(const std::vector<ClusteredItem>& items) {
  std::vector<ClusterTotal> totals;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i == 0 || items[i].cluster != items[i - 1].cluster) totals.emplace_back();
    ++totals.back().items;
    totals.back().gained += items[i].gained;
    totals.back().lost += items[i].lost;
  }
  return totals;
}

ClusterTotal SumOf(const std::vector<ClusterTotal>& totals) {
  ClusterTotal sum;
  for (const ClusterTotal& total : totals) {
    sum.items += total.items;
    sum.gained += total.gained;
    sum.lost += total.lost;
  }
  return sum;
}

// The sum over clusters of the squared sum of residuals.
double SquaresAbout(double mean, const std::vector<ClusterTotal>& totals) {
  double squares = 0;
  for (const ClusterTotal& total : totals) {
    const double residual = total.gained - total.lost - static_cast<double>(total.items) * mean;
    squares += residual * residual;
  }
  return squares;
}

}  // namespace

ClusteredDifference ClusteredInterval(std::vector<ClusteredItem> items, double confidence,
                                      Width width) {
  // One order of summation for any order of arrival: same items, same digits.
  std::sort(items.begin(), items.end(), [](const ClusteredItem& a, const ClusteredItem& b) {
    return std::tie(a.cluster, a.gained, a.lost) < std::tie(b.cluster, b.gained, b.lost);
  });
  return IntervalOfTotals(TotalsOf(items), confidence, width);
}

ClusteredDifference IntervalOfTotals(std::vector<ClusterTotal> totals, double confidence,
                                     Width width) {
  std::erase_if(totals, [](const ClusterTotal& total) { return total.items <= 0; });
  std::sort(totals.begin(), totals.end(), [](const ClusterTotal& a, const ClusterTotal& b) {
    return std::tie(a.items, a.gained, a.lost) < std::tie(b.items, b.gained, b.lost);
  });
  ClusteredDifference result;
  if (totals.empty()) return result;
  const ClusterTotal sum = SumOf(totals);
  const double n = static_cast<double>(sum.items);
  result.difference = (sum.gained - sum.lost) / n;
  result.clusters = static_cast<int64_t>(totals.size());
  const double t = TwoSidedStudentQuantile(confidence, result.clusters - 1);
  if (!std::isfinite(t)) return result;
  const double g = static_cast<double>(result.clusters);
  result.standard_error = std::sqrt(g / (g - 1) * SquaresAbout(result.difference, totals)) / n;
  result.interval = {std::max(-1.0, result.difference - t * result.standard_error),
                     std::min(1.0, result.difference + t * result.standard_error)};
  if (width == Width::kNeverNarrowerThanTango) {
    result.interval = Hull(result.interval, TangoInterval(sum.gained, sum.lost, n, confidence));
  }
  return result;
}

Interval ClusteredShare(std::vector<ClusterTotal> totals, double confidence) {
  const ClusterTotal sum = SumOf(totals);
  const Interval robust =
      IntervalOfTotals(std::move(totals), confidence, Width::kClusterRobust).interval;
  return Hull({std::max(0.0, robust.lower), std::min(1.0, robust.upper)},
              WilsonInterval(std::llround(sum.gained), sum.items, confidence));
}

}  // namespace tunegate::stats
