#include "common/statistics/verdict_chances.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdio>

#include "common/statistics/accuracy_rule.h"
#include "common/statistics/distributions.h"
#include "common/statistics/improvement_rule.h"

namespace tunegate::stats {
namespace {

// The table of the README: what the improvement criterion alone promises. Target 10 points, losses
// 5 %, Tango's interval, GO/NO_GO in hundredths.
TEST(VerdictChances, OperatingCharacteristicsAreAsPromised) {
  struct Cell {
    int go, no_go;
  };
  constexpr int64_t kSizes[] = {50, 100, 200, 400};
  constexpr double kGains[] = {0, 0.05, 0.10, 0.15};
  constexpr Cell kTable[4][4] = {{{1, 44}, {0, 82}, {0, 99}, {0, 100}},
                                 {{12, 12}, {12, 21}, {4, 42}, {1, 71}},
                                 {{33, 2}, {54, 2}, {53, 2}, {52, 2}},
                                 {{57, 0}, {87, 0}, {94, 0}, {98, 0}}};
  for (size_t g = 0; g < 4; ++g) {
    for (size_t s = 0; s < 4; ++s) {
      const VerdictChances chances = ChancesOf(kSizes[s], {kGains[g] + 0.05, 0.05}, {});
      EXPECT_EQ(std::lround(chances.go * 100), kTable[g][s].go) << kGains[g] << " " << kSizes[s];
      EXPECT_EQ(std::lround(chances.no_go * 100), kTable[g][s].no_go)
          << kGains[g] << " " << kSizes[s];
    }
  }
}

// Enumerated over all (gained, lost) in python3.
TEST(VerdictChances, EqualsEnumerationOfTheTrinomial) {
  const VerdictChances ten = ChancesOf(100, {0.15, 0.05}, {});
  EXPECT_NEAR(ten.go, 0.54016020, 1e-8);
  EXPECT_NEAR(ten.no_go, 0.02162302, 1e-8);
  EXPECT_NEAR(ten.go + ten.no_go + ten.inconclusive, 1, 1e-15);
  const VerdictChances extended = ChancesOf(100, {0.11, 0.03}, {}, {83, 11, 3, 3});
  EXPECT_NEAR(extended.go, 0.16758601, 1e-8);
  EXPECT_NEAR(extended.no_go, 0.03275852, 1e-8);
}

// Enumerated over all four cells in python3, with Wilson's limit in its textbook form.
TEST(VerdictChances, EqualsEnumerationOfTheFourCells) {
  const GoRule rule{.accuracy_ppm = 850'000};
  const VerdictChances a = ChancesOf(30, {0.15, 0.05, 0.65}, rule);
  EXPECT_NEAR(a.go, 0.1035428916, 1e-8);
  EXPECT_NEAR(a.no_go, 0.1405915393, 1e-8);
  const VerdictChances b = ChancesOf(50, {0.14, 0.02, 0.80}, rule);
  EXPECT_NEAR(b.go, 0.5695525809, 1e-8);
  EXPECT_NEAR(b.no_go, 0.0418071991, 1e-8);
  const VerdictChances without_accuracy = ChancesOf(30, {0.12, 0.02, 0.80}, {});
  EXPECT_NEAR(without_accuracy.go, 0.2973056856, 1e-8);
  EXPECT_NEAR(without_accuracy.no_go, 0.0789845931, 1e-8);
  const VerdictChances extended = ChancesOf(20, {0.15, 0.05, 0.70}, rule, {14, 3, 1, 2});
  EXPECT_NEAR(extended.go, 0.1447438068, 1e-8);
  EXPECT_NEAR(extended.no_go, 0.0060924781, 1e-8);
}

// The walked limits against the rule itself, asked for every table.
TEST(VerdictChances, WalkedLimitsGiveTheRulesOwnOutcomes) {
  for (const GoRule& rule :
       {GoRule{}, GoRule{.superiority_margin_ppm = 30'000}, GoRule{.target_ppm = 0},
        GoRule{.target_ppm = 250'000, .confidence = 0.8}, GoRule{.accuracy_ppm = 700'000},
        GoRule{.confidence = 0.99, .accuracy_ppm = 1'000'000}}) {
    const int64_t n = 23;
    const CellRates rates{0.2, 0.06, 0.55};
    double go = 0, no_go = 0;
    for (int64_t l = 0; l <= n; ++l) {
      for (int64_t g = 0; g + l <= n; ++g) {
        for (int64_t r = 0; r + g + l <= n; ++r) {
          const PairedCounts counts = {r, g, l, n - r - g - l};
          const Outcome improvement =
              ImprovementOutcome(counts, {.target_ppm = rule.target_ppm,
                                          .superiority_margin_ppm = rule.superiority_margin_ppm,
                                          .confidence = rule.confidence});
          const Outcome accuracy = rule.accuracy_ppm.has_value()
                                       ? JudgeShare(r + g, n, *rule.accuracy_ppm, rule.confidence)
                                       : Outcome::kPass;
          const double p = Binomial(n, 0.06).Pmf(l) * Binomial(n - l, 0.2 / 0.94).Pmf(g) *
                           Binomial(n - l - g, 0.55 / 0.74).Pmf(r);
          if (improvement == Outcome::kFail || improvement == Outcome::kInfeasible ||
              accuracy == Outcome::kFail) {
            no_go += p;
          } else if (improvement == Outcome::kPass && accuracy == Outcome::kPass) {
            go += p;
          }
        }
      }
    }
    const VerdictChances chances = ChancesOf(n, rates, rule);
    EXPECT_NEAR(chances.go, go, 1e-9);
    EXPECT_NEAR(chances.no_go, no_go, 1e-9);
  }
}

TEST(VerdictChances, AccuracyGateOnlyTakesAway) {
  const CellRates rates{0.15, 0.05, 0.70};
  const VerdictChances free = ChancesOf(100, rates, {});
  const VerdictChances gated = ChancesOf(100, rates, {.accuracy_ppm = 850'000});
  EXPECT_LT(gated.go, free.go);
  EXPECT_GE(gated.no_go, free.no_go);
}

// With plenty of errors left infeasible draws do not occur, and both sums are of the same thing.
TEST(VerdictChances, KnownBaselineWithoutGateChangesNothingWhereErrorsAbound) {
  for (int64_t n : {100, 400, 20'000, 30'000, 100'000, 1'000'000}) {
    // Blocks of counts beyond fifteen thousand: see the header.
    const double tolerance = n > 10'000 ? 1e-4 : 1e-9;
    const VerdictChances a = ChancesOf(n, {0.14, 0.05}, {});
    const VerdictChances b = ChancesOf(n, {0.14, 0.05, 0.40}, {});
    EXPECT_NEAR(a.go, b.go, tolerance) << n;
    EXPECT_NEAR(a.no_go, b.no_go, tolerance) << n;
  }
}

TEST(VerdictChances, InfeasibleBaselineIsNoGo) {
  const VerdictChances chances = ChancesOf(100, {0.01, 0, 0.99}, {});
  EXPECT_NEAR(chances.no_go, 1, 1e-6);
}

TEST(VerdictChances, CertaintiesAreCertain) {
  EXPECT_EQ(ChancesOf(100, {1, 0}, {}).go, 1);
  EXPECT_EQ(ChancesOf(100, {0, 1}, {}).no_go, 1);
  EXPECT_EQ(ChancesOf(10, {0, 0}, {}).inconclusive, 1);            // -+ 28 points
  EXPECT_EQ(ChancesOf(100, {0, 0}, {}).no_go, 1);                  // -+ 3.7 points
  EXPECT_EQ(ChancesOf(0, {0, 0, 0.5}, {}, {85, 10, 0, 5}).go, 1);  // nothing new: as judged
}

TEST(VerdictChances, ImpossibleInputForecastsNothing) {
  EXPECT_EQ(ChancesOf(0, {0.15, 0.05}, {}).inconclusive, 1);
  EXPECT_EQ(ChancesOf(-1, {0.15, 0.05}, {}).inconclusive, 1);
  EXPECT_EQ(ChancesOf(100, {0.8, 0.3}, {}).inconclusive, 1);
  EXPECT_EQ(ChancesOf(100, {-0.1, 0.3}, {}).inconclusive, 1);
  EXPECT_EQ(ChancesOf(100, {std::nan(""), 0.3}, {}).inconclusive, 1);
  EXPECT_EQ(ChancesOf(100, {0.15, 0.05, 0.9}, {}).inconclusive, 1);
  EXPECT_EQ(ChancesOf(100, {0.15, 0.05}, {.confidence = 1}).inconclusive, 1);
}

// Not a limit, since tests do not depend on a fast machine: the figures stand in the log.
TEST(VerdictChances, CostIsPrinted) {
  for (int64_t n : {50, 100, 400, 2'000, 10'000, 50'000, 1'000'000}) {
    for (const CellRates& rates : {CellRates{0.15, 0.05}, CellRates{0.15, 0.05, 0.70}}) {
      const auto start = std::chrono::steady_clock::now();
      const VerdictChances chances = ChancesOf(n, rates, {.accuracy_ppm = 850'000});
      const auto spent = std::chrono::steady_clock::now() - start;
      const auto us = std::chrono::duration_cast<std::chrono::microseconds>(spent).count();
      std::printf("n = %lld, %s: %lld us\n", static_cast<long long>(n),
                  rates.both_right.has_value() ? "with accuracy" : "improvement alone",
                  static_cast<long long>(us));
      EXPECT_NEAR(chances.go + chances.no_go + chances.inconclusive, 1, 1e-12);
    }
  }
}

}  // namespace
}  // namespace tunegate::stats
