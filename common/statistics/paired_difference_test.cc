#include "common/statistics/paired_difference.h"

#include <gtest/gtest.h>

#include <cmath>

#include "common/statistics/distributions.h"

namespace tunegate::stats {
namespace {

constexpr PairedCounts kCavo = {59, 6, 16, 80};
constexpr PairedCounts kBentur = {1, 1, 7, 12};

void ExpectInterval(const Interval& interval, double lower, double upper, double tolerance) {
  EXPECT_NEAR(interval.lower, lower, tolerance);
  EXPECT_NEAR(interval.upper, upper, tolerance);
}

// Consolidation therapy (Cavo 2012) as printed, to four digits, by the R package contingencytables,
// the companion of M. W. Fagerland, S. Lydersen, P. Laake, "Statistical Analysis of Contingency
// Tables", 2017.
TEST(PairedDifference, ReproducesPublishedIntervals) {
  ExpectInterval(TangoInterval(kCavo, 0.95), -0.1240, -0.0054, 5e-5);
  ExpectInterval(NewcombeInterval(kCavo, 0.95), -0.1186, -0.0046, 5e-5);
  ExpectInterval(BonettPriceInterval(kCavo, 0.95), -0.1195, -0.0032, 5e-5);
}

struct Reference {
  PairedCounts counts;
  double lower, upper;
};

// Computed in python3 without Tango's closed form of the restricted estimate: bisection on the
// derivative of the log-likelihood for P(lost), then bisection on the score.
TEST(PairedDifference, TangoEqualsDirectMaximization) {
  const Reference references[] = {
      {kCavo, -0.1240234325, -0.0054333957},        {kBentur, -0.5172322764, -0.0260030325},
      {{36, 12, 2, 0}, 0.0611124062, 0.3447087483}, {{43, 0, 1, 0}, -0.1180770970, 0.0593932311},
      {{0, 5, 5, 0}, -0.5268138190, 0.5268138190},  {{60, 24, 2, 14}, 0.1332685865, 0.3165347458},
      {{83, 11, 3, 3}, 0.0075975520, 0.1618745952},
  };
  for (const Reference& r : references) {
    ExpectInterval(TangoInterval(r.counts, 0.95), r.lower, r.upper, 1e-9);
  }
}

// The formulas of the header, written again in python3.
TEST(PairedDifference, AlternativesEqualIndependentComputation) {
  ExpectInterval(NewcombeInterval({36, 12, 2, 0}, 0.95), 0.0569295840, 0.3404276030, 1e-9);
  ExpectInterval(NewcombeInterval(kBentur, 0.95), -0.5069202267, -0.0255591242, 1e-9);
  ExpectInterval(NewcombeInterval({60, 24, 2, 14}, 0.95), 0.1263841246, 0.3108318876, 1e-9);
  ExpectInterval(BonettPriceInterval(kBentur, 0.95), -0.5083593067, -0.0133798238, 1e-9);
  ExpectInterval(BonettPriceInterval({60, 24, 2, 14}, 0.95), 0.1230235265, 0.3083490226, 1e-9);
}

TEST(PairedDifference, TangoHasItsClosedFormsInTheCorners) {
  const double z = TwoSidedNormalQuantile(0.95);
  const double zz = z * z;
  // No discordant pairs: -+ z^2 / (n + z^2), however many are right.
  for (int64_t n : {1, 10, 189, 100'000}) {
    const double half = zz / (static_cast<double>(n) + zz);
    ExpectInterval(TangoInterval({.both_right = n}, 0.95), -half, half, 1e-14);
    ExpectInterval(TangoInterval({.both_wrong = n}, 0.95), -half, half, 1e-14);
    // All gained: n (1 - d) / (1 + d) = z^2.
    const Interval gained = TangoInterval({.gained = n}, 0.95);
    EXPECT_NEAR(gained.lower, (static_cast<double>(n) - zz) / (static_cast<double>(n) + zz), 1e-12);
    EXPECT_EQ(gained.upper, 1);
    const Interval lost = TangoInterval({.lost = n}, 0.95);
    EXPECT_EQ(lost.lower, -1);
    EXPECT_NEAR(lost.upper, -gained.lower, 1e-12);
  }
}

TEST(PairedDifference, NothingIsKnownWithoutExamplesOrConfidence) {
  for (auto method :
       {+[](const PairedCounts&c, double level) { return TangoInterval(c, level); },
        +[](const PairedCounts&c, double level) { return NewcombeInterval(c, level); },
        +[](const PairedCounts&c, double level) { return BonettPriceInterval(c, level); }}) {
    EXPECT_EQ(method({}, 0.95), kAnyDifference);
    EXPECT_EQ(method({5, -1, 2, 3}, 0.95), kAnyDifference);
    EXPECT_EQ(method(kCavo, 1), kAnyDifference);
    EXPECT_EQ(method(kCavo, std::nan("")), kAnyDifference);
  }
}

// Every table up to n = 14: symmetric in the arms, contains the point, stays within [-1, 1], and
// the score test gives the same answer as the limit.
TEST(PairedDifference, TangoIsCoherentOnAllSmallTables) {
  const double z = TwoSidedNormalQuantile(0.95);
  for (int64_t n = 1; n <= 14; ++n) {
    for (int64_t g = 0; g <= n; ++g) {
      for (int64_t l = 0; g + l <= n; ++l) {
        const Interval i = TangoInterval({n - g - l, g, l, 0}, 0.95);
        const Interval mirrored = TangoInterval({n - g - l, l, g, 0}, 0.95);
        EXPECT_NEAR(i.lower, -mirrored.upper, 1e-13);
        const double point = static_cast<double>(g - l) / static_cast<double>(n);
        EXPECT_LE(i.lower, point);
        EXPECT_GE(i.upper, point);
        EXPECT_GE(i.lower, -1);
        EXPECT_LE(i.upper, 1);
        for (double bound : {-0.5, -0.05, 0.0, 0.1, 0.5}) {
          const double score = TangoScore(static_cast<double>(g), static_cast<double>(l),
                                          static_cast<double>(n), bound);
          EXPECT_EQ(score > z, i.lower > bound) << n << " " << g << " " << l << " " << bound;
          EXPECT_EQ(score < -z, i.upper < bound) << n << " " << g << " " << l << " " << bound;
        }
      }
    }
  }
}

// What the enumerations of power rely on.
TEST(PairedDifference, ScoreRisesWithGainsAndFallsWithLossesAndDelta) {
  for (int64_t n : {1, 2, 7, 30, 60}) {
    const double size = static_cast<double>(n);
    for (double delta = -1; delta <= 1; delta += 0.0625) {
      for (int64_t g = 0; g <= n; ++g) {
        for (int64_t l = 0; g + l <= n; ++l) {
          const double gained = static_cast<double>(g), lost = static_cast<double>(l);
          const double score = TangoScore(gained, lost, size, delta);
          EXPECT_FALSE(std::isnan(score));
          if (g + l < n) {
            EXPECT_GE(TangoScore(gained + 1, lost, size, delta), score - 1e-9);
            EXPECT_LE(TangoScore(gained, lost + 1, size, delta), score + 1e-9);
          }
          if (delta < 1) {
            EXPECT_LE(TangoScore(gained, lost, size, delta + 0.0625), score + 1e-9);
          }
        }
      }
    }
  }
}

TEST(PairedDifference, ScoreAtZeroIsMcnemars) {
  EXPECT_DOUBLE_EQ(TangoScore(24, 2, 100, 0), 22 / std::sqrt(26.0));
  EXPECT_EQ(TangoScore(0, 0, 100, 0), 0);
}

}  // namespace
}  // namespace tunegate::stats
