#include "common/statistics/quantile.h"

#include <gtest/gtest.h>

#include <limits>

namespace tunegate::stats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// By hand: h = 9 p, so that Q(p) = 1 + 9 p for the numbers 1 to 10.
TEST(Quantile, IsHyndmanAndFansTypeSeven) {
  const std::vector<double> x = {7, 1, 10, 3, 2, 9, 4, 8, 5, 6};
  EXPECT_DOUBLE_EQ(*Quantile(x, 250'000), 3.25);
  EXPECT_DOUBLE_EQ(*Quantile(x, kP50), 5.5);
  EXPECT_DOUBLE_EQ(*Quantile(x, kP95), 9.55);
  EXPECT_DOUBLE_EQ(*Quantile(x, kP99), 9.91);
}

TEST(Quantile, EndsAreTheExtremes) {
  EXPECT_EQ(*Quantile({3, 1, 2}, 0), 1);
  EXPECT_EQ(*Quantile({3, 1, 2}, 1'000'000), 3);
  EXPECT_EQ(*Quantile({3, 1, 2}, -5), 1);
  EXPECT_EQ(*Quantile({3, 1, 2}, 2'000'000), 3);
}

TEST(Quantile, NothingHasNoQuantileAndOneValueHasOnlyItself) {
  EXPECT_EQ(Quantile({}, kP50), std::nullopt);
  EXPECT_EQ(*Quantile({4}, kP99), 4);
}

TEST(Quantile, FailuresAreInfiniteAndNeverNaN) {
  EXPECT_EQ(*Quantile({1, 2, kInfinity}, kP50), 2);
  EXPECT_EQ(*Quantile({1, 2, kInfinity, kInfinity}, kP50), kInfinity);
  EXPECT_EQ(*Quantile({kInfinity, kInfinity}, 300'000), kInfinity);
}

}  // namespace
}  // namespace tunegate::stats
