#include "common/evidence/report/figures.h"

#include <cmath>

#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

TEST(FiguresTest, SharesHaveOneDecimalUnlessToldOtherwise) {
  EXPECT_EQ(Percent(0.86), "86.0 %");
  EXPECT_EQ(Percent(1), "100.0 %");
  EXPECT_EQ(Percent(0.0825), "8.3 %");
  EXPECT_EQ(Percent(NAN), "-");
}

TEST(FiguresTest, DifferencesAreSignedAndZeroHasNoSign) {
  EXPECT_EQ(Points(0.08), "+8.0 points");
  EXPECT_EQ(Points(-0.005), "-0.5 points");
  EXPECT_EQ(Points(0), "0.0 points");
  EXPECT_EQ(Points(-0.00001), "0.0 points");
  EXPECT_EQ(SignedHundredths(0.00001), "0.0");
}

TEST(FiguresTest, WhatDiffersReadsDifferently) {
  EXPECT_EQ(DecimalsToTell(0.8496, 0.85), 2);
  EXPECT_EQ(Percent(0.8496, 2), "84.96 %");
  EXPECT_EQ(DecimalsToTell(0.8, 0.85), 1);
  EXPECT_EQ(DecimalsToTell(0.85, 0.85), 1);
}

TEST(FiguresTest, PValuesAreNeverZero) {
  EXPECT_EQ(PValue(0.03515625), "p = .035");
  EXPECT_EQ(PValue(1e-9), "p < .001");
  EXPECT_EQ(PValue(1), "p = 1");
  EXPECT_EQ(PValue(0.5), "p = .500");
}

TEST(FiguresTest, CountsHaveSeparators) {
  EXPECT_EQ(Count(0), "0");
  EXPECT_EQ(Count(999), "999");
  EXPECT_EQ(Count(1290), "1,290");
  EXPECT_EQ(Count(-1234567), "-1,234,567");
  EXPECT_EQ(Counted(1, "example", "examples"), "1 example");
}

TEST(FiguresTest, TimesHaveThreeDigitsInTheUnitThatFits) {
  EXPECT_EQ(TimeOfSeconds(0.0000214), "21 us");
  EXPECT_EQ(TimeOfSeconds(0.0214), "21.4 ms");
  EXPECT_EQ(TimeOfSeconds(0.00999996), "10.0 ms");
  EXPECT_EQ(TimeOfSeconds(0.214), "214 ms");
  EXPECT_EQ(TimeOfSeconds(0.99996), "1.00 s");
  EXPECT_EQ(TimeOfSeconds(1.31), "1.31 s");
  EXPECT_EQ(TimeOfSeconds(125), "2 min 5 s");
  EXPECT_EQ(TimeOfSeconds(INFINITY), "never");
  EXPECT_EQ(Times(1.5), "x1.50");
  EXPECT_EQ(Times(INFINITY), "infinite");
}

}  // namespace
}  // namespace tunegate::evaluations
