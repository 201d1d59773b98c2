#include "common/statistics/settle.h"

#include <gtest/gtest.h>

#include <cmath>

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

// Two of each example tell no more than one.
TEST(Settle, ADesignEffectOfTwoHalvesWhatTheExamplesShow) {
  const PairedCounts doubled = {166, 22, 6, 6};
  const SettlePrediction once = PredictSettling(kNearMiss, {});
  const SettlePrediction twice = PredictSettling(doubled, {}, 1'000'000, 2);
  EXPECT_EQ(twice.settles, once.settles);
  EXPECT_NEAR(static_cast<double>(twice.examples), 2.0 * static_cast<double>(once.examples), 1);
  EXPECT_EQ(twice.at_twice.go, once.at_twice.go);
  EXPECT_EQ(twice.at_four_times.no_go, once.at_four_times.no_go);
  // The gain itself is not blurred: at the target exactly it stays there.
  EXPECT_EQ(PredictSettling({10, 8, 5, 7}, {}, 1'000'000, 1.7).settles, Settles::kNotByMoreData);
  EXPECT_EQ(PredictSettling(kNearMiss, {}, 1'000'000, 0.5).examples, once.examples);
  EXPECT_EQ(PredictSettling(kNearMiss, {}, 1'000'000, std::nan("")).at_twice.inconclusive, 1);
}

}  // namespace
}  // namespace tunegate::stats
