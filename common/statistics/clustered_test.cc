#include "common/statistics/clustered.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "common/random.h"
#include "common/statistics/paired_difference.h"

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

TEST(Clustered, FewerThanTwoClustersShowNothing) {
  EXPECT_EQ(ClusteredInterval({}, 0.95).interval, kAnyDifference);
  EXPECT_EQ(ClusteredInterval({{1, 1, 0}, {1, 0, 0}}, 0.95).interval, kAnyDifference);
  EXPECT_EQ(ClusteredInterval(kItems, std::nan("")).interval, kAnyDifference);
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
