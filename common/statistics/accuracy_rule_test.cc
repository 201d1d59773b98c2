#include "common/statistics/accuracy_rule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/statistics/wilson.h"

namespace tunegate::stats {
namespace {

TEST(AccuracyRule, PassesAtTheThresholdExactly) {
  EXPECT_EQ(JudgeShare(85, 100, 850'000, 0.95), Outcome::kPass);
  EXPECT_EQ(JudgeShare(84, 100, 850'000, 0.95), Outcome::kInconclusive);
  EXPECT_EQ(JudgeShare(60, 100, 850'000, 0.95), Outcome::kFail);
}

TEST(AccuracyRule, FailsExactlyWhenWilsonsUpperLimitIsBelow) {
  for (int64_t n : {1, 7, 50, 100, 333}) {
    for (int64_t right = 0; right <= n; ++right) {
      for (int64_t threshold : {100'000, 500'000, 850'000, 990'000, 1'000'000}) {
        const bool below =
            WilsonInterval(right, n, 0.95).upper < static_cast<double>(threshold) / 1e6;
        EXPECT_EQ(JudgeShare(right, n, threshold, 0.95) == Outcome::kFail, below)
            << right << " of " << n << " against " << threshold;
      }
    }
  }
}

TEST(AccuracyRule, PerfectionFailsWithOneMistake) {
  EXPECT_EQ(JudgeShare(100, 100, 1'000'000, 0.95), Outcome::kPass);
  EXPECT_EQ(JudgeShare(99, 100, 1'000'000, 0.95), Outcome::kFail);
}

TEST(AccuracyRule, NothingIsDecidedWithoutExamplesOrConfidence) {
  EXPECT_EQ(JudgeShare(0, 0, 850'000, 0.95), Outcome::kInconclusive);
  EXPECT_EQ(JudgeShare(5, 4, 850'000, 0.95), Outcome::kInconclusive);
  EXPECT_EQ(JudgeShare(0, 100, 850'000, std::nan("")), Outcome::kInconclusive);
}

}  // namespace
}  // namespace tunegate::stats
