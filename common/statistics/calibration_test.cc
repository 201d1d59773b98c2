#include "common/statistics/calibration.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/random.h"

namespace tunegate::stats {
namespace {

// By hand: bin .9 has 4 of mean .95 with 3 right (gap .8), bin .6 has 2 of .6 with 1 right (.2).
TEST(Calibration, FiguresEqualThoseByHand) {
  const Calibration c = CalibrationOf(
      {{0.95, true}, {0.95, true}, {0.95, true}, {0.95, false}, {0.6, true}, {0.6, false}});
  EXPECT_NEAR(*c.ece, (0.8 + 0.2) / 6, 1e-15);
  EXPECT_NEAR(*c.brier, (3 * 0.0025 + 0.9025 + 0.16 + 0.36) / 6, 1e-15);
  EXPECT_EQ(c.bins[9].count, 4);
  EXPECT_EQ(c.bins[6].count, 2);
}

TEST(Calibration, ConfidenceOnAnEdgeBelongsAboveIt) {
  for (int i = 0; i < 10; ++i) {
    const double edge = static_cast<double>(i) / 10;
    const Calibration c = CalibrationOf({{edge, true}});
    EXPECT_EQ(c.bins[static_cast<size_t>(i)].count, 1) << edge;
  }
  EXPECT_EQ(CalibrationOf({{1.0, true}}).bins[9].count, 1);
  EXPECT_EQ(CalibrationOf({{std::nextafter(0.7, 0), true}}).bins[6].count, 1);
}

TEST(Calibration, CertainAndRightIsPerfectCertainAndWrongIsWorst) {
  EXPECT_EQ(*CalibrationOf({{1, true}, {0, false}}).ece, 0);
  EXPECT_EQ(*CalibrationOf({{1, true}, {0, false}}).brier, 0);
  EXPECT_EQ(*CalibrationOf({{1, false}}).ece, 1);
  EXPECT_EQ(*CalibrationOf({{1, false}}).brier, 1);
}

TEST(Calibration, WhatIsNoConfidenceIsIgnoredAndCounted) {
  const Calibration c = CalibrationOf({{std::nan(""), true}, {1.5, true}, {-0.1, true}});
  EXPECT_EQ(c.ignored, 3);
  EXPECT_FALSE(c.ece.has_value());
  EXPECT_FALSE(c.brier.has_value());
}

TEST(Calibration, OrderDoesNotChangeADigit) {
  const uint64_t seed = 99;
  SCOPED_TRACE(seed);
  Random random(seed);
  std::vector<JudgedAnswer> answers;
  for (int i = 0; i < 1000; ++i) answers.push_back({random.Uniform(), random.Chance(0.5)});
  const Calibration first = CalibrationOf(answers);
  random.Shuffle(answers);
  const Calibration again = CalibrationOf(answers);
  EXPECT_EQ(*first.ece, *again.ece);
  EXPECT_EQ(*first.brier, *again.brier);
}

}  // namespace
}  // namespace tunegate::stats
