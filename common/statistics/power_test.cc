#include "common/statistics/power.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tunegate::stats {
namespace {

TEST(Power, DiscordanceSplitsIntoWinsAndLosses) {
  const CellRates rates = RatesForDiscordance(0.10, 0.20, std::nullopt);
  EXPECT_NEAR(rates.gained, 0.15, 1e-15);
  EXPECT_NEAR(rates.lost, 0.05, 1e-15);
  EXPECT_FALSE(rates.both_right.has_value());
  const CellRates known = RatesForDiscordance(0.10, 0.20, 0.69);
  EXPECT_NEAR(*known.both_right, 0.64, 1e-15);
}

TEST(Power, DiscordanceIsAtLeastTheGain) {
  const CellRates up = RatesForDiscordance(0.10, 0.02, std::nullopt);
  EXPECT_NEAR(up.gained, 0.10, 1e-15);
  EXPECT_NEAR(up.lost, 0, 1e-15);
  const CellRates down = RatesForDiscordance(-0.10, 0.02, std::nullopt);
  EXPECT_NEAR(down.gained, 0, 1e-15);
  EXPECT_NEAR(down.lost, 0.10, 1e-15);
}

TEST(Power, WinsAreCappedByTheBaselinesErrors) {
  // 10 % errors: +8 leaves room for 2 % losses.
  const CellRates tight = RatesForLosses(0.08, 0.05, 0.90);
  EXPECT_NEAR(tight.gained, 0.10, 1e-15);
  EXPECT_NEAR(tight.lost, 0.02, 1e-15);
  // +20 cannot be: all errors are gained, none lost.
  const CellRates most = RatesForLosses(0.20, 0.05, 0.90);
  EXPECT_NEAR(most.gained, 0.10, 1e-15);
  EXPECT_EQ(most.lost, 0);
  EXPECT_NEAR(*most.both_right, 0.90, 1e-15);
}

TEST(Power, RatesAlwaysMakeADistribution) {
  for (double accuracy = 0; accuracy <= 1; accuracy += 0.05) {
    for (double gain = -1; gain <= 1; gain += 0.05) {
      for (double loss = 0; loss <= 1; loss += 0.1) {
        for (auto known : {std::optional<double>(), std::optional<double>(accuracy)}) {
          const CellRates rates = RatesForLosses(gain, loss, known);
          EXPECT_GE(rates.gained, 0);
          EXPECT_GE(rates.lost, 0);
          EXPECT_GE(rates.both_right.value_or(0), -1e-12);
          EXPECT_LE(rates.gained + rates.lost + rates.both_right.value_or(0), 1 + 1e-12);
        }
      }
    }
  }
}

TEST(Power, TargetsBecomePointsAtTheBaseline) {
  EXPECT_EQ(RuleAtBaseline({}, 0.86, 850'000).target_ppm, 100'000);
  EXPECT_EQ(RuleAtBaseline({}, 0.86, 850'000).accuracy_ppm, 850'000);
  EXPECT_EQ(RuleAtBaseline({.basis = Basis::kRelative}, 0.86, std::nullopt).target_ppm, 86'000);
  EXPECT_EQ(RuleAtBaseline({.basis = Basis::kErrorReduction}, 0.86, std::nullopt).target_ppm,
            14'000);
}

// 13.6 points: the first tenth of a point with P(GO) >= .8 by enumeration in python3.
TEST(Power, MinimumDetectableGainEqualsEnumeration) {
  EXPECT_EQ(MinimumDetectableGain(100, 0.05, std::nullopt, {}), 0.136);
}

TEST(Power, MoreExamplesDetectSmallerGainsButNotBelowTheTarget) {
  const double at_100 = *MinimumDetectableGain(100, 0.05, 0.69, {});
  const double at_400 = *MinimumDetectableGain(400, 0.05, 0.69, {});
  EXPECT_LT(at_400, at_100);
  EXPECT_GT(at_400, 0.10);
}

TEST(Power, GoodBaselineLeavesNothingToDetect) {
  EXPECT_EQ(MinimumDetectableGain(100, 0.05, 0.95, {}), std::nullopt);
  EXPECT_EQ(MinimumDetectableGain(0, 0.05, std::nullopt, {}), std::nullopt);
}

TEST(Power, ExamplesForGoReachThePower) {
  const CellRates rates = RatesForLosses(0.15, 0.05, std::nullopt);
  const int64_t n = *ExamplesForGo(rates, {});
  EXPECT_GE(ChancesOf(n, rates, {}).go, 0.8);
  EXPECT_LT(ChancesOf(n - 1, rates, {}).go, 0.8);
  EXPECT_LT(n, 100);
  const CellRates with_accuracy = RatesForLosses(0.15, 0.05, 0.74);
  const int64_t more = *ExamplesForGo(with_accuracy, {.accuracy_ppm = 850'000});
  EXPECT_GE(more, n);
}

TEST(Power, NoNumberOfExamplesShowsAGainAtTheTarget) {
  EXPECT_EQ(ExamplesForGo({0.15, 0.05}, {}), std::nullopt);
  EXPECT_EQ(ExamplesForGo({0.05, 0.05}, {}), std::nullopt);
}

}  // namespace
}  // namespace tunegate::stats
