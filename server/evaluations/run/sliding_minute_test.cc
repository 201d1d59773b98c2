#include "server/evaluations/run/sliding_minute.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/random.h"
#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

TEST(SlidingMinuteTest, WithoutALimitEverythingFits) {
  SlidingMinute minute(0);
  for (int i = 0; i < 100; ++i) minute.Take(i, 1'000'000, absl::ZeroDuration());
  EXPECT_TRUE(minute.Bears(1'000'000, absl::ZeroDuration()));
}

TEST(SlidingMinuteTest, NoMinuteWhateverItsBeginHoldsMoreThanTheLimit) {
  constexpr int64_t kLimit = 50;
  SlidingMinute minute(kLimit);
  Random random(7, "moments");
  std::vector<std::pair<absl::Duration, int64_t>> taken;
  absl::Duration now;
  for (int64_t id = 0; id < 5'000; ++id) {
    now += absl::Milliseconds(static_cast<int64_t>(random.Below(900)));
    const int64_t amount = 1 + static_cast<int64_t>(random.Below(5));
    if (!minute.Bears(amount, now)) continue;
    minute.Take(id, amount, now);
    taken.emplace_back(now, amount);
  }
  int64_t most = 0;
  for (size_t i = 0; i < taken.size(); ++i) {
    int64_t sum = 0;
    for (size_t k = i; k < taken.size() && taken[k].first - taken[i].first < absl::Minutes(1);
         ++k) {
      sum += taken[k].second;
    }
    most = std::max(most, sum);
  }
  EXPECT_LE(most, kLimit);
  EXPECT_GE(most, kLimit - 4);  // and it is used
}

TEST(SlidingMinuteTest, AGuessIsCorrectedByWhatItWas) {
  SlidingMinute minute(100);
  minute.Take(1, 60, absl::ZeroDuration());
  minute.Take(2, 40, absl::ZeroDuration());
  EXPECT_FALSE(minute.Bears(1, absl::Seconds(1)));
  minute.Correct(1, 10);
  EXPECT_TRUE(minute.Bears(50, absl::Seconds(1)));
  EXPECT_FALSE(minute.Bears(51, absl::Seconds(1)));
  minute.Correct(99, 1'000);  // never taken
  EXPECT_TRUE(minute.Bears(50, absl::Seconds(1)));
}

TEST(SlidingMinuteTest, WhatIsLargerThanTheLimitGoesAlone) {
  SlidingMinute minute(10);
  EXPECT_TRUE(minute.Bears(1'000, absl::ZeroDuration()));
  minute.Take(1, 1'000, absl::ZeroDuration());
  EXPECT_FALSE(minute.Bears(1, absl::Seconds(60)));
  EXPECT_TRUE(minute.Bears(1'000, kSlidingMinute));
}

}  // namespace
}  // namespace tunegate::evaluations
