#include "common/statistics/mcnemar.h"

#include <gtest/gtest.h>

namespace tunegate::stats {
namespace {

double Exact(int64_t gained, int64_t lost) {
  return McnemarPValue(gained, lost, McnemarTest::kExact);
}
double MidP(int64_t gained, int64_t lost) {
  return McnemarPValue(gained, lost, McnemarTest::kMidP);
}

// Fagerland, Lydersen, Laake 2013: airway hyper-responsiveness, 1 and 7 discordant of 21. And
// consolidation therapy (Cavo 2012), 6 and 16 of 161, as the R package contingencytables of the
// same authors prints it, to six digits.
TEST(Mcnemar, ReproducesPublishedPValues) {
  EXPECT_DOUBLE_EQ(Exact(1, 7), 0.0703125);
  EXPECT_DOUBLE_EQ(MidP(1, 7), 0.0390625);
  EXPECT_NEAR(Exact(6, 16), 0.052479, 5e-7);
  EXPECT_NEAR(MidP(6, 16), 0.034690, 5e-7);
}

// Sums of math.comb over powers of two in python3.
TEST(Mcnemar, ReproducesIndependentComputation) {
  EXPECT_NEAR(Exact(24, 2), 1.049041748046875e-05, 1e-17);
  EXPECT_NEAR(MidP(24, 2), 5.647540092468262e-06, 1e-17);
  EXPECT_NEAR(MidP(11, 3), 0.03515625, 1e-14);
}

TEST(Mcnemar, NoDiscordantPairsAreNoEvidence) {
  EXPECT_EQ(Exact(0, 0), 1);
  EXPECT_EQ(MidP(0, 0), 1);
  EXPECT_EQ(Exact(-1, 3), 1);
}

// 1 - C(2k, k) / 2^(2k + 1): 3/4 for k = 1, 13/16 for k = 2.
TEST(Mcnemar, TiesAreDefined) {
  EXPECT_EQ(Exact(1, 1), 1);
  EXPECT_DOUBLE_EQ(MidP(1, 1), 0.75);
  EXPECT_DOUBLE_EQ(MidP(2, 2), 0.8125);
  EXPECT_EQ(Exact(500, 500), 1);
}

TEST(Mcnemar, IsSymmetricAndMidPIsSmaller) {
  for (int64_t g = 0; g <= 40; ++g) {
    for (int64_t l = 0; l <= 40; ++l) {
      EXPECT_EQ(Exact(g, l), Exact(l, g));
      EXPECT_EQ(MidP(g, l), MidP(l, g));
      EXPECT_LE(MidP(g, l), Exact(g, l));
      EXPECT_GT(MidP(g, l), 0);
    }
  }
}

}  // namespace
}  // namespace tunegate::stats
