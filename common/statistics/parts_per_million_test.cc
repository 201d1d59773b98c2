#include "common/statistics/parts_per_million.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tunegate::stats {
namespace {

TEST(PartsPerMillion, DecimalsBecomeExact) {
  EXPECT_EQ(ToPartsPerMillion(0.1), 100'000);
  EXPECT_EQ(ToPartsPerMillion(0.29), 290'000);
  EXPECT_EQ(ToPartsPerMillion(-0.05), -50'000);
  EXPECT_EQ(ToPartsPerMillion(1.25), 1'250'000);
  EXPECT_EQ(FromPartsPerMillion(100'000), 0.1);
}

TEST(PartsPerMillion, WhatIsNoShareBecomesZero) {
  EXPECT_EQ(ToPartsPerMillion(std::nan("")), 0);
  EXPECT_EQ(ToPartsPerMillion(std::numeric_limits<double>::infinity()), 0);
  EXPECT_EQ(ToPartsPerMillion(1e300), 0);
}

TEST(PartsPerMillion, CeilShareRoundsUpOnlyWhatDoesNotDivide) {
  EXPECT_EQ(CeilShare(100'000, 100), 10);
  EXPECT_EQ(CeilShare(100'000, 101), 11);
  EXPECT_EQ(CeilShare(850'000, 100), 85);
  EXPECT_EQ(CeilShare(1, 1), 1);
  EXPECT_EQ(CeilShare(0, 7), 0);
  EXPECT_EQ(CeilShare(100'000, 0), 0);
  EXPECT_EQ(CeilShare(1'000'000, 12'345), 12'345);
}

TEST(PartsPerMillion, CeilShareOfNegativesRoundsTowardsZero) {
  EXPECT_EQ(CeilShare(-50'000, 100), -5);
  EXPECT_EQ(CeilShare(-50'000, 101), -5);  // -5.05
  EXPECT_EQ(CeilShare(-50'000, 119), -5);  // -5.95
}

// The reason for this file: the same comparison in doubles is false.
TEST(PartsPerMillion, NinetyFiveLessEightyFiveReachesTen) {
  const double ninety_five = 0.95, eighty_five = 0.85, ten = 0.10;
  EXPECT_FALSE(ninety_five - eighty_five >= ten);
  EXPECT_TRUE(95 - 85 >= CeilShare(ToPartsPerMillion(0.10), 100));
}

}  // namespace
}  // namespace tunegate::stats
