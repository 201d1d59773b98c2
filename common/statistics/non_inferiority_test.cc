#include "common/statistics/non_inferiority.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace tunegate::stats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(NonInferiority, TwoPointsNeed189PerfectExamples) {
  EXPECT_EQ(SmallestPerfectN(20'000, 0.95), 189);
  EXPECT_EQ(JudgeNonInferiority({.both_right = 188}, 20'000, 0.95), Outcome::kInconclusive);
  EXPECT_EQ(JudgeNonInferiority({.both_right = 189}, 20'000, 0.95), Outcome::kPass);
}

// n > z^2 (1 - m) / m with z^2 = 3.8414588 (95 %) and 2.7055435 (90 %).
TEST(NonInferiority, SmallestPerfectNFollowsTheClosedForm) {
  EXPECT_EQ(SmallestPerfectN(50'000, 0.95), 73);   // 72.99
  EXPECT_EQ(SmallestPerfectN(100'000, 0.95), 35);  // 34.57
  EXPECT_EQ(SmallestPerfectN(20'000, 0.90), 133);  // 132.57
  EXPECT_EQ(SmallestPerfectN(1'000'000, 0.95), 1);
  EXPECT_EQ(SmallestPerfectN(0, 0.95), std::nullopt);
  EXPECT_EQ(SmallestPerfectN(-5, 0.95), std::nullopt);
  EXPECT_EQ(SmallestPerfectN(20'000, 1.0), std::nullopt);
}

TEST(NonInferiority, ClearlyWorseFailsAndFewExamplesDecideNothing) {
  EXPECT_EQ(JudgeNonInferiority({70, 0, 30, 0}, 50'000, 0.95), Outcome::kFail);
  EXPECT_EQ(JudgeNonInferiority({97, 0, 3, 0}, 50'000, 0.95), Outcome::kInconclusive);
  EXPECT_EQ(JudgeNonInferiority({10, 0, 0, 0}, 50'000, 0.95), Outcome::kInconclusive);
  EXPECT_EQ(JudgeNonInferiority({}, 50'000, 0.95), Outcome::kInconclusive);
}

TEST(NonInferiority, AnotherIntervalIsJudgedByItsLimits) {
  const PairedCounts counts = {90, 2, 5, 3};
  for (const auto method : {DifferenceMethod::kNewcombe, DifferenceMethod::kBonettPrice}) {
    const Interval interval = DifferenceInterval(counts, 0.95, method);
    const auto edge = static_cast<int64_t>(-interval.lower * 1e6);
    EXPECT_EQ(JudgeNonInferiority(counts, edge + 1, 0.95, method), Outcome::kPass);
    EXPECT_EQ(JudgeNonInferiority(counts, edge - 1, 0.95, method), Outcome::kInconclusive);
  }
  EXPECT_EQ(JudgeNonInferiority({10, 0, 90, 0}, 50'000, 0.95, DifferenceMethod::kNewcombe),
            Outcome::kFail);
}

TEST(NonInferiority, MarginOfZeroAsksForSuperiority) {
  EXPECT_EQ(JudgeNonInferiority({.both_right = 100'000}, 0, 0.95), Outcome::kInconclusive);
  EXPECT_EQ(JudgeNonInferiority({60, 24, 2, 14}, 0, 0.95), Outcome::kPass);
}

TEST(NonInferiority, RatioIsJudgedByItsEnds) {
  EXPECT_EQ(JudgeRatio({0.9, 1.2499}, 100, 1'250'000), Outcome::kPass);
  EXPECT_EQ(JudgeRatio({0.9, 1.25}, 100, 1'250'000), Outcome::kInconclusive);
  EXPECT_EQ(JudgeRatio({1.26, 1.5}, 100, 1'250'000), Outcome::kFail);
  EXPECT_EQ(JudgeRatio({1.1, kInfinity}, 100, 1'250'000), Outcome::kInconclusive);
  EXPECT_EQ(JudgeRatio({kInfinity, kInfinity}, 100, 1'250'000), Outcome::kFail);
}

TEST(NonInferiority, TooFewPairsDecideNothing) {
  EXPECT_EQ(JudgeRatio({1, 1}, kMinTimedPairs - 1, 1'250'000), Outcome::kInconclusive);
  EXPECT_EQ(JudgeRatio({9, 9}, 1, 1'250'000), Outcome::kInconclusive);
  EXPECT_EQ(JudgeRatio({1, 1}, kMinTimedPairs, 1'250'000), Outcome::kPass);
}

}  // namespace
}  // namespace tunegate::stats
