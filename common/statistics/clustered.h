// Paired differences and shares when examples are not independent: several from one template family
// (or any key), or asked several times.
//
// Every item enters as the mean over its repeats. The estimate is the mean over items; its standard
// error is the cluster-robust one of K.-Y. Liang, S. L. Zeger, Biometrika 73 (1986) 13-22, for a
// mean, with the small-sample factor and t distribution usual for few clusters (A. C. Cameron,
// D. L. Miller, J. Human Resources 50 (2015) 317-372, section VI):
//   variance = G / (G - 1) * sum over clusters of (sum of its items' residuals)^2 / n^2
//   interval = difference -+ t(G - 1) sqrt(variance)
// With one item a cluster this is the ordinary t interval of a mean; with clusters of equal size it
// is the t interval of the clusters' means.
//
// Figures do not depend on the order of the items. Pure, thread-safe.
#ifndef TUNEGATE_COMMON_STATISTICS_CLUSTERED_H_
#define TUNEGATE_COMMON_STATISTICS_CLUSTERED_H_

#include <cstdint>
#include <vector>

#include "common/statistics/interval.h"

namespace tunegate::stats {

// Below this many clusters the t interval is not trusted to carry a GO.
inline constexpr int64_t kMinClustersForGo = 10;

// One example. `gained` and `lost` are shares of its repeats in [0, 1], 0 or 1 when asked once.
struct ClusteredItem {
  int64_t cluster = 0;  // any number; equal ones belong together
  double gained = 0;
  double lost = 0;
};

// A cluster's items, added up. For a share in place of a difference: `gained` are the right ones.
struct ClusterTotal {
  int64_t items = 0;  // without any it is no cluster
  double gained = 0;
  double lost = 0;
};

struct ClusteredDifference {
  double difference = 0;      // 0 without items
  double standard_error = 0;  // 0 with fewer than two clusters
  int64_t clusters = 0;
  Interval interval = kAnyDifference;
};

enum class Width {
  kClusterRobust,
  // The hull with Tango's interval for the same (possibly fractional) counts: clusters that happen
  // to agree by chance never make the interval narrower than independent examples would.
  kNeverNarrowerThanTango,
};

// With fewer than two clusters, or a confidence outside (0, 1), the interval is [-1, 1]. Without
// any spread between clusters the robust interval is a point; Tango's is not.
ClusteredDifference ClusteredInterval(std::vector<ClusteredItem> items, double confidence,
                                      Width width = Width::kNeverNarrowerThanTango);
// The same of items that were added up.
ClusteredDifference IntervalOfTotals(std::vector<ClusterTotal> totals, double confidence,
                                     Width width = Width::kNeverNarrowerThanTango);

// Of the share behind totals whose `lost` are 0: the cluster-robust one within [0, 1], and never
// narrower than Wilson's for as many items. [0, 1] with fewer than two clusters.
Interval ClusteredShare(std::vector<ClusterTotal> totals, double confidence);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_CLUSTERED_H_
