#include "common/statistics/improvement_rule.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/statistics/paired_difference.h"

namespace tunegate::stats {
namespace {

constexpr ImprovementPolicy kTenPoints = {};

TEST(ImprovementRule, ClearGainPasses) {
  const ImprovementResult r = JudgeImprovement({67, 24, 2, 7}, kTenPoints);
  EXPECT_EQ(r.outcome, Outcome::kPass);
  EXPECT_EQ(r.net, 22);
  EXPECT_EQ(r.needed, 10);
  EXPECT_DOUBLE_EQ(r.difference, 0.22);
  EXPECT_DOUBLE_EQ(*r.target_points, 0.1);
  EXPECT_EQ(r.interval, TangoInterval({67, 24, 2, 7}, 0.95));
}

TEST(ImprovementRule, NinetyFiveAgainstEightyFiveReachesTenPoints) {
  // 0.95 - 0.85 >= 0.10 is false in doubles.
  EXPECT_EQ(JudgeImprovement({85, 10, 0, 5}, kTenPoints).outcome, Outcome::kPass);
  EXPECT_EQ(JudgeImprovement({85, 9, 0, 6}, kTenPoints).outcome, Outcome::kInconclusive);
}

TEST(ImprovementRule, PointBelowTargetWithReachBeyondItIsInconclusive) {
  const ImprovementResult r = JudgeImprovement({83, 11, 3, 3}, kTenPoints);
  EXPECT_EQ(r.outcome, Outcome::kInconclusive);
  EXPECT_GT(r.interval.lower, 0);
  EXPECT_GT(r.interval.upper, 0.1);
}

TEST(ImprovementRule, UpperLimitBelowTargetFails) {
  EXPECT_EQ(JudgeImprovement({60, 5, 5, 30}, kTenPoints).outcome, Outcome::kFail);
  EXPECT_EQ(JudgeImprovement({60, 0, 20, 20}, kTenPoints).outcome, Outcome::kFail);
}

TEST(ImprovementRule, TargetReachedByChanceIsInconclusive) {
  // +10 points of 30 examples with many changes: not shown to be better at all.
  EXPECT_EQ(JudgeImprovement({10, 8, 5, 7}, kTenPoints).outcome, Outcome::kInconclusive);
}

TEST(ImprovementRule, TooFewErrorsToGainFromAreInfeasible) {
  EXPECT_EQ(JudgeImprovement({91, 9, 0, 0}, kTenPoints).outcome, Outcome::kInfeasible);
  EXPECT_EQ(JudgeImprovement({90, 10, 0, 0}, kTenPoints).outcome, Outcome::kPass);
  EXPECT_EQ(JudgeImprovement({100, 0, 0, 0}, kTenPoints).outcome, Outcome::kInfeasible);
}

TEST(ImprovementRule, FeasibilityIsKnownFromTheBaselineAlone) {
  EXPECT_TRUE(IsFeasible(90, 100, kTenPoints));
  EXPECT_FALSE(IsFeasible(91, 100, kTenPoints));
  EXPECT_FALSE(IsFeasible(91, 101, kTenPoints));  // 10 errors, ceil(10.1) needed
  EXPECT_TRUE(IsFeasible(91, 100, {.basis = Basis::kRelative, .target_ppm = 90'000}));
  EXPECT_FALSE(IsFeasible(92, 100, {.basis = Basis::kRelative, .target_ppm = 90'000}));
  EXPECT_TRUE(IsFeasible(99, 100, {.basis = Basis::kErrorReduction}));
  EXPECT_FALSE(IsFeasible(100, 100, {.basis = Basis::kErrorReduction}));
}

TEST(ImprovementRule, SuperiorityMarginRaisesTheBarForTheLowerLimit) {
  const PairedCounts counts = {60, 20, 5, 15};  // +15, lower limit about +5.6
  EXPECT_EQ(ImprovementOutcome(counts, {.superiority_margin_ppm = 50'000}), Outcome::kPass);
  EXPECT_EQ(ImprovementOutcome(counts, {.superiority_margin_ppm = 60'000}), Outcome::kInconclusive);
}

TEST(ImprovementRule, BasesReadTheSameGainDifferently) {
  const PairedCounts counts = {83, 11, 3, 3};  // 86 -> 94 %
  const Gains gains = GainsOf(counts);
  EXPECT_DOUBLE_EQ(*gains.points, 0.08);
  EXPECT_DOUBLE_EQ(*gains.relative, 8.0 / 86);
  EXPECT_DOUBLE_EQ(*gains.error_reduction, 8.0 / 14);
  EXPECT_EQ(JudgeImprovement(counts, {.basis = Basis::kPoints}).needed, 10);
  const ImprovementResult relative = JudgeImprovement(counts, {.basis = Basis::kRelative});
  EXPECT_EQ(relative.needed, 9);  // ceil(8.6)
  EXPECT_DOUBLE_EQ(*relative.target_points, 0.086);
  EXPECT_EQ(relative.outcome, Outcome::kInconclusive);
  const ImprovementResult errors = JudgeImprovement(counts, {.basis = Basis::kErrorReduction});
  EXPECT_EQ(errors.needed, 2);  // ceil(1.4)
  EXPECT_EQ(errors.outcome, Outcome::kPass);
}

TEST(ImprovementRule, ZeroDenominatorsAreDefined) {
  const PairedCounts nothing_right = {0, 30, 0, 70}, nothing_wrong = {98, 0, 2, 0};
  EXPECT_FALSE(GainsOf(nothing_right).relative.has_value());
  EXPECT_FALSE(GainsOf(nothing_wrong).error_reduction.has_value());
  EXPECT_FALSE(GainsOf({}).points.has_value());
  EXPECT_EQ(ImprovementOutcome(nothing_right, {.basis = Basis::kRelative}), Outcome::kInconclusive);
  EXPECT_EQ(ImprovementOutcome(nothing_wrong, {.basis = Basis::kErrorReduction}),
            Outcome::kInfeasible);
  EXPECT_EQ(ImprovementOutcome({}, kTenPoints), Outcome::kInconclusive);
}

TEST(ImprovementRule, ImpossibleInputDecidesNothing) {
  EXPECT_EQ(ImprovementOutcome({60, -1, 5, 30}, kTenPoints), Outcome::kInconclusive);
  EXPECT_EQ(ImprovementOutcome({67, 24, 2, 7}, {.confidence = 1}), Outcome::kInconclusive);
  EXPECT_EQ(ImprovementOutcome({67, 24, 2, 7}, {.confidence = std::nan("")}),
            Outcome::kInconclusive);
}

// The score tests of ImprovementOutcome and the limits of the interval are two ways to say one
// thing: all tables with n = 24.
TEST(ImprovementRule, OutcomeFollowsFromTheInterval) {
  const int64_t n = 24;
  for (int64_t g = 0; g <= n; ++g) {
    for (int64_t l = 0; g + l <= n; ++l) {
      for (int64_t right = 0; g + l + right <= n; ++right) {
        const PairedCounts counts = {right, g, l, n - g - l - right};
        const ImprovementResult r = JudgeImprovement(counts, kTenPoints);
        Outcome expected = Outcome::kInconclusive;
        if (counts.baseline_wrong() < 3) {
          expected = Outcome::kInfeasible;
        } else if (g - l >= 3 && r.interval.lower > 0) {
          expected = Outcome::kPass;
        } else if (r.interval.upper < 0.1) {
          expected = Outcome::kFail;
        }
        EXPECT_EQ(r.outcome, expected) << g << " gained, " << l << " lost, " << right << " right";
      }
    }
  }
}

// +8 of 100 against a target of 5: the lower limits are +0.8 (Tango), +0.5 (Newcombe) and +0.4
// (Bonett-Price) points, and a margin between them tells the methods apart.
TEST(ImprovementRule, TheIntervalIsThePolicys) {
  const PairedCounts counts = {83, 11, 3, 3};
  for (const auto method :
       {DifferenceMethod::kTango, DifferenceMethod::kNewcombe, DifferenceMethod::kBonettPrice}) {
    ImprovementPolicy policy{.target_ppm = 50'000, .method = method};
    const ImprovementResult result = JudgeImprovement(counts, policy);
    EXPECT_EQ(result.interval, DifferenceInterval(counts, 0.95, method)) << NameOf(method);
    EXPECT_EQ(result.outcome, Outcome::kPass) << NameOf(method);
    const auto lower = static_cast<int64_t>(result.interval.lower * 1e6);
    policy.superiority_margin_ppm = lower;
    EXPECT_EQ(ImprovementOutcome(counts, policy), Outcome::kPass) << NameOf(method);
    policy.superiority_margin_ppm = lower + 1;
    EXPECT_EQ(ImprovementOutcome(counts, policy), Outcome::kInconclusive) << NameOf(method);
    policy = {.target_ppm = static_cast<int64_t>(result.interval.upper * 1e6) + 1,
              .method = method};
    EXPECT_EQ(ImprovementOutcome({83, 11, 3, 43}, policy),
              JudgeImprovement({83, 11, 3, 43}, policy).outcome)
        << NameOf(method);
  }
  EXPECT_NE(NewcombeInterval(counts, 0.95), TangoInterval(counts, 0.95));
}

TEST(ImprovementRule, FewClustersNeverPass) {
  const PairedCounts counts = {67, 24, 2, 7};
  ClusteredDifference clustered{0.22, 0.04, 10, {0.13, 0.31}};
  EXPECT_EQ(JudgeClusteredImprovement(counts, clustered, kTenPoints).outcome, Outcome::kPass);
  clustered.clusters = 9;
  EXPECT_EQ(JudgeClusteredImprovement(counts, clustered, kTenPoints).outcome,
            Outcome::kInconclusive);
  clustered.interval = {-0.2, 0.05};
  EXPECT_EQ(JudgeClusteredImprovement({60, 5, 5, 30}, clustered, kTenPoints).outcome,
            Outcome::kFail);
  clustered.interval = {-0.01, 0.4};
  clustered.clusters = 40;
  EXPECT_EQ(JudgeClusteredImprovement(counts, clustered, kTenPoints).outcome,
            Outcome::kInconclusive);
}

}  // namespace
}  // namespace tunegate::stats
