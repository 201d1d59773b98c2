#include "common/statistics/distributions.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace tunegate::stats {
namespace {

// Tables of any textbook.
TEST(Distributions, NormalQuantilesAreTheTabulatedOnes) {
  EXPECT_NEAR(TwoSidedNormalQuantile(0.95), 1.959963984540054, 1e-13);
  EXPECT_NEAR(TwoSidedNormalQuantile(0.90), 1.644853626951473, 1e-13);
  EXPECT_NEAR(TwoSidedNormalQuantile(0.99), 2.575829303548901, 1e-13);
}

TEST(Distributions, StudentQuantilesAreTheTabulatedOnes) {
  EXPECT_NEAR(TwoSidedStudentQuantile(0.95, 1), 12.7062047364, 1e-9);
  EXPECT_NEAR(TwoSidedStudentQuantile(0.95, 2), 4.3026527297, 1e-9);
  EXPECT_NEAR(TwoSidedStudentQuantile(0.95, 9), 2.2621571629, 1e-9);
  EXPECT_NEAR(TwoSidedStudentQuantile(0.95, 30), 2.0422724563, 1e-9);
  EXPECT_NEAR(TwoSidedStudentQuantile(0.95, 100'000'000), TwoSidedNormalQuantile(0.95), 1e-6);
}

TEST(Distributions, StudentTailsInvertTheQuantiles) {
  EXPECT_NEAR(StudentBelow(2.228138852, 10), 0.975, 1e-9);
  EXPECT_NEAR(StudentBelow(-2.3533634348, 3), 0.05, 1e-9);
  EXPECT_EQ(StudentBelow(0, 7), 0.5);
  EXPECT_EQ(StudentBelow(-HUGE_VAL, 7), 0);
  EXPECT_EQ(StudentBelow(HUGE_VAL, 7), 1);
  EXPECT_EQ(StudentBelow(-3, 0), 1);
  EXPECT_EQ(StudentBelow(std::nan(""), 7), 1);
}

TEST(Distributions, ImpossibleConfidenceHoldsEverything) {
  for (double confidence : {0.0, 1.0, -1.0, 2.0, std::nan("")}) {
    EXPECT_TRUE(std::isinf(TwoSidedNormalQuantile(confidence))) << confidence;
    EXPECT_TRUE(std::isinf(TwoSidedStudentQuantile(confidence, 9))) << confidence;
  }
  EXPECT_TRUE(std::isinf(TwoSidedStudentQuantile(0.95, 0)));
}

// Exact fractions (python3, fractions.Fraction), printed to ten digits.
TEST(Distributions, BinomialEqualsExactFractions) {
  const Binomial small(10, 0.3);
  EXPECT_NEAR(small.Pmf(3), 0.266827932, 1e-12);
  EXPECT_NEAR(small.AtMost(3), 0.6496107184, 1e-12);
  EXPECT_NEAR(small.AtLeast(8), 0.0015903864, 1e-12);
  const Binomial large(1000, 0.1);
  EXPECT_NEAR(large.AtLeast(150) / 4.4894428594500086e-07, 1, 1e-9);
  EXPECT_NEAR(large.AtMost(60) / 4.378819902862792e-06, 1, 1e-9);
}

TEST(Distributions, BinomialIsDefinedAtItsEdges) {
  const Binomial never(5, 0), always(5, 1), nothing(0, 0.5), bad(-3, std::nan(""));
  EXPECT_EQ(never.Pmf(0), 1);
  EXPECT_EQ(never.AtLeast(1), 0);
  EXPECT_EQ(never.AtMost(0), 1);
  EXPECT_EQ(always.Pmf(5), 1);
  EXPECT_EQ(always.AtMost(4), 0);
  EXPECT_EQ(always.AtLeast(5), 1);
  EXPECT_EQ(nothing.Pmf(0), 1);
  EXPECT_EQ(nothing.AtLeast(1), 0);
  EXPECT_EQ(bad.AtMost(0), 1);
  EXPECT_EQ(Binomial(5, 0.5).AtMost(-1), 0);
  EXPECT_EQ(Binomial(5, 0.5).AtLeast(6), 0);
}

TEST(Distributions, WindowHoldsTheWholeMass) {
  for (int64_t n : {0, 1, 2, 17, 100, 4000, 1'000'000}) {
    for (double p : {0.0, 1e-6, 0.01, 0.3, 0.5, 0.97, 1.0}) {
      const BinomialWindow window = WindowOf(Binomial(n, p));
      const double mass =
          std::accumulate(window.probabilities.begin(), window.probabilities.end(), 0.0);
      EXPECT_NEAR(mass, 1, 1e-9) << n << " trials at " << p;
    }
  }
}

TEST(Distributions, WindowAgreesWithThePmf) {
  const Binomial binomial(400, 0.07);
  const BinomialWindow window = WindowOf(binomial);
  for (size_t i = 0; i < window.probabilities.size(); ++i) {
    const double pmf = binomial.Pmf(window.first + static_cast<int64_t>(i));
    EXPECT_NEAR(window.probabilities[i], pmf, 1e-12 + 1e-10 * pmf);
  }
}

}  // namespace
}  // namespace tunegate::stats
