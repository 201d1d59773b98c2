#include "common/statistics/multiplicity.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tunegate::stats {
namespace {

// By hand: 4 * .005, 3 * .01, 2 * .03, and max(.06, 1 * .04).
TEST(Multiplicity, HolmEqualsTheStepsByHand) {
  const std::vector<double> adjusted = HolmAdjusted({0.01, 0.04, 0.03, 0.005});
  ASSERT_EQ(adjusted.size(), 4u);
  EXPECT_DOUBLE_EQ(adjusted[0], 0.03);
  EXPECT_DOUBLE_EQ(adjusted[1], 0.06);
  EXPECT_DOUBLE_EQ(adjusted[2], 0.06);
  EXPECT_DOUBLE_EQ(adjusted[3], 0.02);
}

TEST(Multiplicity, HolmIsDefinedAtItsEdges) {
  EXPECT_TRUE(HolmAdjusted({}).empty());
  EXPECT_EQ(HolmAdjusted({0.2}), (std::vector<double>{0.2}));
  EXPECT_EQ(HolmAdjusted({0.9, 0.8}), (std::vector<double>{1, 1}));
  EXPECT_EQ(HolmAdjusted({std::nan(""), 0.01, -1}), (std::vector<double>{1, 0.02, 0}));
}

TEST(Multiplicity, LaterLooksSpendOneMoreAlphaTogether) {
  EXPECT_EQ(AlphaAtLook(0.05, 1), 0.05);
  EXPECT_EQ(AlphaAtLook(0.05, 0), 0.05);
  EXPECT_DOUBLE_EQ(AlphaAtLook(0.05, 2), 0.025);
  EXPECT_DOUBLE_EQ(AlphaAtLook(0.05, 3), 0.05 / 6);
  double spent = 0;
  for (int64_t look = 2; look <= 100'000; ++look) spent += AlphaAtLook(0.05, look);
  EXPECT_LT(spent, 0.05);
  EXPECT_NEAR(spent, 0.05, 1e-6);
}

TEST(Multiplicity, ConfidenceGrowsWithLooks) {
  EXPECT_EQ(ConfidenceAtLook(0.95, 1), 0.95);
  EXPECT_NEAR(ConfidenceAtLook(0.95, 2), 0.975, 1e-15);
  EXPECT_NEAR(ConfidenceAtLook(0.95, 3), 1 - 0.05 / 6, 1e-15);
}

}  // namespace
}  // namespace tunegate::stats
