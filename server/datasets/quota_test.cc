#include "server/datasets/quota.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace tunegate::datasets {
namespace {

using ::testing::ElementsAre;

TEST(LargestRemainder, GuidesNumbersAreExact) {
  EXPECT_THAT(LargestRemainder(400, {45, 25, 10, 10, 10}), ElementsAre(180, 100, 40, 40, 40));
  EXPECT_THAT(LargestRemainder(400, {50, 20, 20, 10}), ElementsAre(200, 80, 80, 40));
}

TEST(LargestRemainder, LargestRemaindersGetTheRest) {
  // 17 * 45 % = 7.65, 4.25, 1.7, 1.7, 1.7.
  EXPECT_THAT(LargestRemainder(17, {45, 25, 10, 10, 10}), ElementsAre(7, 4, 2, 2, 2));
}

TEST(LargestRemainder, EqualRemaindersGoToTheEarlier) {
  EXPECT_THAT(LargestRemainder(2, {1, 1, 1}), ElementsAre(1, 1, 0));
}

TEST(LargestRemainder, SharesAddUpAndStayWithinOneOfTheirDue) {
  const std::vector<int> weights = {45, 25, 10, 10, 10};
  for (int total = 0; total <= 1000; ++total) {
    const std::vector<int> shares = LargestRemainder(total, weights);
    EXPECT_EQ(std::accumulate(shares.begin(), shares.end(), 0), total);
    for (size_t i = 0; i < weights.size(); ++i) {
      EXPECT_LT(std::abs(shares[i] - total * weights[i] / 100.0), 1.0) << total;
    }
  }
}

}  // namespace
}  // namespace tunegate::datasets
