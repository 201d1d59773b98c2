#include "common/statistics/clustered.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <vector>

#include "common/random.h"
#include "common/statistics/paired_difference.h"
#include "common/statistics/wilson.h"

namespace tunegate::stats {
namespace {

const std::vector<ClusteredItem> kItems = {{1, 1, 0}, {1, 1, 0},     {1, 0, 0}, {2, 0, 1},
                                           {2, 0, 0}, {3, 1, 0},     {3, 1, 0}, {3, 1, 0},
                                           {4, 0, 0}, {4, 0.5, 0.25}};

// By the formula in the header, in python3, with t(3) and t(9) from tables.
TEST(Clustered, ReproducesIndependentComputation) {
  const ClusteredDifference d = ClusteredInterval(kItems, 0.90, Width::kClusterRobust);
  EXPECT_EQ(d.clusters, 4);
  EXPECT_NEAR(d.difference, 0.425, 1e-15);
  EXPECT_NEAR(d.standard_error, 0.311635470810, 1e-11);
  EXPECT_NEAR(d.interval.lower, 0.425 - 2.3533634348 * 0.311635470810, 1e-8);
  EXPECT_EQ(d.interval.upper, 1);  // cut
}

TEST(Clustered, SingleItemClustersGiveTheOrdinaryTInterval) {
  std::vector<ClusteredItem> items = kItems;
  for (size_t i = 0; i < items.size(); ++i) items[i].cluster = static_cast<int64_t>(i);
  const ClusteredDifference d = ClusteredInterval(items, 0.95, Width::kClusterRobust);
  EXPECT_EQ(d.clusters, 10);
  EXPECT_NEAR(d.standard_error, 0.217466472512, 1e-11);
  EXPECT_NEAR(d.interval.lower, -0.066943338473, 1e-9);
  EXPECT_NEAR(d.interval.upper, 0.916943338473, 1e-9);
}

TEST(Clustered, AgreeingClustersAreNeverNarrowerThanTango) {
  // Every cluster of ten holds one gain: no spread at all between clusters.
  std::vector<ClusteredItem> items;
  for (int64_t cluster = 0; cluster < 12; ++cluster) {
    for (int i = 0; i < 10; ++i) items.push_back({cluster, i == 0 ? 1.0 : 0.0, 0});
  }
  const ClusteredDifference robust = ClusteredInterval(items, 0.95, Width::kClusterRobust);
  EXPECT_NEAR(robust.interval.upper - robust.interval.lower, 0, 1e-12);
  const Interval tango = TangoInterval({108, 12, 0, 0}, 0.95);
  const ClusteredDifference widened = ClusteredInterval(items, 0.95);
  EXPECT_NEAR(widened.interval.lower, tango.lower, 1e-12);
  EXPECT_NEAR(widened.interval.upper, tango.upper, 1e-12);
}

TEST(Clustered, DependentExamplesWidenTheInterval) {
  std::vector<ClusteredItem> items;
  for (int64_t cluster = 0; cluster < 12; ++cluster) {
    for (int i = 0; i < 10; ++i) items.push_back({cluster, cluster < 3 ? 1.0 : 0.0, 0});
  }
  const Interval tango = TangoInterval({90, 30, 0, 0}, 0.95);
  const ClusteredDifference d = ClusteredInterval(items, 0.95);
  EXPECT_LT(d.interval.lower, tango.lower);
  EXPECT_GT(d.interval.upper, tango.upper);
}

// How often a candidate that is no better looks better, of 4,000 test sets in which half of the
// families gain and half lose.
TEST(Clustered, KeepsTheLevelWhereIndependenceDoesNot) {
  for (const int64_t families : {12, 40}) {
    Random random(20261122, "clusters");
    int by_clusters = 0, by_examples = 0;
    constexpr int kSets = 4000;
    for (int set = 0; set < kSets; ++set) {
      std::vector<ClusterTotal> totals;
      PairedCounts counts;
      for (int64_t family = 0; family < families; ++family) {
        const bool gains = random.Chance(0.5);
        ClusterTotal total{10, 0, 0};
        for (int i = 0; i < 10; ++i) {
          const double draw = random.Uniform();
          const bool gained = draw < (gains ? 0.35 : 0.05);
          const bool lost = !gained && draw < 0.40;
          total.gained += gained ? 1 : 0;
          total.lost += lost ? 1 : 0;
        }
        counts.gained += static_cast<int64_t>(total.gained);
        counts.lost += static_cast<int64_t>(total.lost);
        totals.push_back(total);
      }
      counts.both_right = 10 * families - counts.gained - counts.lost;
      by_clusters += IntervalOfTotals(totals, 0.95).interval.lower > 0 ? 1 : 0;
      by_examples += TangoInterval(counts, 0.95).lower > 0 ? 1 : 0;
    }
    std::printf("%lld families: %.2f %% by clusters, %.2f %% by examples\n",
                static_cast<long long>(families), 100.0 * by_clusters / kSets,
                100.0 * by_examples / kSets);
    EXPECT_LT(by_clusters, 0.035 * kSets) << families;
    EXPECT_GT(by_examples, 0.075 * kSets) << families;
  }
}

TEST(Clustered, FewerThanTwoClustersShowNothing) {
  EXPECT_EQ(ClusteredInterval({}, 0.95).interval, kAnyDifference);
  EXPECT_EQ(ClusteredInterval({{1, 1, 0}, {1, 0, 0}}, 0.95).interval, kAnyDifference);
  EXPECT_EQ(ClusteredInterval(kItems, std::nan("")).interval, kAnyDifference);
}

TEST(Clustered, TotalsTellAsMuchAsTheirItems) {
  const std::vector<ClusterTotal> totals = {
      {3, 2, 0}, {2, 0, 1}, {0, 0, 0}, {3, 3, 0}, {2, 0.5, 0.25}};
  const ClusteredDifference items = ClusteredInterval(kItems, 0.90);
  const ClusteredDifference added = IntervalOfTotals(totals, 0.90);
  EXPECT_EQ(added.clusters, 4);  // one without items is none
  EXPECT_EQ(added.difference, items.difference);
  EXPECT_EQ(added.interval, items.interval);
}

// Clusters of equal size: the t interval of the clusters' means. Four means 0.2, 0.4, 0.6, 0.8 have
// the standard error sqrt(0.2 / 3 / 4), and t(3) = 3.1824463053 at 95 %.
TEST(Clustered, EqualClustersGiveTheTIntervalOfTheirMeans) {
  const ClusteredDifference d = IntervalOfTotals({{10, 2, 0}, {10, 4, 0}, {10, 6, 0}, {10, 9, 1}},
                                                 0.95, Width::kClusterRobust);
  EXPECT_NEAR(d.difference, 0.5, 1e-15);
  EXPECT_NEAR(d.standard_error, 0.129099444874, 1e-11);
  EXPECT_NEAR(d.interval.lower, 0.5 - 3.1824463053 * 0.129099444874, 1e-9);
}

TEST(Clustered, SharesStayWithinZeroAndOneAndAreNeverNarrowerThanWilsons) {
  const std::vector<ClusterTotal> agreeing(12, {10, 9, 0});
  const Interval wilson = WilsonInterval(108, 120, 0.95);
  EXPECT_EQ(ClusteredShare(agreeing, 0.95), wilson);
  std::vector<ClusterTotal> torn(12, {10, 10, 0});
  for (size_t i = 0; i < 3; ++i) torn[i].gained = 0;
  EXPECT_LT(ClusteredShare(torn, 0.95).lower, WilsonInterval(90, 120, 0.95).lower);
  EXPECT_EQ(ClusteredShare(torn, 0.95).upper, 1);
  EXPECT_EQ(ClusteredShare({{10, 9, 0}}, 0.95), kAnyShare);
  EXPECT_EQ(ClusteredShare({}, 0.95), kAnyShare);
}

TEST(Clustered, OrderOfItemsDoesNotChangeADigit) {
  const uint64_t seed = 20261122;
  SCOPED_TRACE(seed);
  Random random(seed);
  std::vector<ClusteredItem> items;
  for (int i = 0; i < 500; ++i) {
    const double gained = random.Uniform();
    items.push_back({static_cast<int64_t>(random.Below(23)), gained, (1 - gained) * 0.3});
  }
  const ClusteredDifference first = ClusteredInterval(items, 0.95);
  for (int round = 0; round < 5; ++round) {
    random.Shuffle(items);
    const ClusteredDifference again = ClusteredInterval(items, 0.95);
    EXPECT_EQ(again.difference, first.difference);
    EXPECT_EQ(again.standard_error, first.standard_error);
    EXPECT_EQ(again.interval, first.interval);
  }
}

}  // namespace
}  // namespace tunegate::stats
