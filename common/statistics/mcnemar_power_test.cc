#include "common/statistics/mcnemar_power.h"

#include <gtest/gtest.h>

#include <cmath>

namespace tunegate::stats {
namespace {

struct Anchor {
  double win, loss;
  McnemarTest test;
  double power_at_100;  // to ten digits by enumerating the trinomial in python3
  double printed;       // as the product's documentation prints it
  int64_t n_for_80;
};

// True gain 10 points, two-sided 5 %.
constexpr Anchor kAnchors[] = {
    {0.12, 0.02, McnemarTest::kMidP, 0.8057090859, 0.81, 99},
    {0.15, 0.05, McnemarTest::kMidP, 0.6177106567, 0.62, 152},
    {0.20, 0.10, McnemarTest::kMidP, 0.4345260400, 0.43, 230},
    {0.12, 0.02, McnemarTest::kExact, 0.7337745487, 0.73, 114},
    {0.15, 0.05, McnemarTest::kExact, 0.5444454279, 0.54, 168},
    {0.20, 0.10, McnemarTest::kExact, 0.3730770843, 0.37, 249},
};

TEST(McnemarPower, ReproducesTheAnchors) {
  for (const Anchor& anchor : kAnchors) {
    const McnemarDesign design{anchor.win, anchor.loss, 0.05, anchor.test};
    const double power = McnemarPower(100, design);
    EXPECT_NEAR(power, anchor.power_at_100, 1e-9);
    EXPECT_EQ(std::lround(power * 100), std::lround(anchor.printed * 100));
    EXPECT_EQ(McnemarExamplesFor(0.8, design), anchor.n_for_80);
  }
}

TEST(McnemarPower, LevelIsKeptWhenNothingChanged) {
  for (int64_t n : {20, 100, 400}) {
    EXPECT_LE(McnemarPower(n, {0.1, 0.1, 0.05, McnemarTest::kExact}), 0.05);
    EXPECT_LE(McnemarPower(n, {0.1, 0.1, 0.05, McnemarTest::kMidP}), 0.05);
  }
}

TEST(McnemarPower, BadDesignsHaveNoPower) {
  EXPECT_EQ(McnemarPower(0, {0.1, 0.1}), 0);
  EXPECT_EQ(McnemarPower(100, {0, 0}), 0);
  EXPECT_EQ(McnemarPower(100, {0.9, 0.3}), 0);
  EXPECT_EQ(McnemarPower(100, {std::nan(""), 0.1}), 0);
  EXPECT_EQ(McnemarExamplesFor(0.8, {0, 0}), std::nullopt);
  EXPECT_EQ(McnemarExamplesFor(0.8, {0.1, 0.1}, 200), std::nullopt);
}

TEST(McnemarPower, CertainWinsNeedSixForTheExactTest) {
  // 2 * 2^-6 = 0.03125 is the first below 0.05.
  EXPECT_EQ(McnemarExamplesFor(0.8, {1, 0, 0.05, McnemarTest::kExact}), 6);
}

}  // namespace
}  // namespace tunegate::stats
