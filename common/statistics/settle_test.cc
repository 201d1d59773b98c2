#include "common/statistics/settle.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace tunegate::stats {
namespace {

constexpr PairedCounts kNearMiss = {83, 11, 3, 3};  // +8 of 100, upper limit +16

// Enumerated in python3: the chances with the 100 examples kept, the size by trying every n.
TEST(Settle, NearMissLeadsToNoGoWithEnoughExamples) {
  const SettlePrediction p = PredictSettling(kNearMiss, {});
  EXPECT_EQ(p.settles, Settles::kNoGo);
  EXPECT_EQ(p.examples, 1364);
  const VerdictChances twice = ChancesOf(100, {0.11, 0.03}, {}, kNearMiss);
  EXPECT_NEAR(twice.go, 0.16758601, 1e-8);
  const VerdictChances four = ChancesOf(300, {0.11, 0.03}, {}, kNearMiss);
  EXPECT_NEAR(four.go, 0.11844129, 1e-8);
  // The prediction itself knows the baseline, whose errors (14 %) may turn out too few.
  EXPECT_NEAR(p.at_twice.go, twice.go, 1e-6);
  EXPECT_GE(p.at_twice.no_go, twice.no_go);
  EXPECT_NEAR(p.at_four_times.go, four.go, 1e-6);
}

TEST(Settle, GainBeyondTheTargetLeadsToGo) {
  const PairedCounts counts = {10, 8, 4, 8};  // +13 of 30, lower limit below 0
  const SettlePrediction p = PredictSettling(counts, {});
  EXPECT_EQ(p.settles, Settles::kGo);
  EXPECT_GT(p.examples, 30);
  EXPECT_LT(p.examples, 120);
  EXPECT_GT(p.at_four_times.go, p.at_twice.go);
}

TEST(Settle, GainExactlyAtTheTargetIsNotSettledByMoreData) {
  const SettlePrediction p = PredictSettling({10, 8, 5, 7}, {});  // +3 of 30
  EXPECT_EQ(p.settles, Settles::kNotByMoreData);
  EXPECT_EQ(p.examples, 0);
  EXPECT_NEAR(p.at_four_times.go, 0.5, 0.2);
}

TEST(Settle, GainBetweenTargetAndMarginIsNotSettledByMoreData) {
  const SettlePrediction p =
      PredictSettling({62, 18, 4, 16}, {.superiority_margin_ppm = 150'000});  // +14
  EXPECT_EQ(p.settles, Settles::kNotByMoreData);
}

TEST(Settle, SizesBeyondTheLimitAreNotOffered) {
  EXPECT_EQ(PredictSettling(kNearMiss, {}, 1000).settles, Settles::kNotByMoreData);
}

TEST(Settle, AccuracyBelowItsThresholdLeadsToNoGo) {
  const PairedCounts counts = {60, 24, 2, 14};  // 84 % right against 85 %
  const SettlePrediction p = PredictSettling(counts, {.accuracy_ppm = 850'000});
  EXPECT_EQ(p.settles, Settles::kNoGo);
  // z^2 t (1 - t) / (t - p)^2 = 3.8414588 * .1275 / .0001 = 4897.9
  EXPECT_EQ(p.examples, 4898);
}

TEST(Settle, NoExamplesOrNoConfidencePredictNothing) {
  EXPECT_EQ(PredictSettling({}, {}).settles, Settles::kNotByMoreData);
  EXPECT_EQ(PredictSettling({}, {}).at_twice.inconclusive, 1);
  EXPECT_EQ(PredictSettling(kNearMiss, {.confidence = std::nan("")}).settles,
            Settles::kNotByMoreData);
}

TEST(Settle, TwoMoreRightAnswersGiveGo) {
  const auto missing = MissingRightForGo(kNearMiss, {}, 850'000);
  ASSERT_TRUE(missing.has_value());
  EXPECT_EQ(missing->at_best, 2);
  EXPECT_EQ(missing->at_worst, 2);
}

TEST(Settle, PassingAlreadyMissesNothing) {
  const auto missing = MissingRightForGo({67, 24, 2, 7}, {}, 850'000);
  ASSERT_TRUE(missing.has_value());
  EXPECT_EQ(missing->at_best, 0);
  EXPECT_EQ(missing->at_worst, 0);
}

TEST(Settle, InfeasibleTargetsMissMoreThanThereIs) {
  EXPECT_EQ(MissingRightForGo({95, 0, 0, 5}, {}, std::nullopt), std::nullopt);
  EXPECT_EQ(MissingRightForGo({}, {}, std::nullopt), std::nullopt);
}

TEST(Settle, AccuracyMayMissMoreThanImprovement) {
  const PairedCounts counts = {40, 20, 5, 35};  // +15, 60 % right
  EXPECT_EQ(MissingRightForGo(counts, {}, std::nullopt)->at_worst, 0);
  EXPECT_EQ(MissingRightForGo(counts, {}, 850'000)->at_worst, 25);
}

// "Whichever they are": every way to choose them, for all tables with n = 16.
TEST(Settle, ExtremesBoundEveryChoiceOfAnswers) {
  const int64_t n = 16;
  const ImprovementPolicy policy;
  for (int64_t g = 0; g <= n; ++g) {
    for (int64_t l = 0; g + l <= n; ++l) {
      for (int64_t right = 0; g + l + right <= n; ++right) {
        const PairedCounts c = {right, g, l, n - g - l - right};
        const auto missing = MissingRightForGo(c, policy, std::nullopt);
        std::optional<int64_t> best, worst;
        for (int64_t k = 0; k <= c.candidate_wrong() && !worst.has_value(); ++k) {
          bool any = false, all = true;
          for (int64_t j = std::max<int64_t>(0, k - c.both_wrong); j <= std::min(k, l); ++j) {
            const PairedCounts flipped = {right + j, g + k - j, l - j, c.both_wrong - (k - j)};
            const bool pass = ImprovementOutcome(flipped, policy) == Outcome::kPass;
            any = any || pass;
            all = all && pass;
          }
          if (any && !best.has_value()) best = k;
          if (all) worst = k;
        }
        ASSERT_EQ(missing.has_value(), worst.has_value());
        if (!missing.has_value()) continue;
        EXPECT_EQ(missing->at_best, *best);
        EXPECT_EQ(missing->at_worst, *worst);
      }
    }
  }
}

}  // namespace
}  // namespace tunegate::stats
