#include "client/backoff.h"

#include <gtest/gtest.h>

namespace tunegate::client {
namespace {

constexpr absl::Duration kInitial = absl::Milliseconds(250);
constexpr absl::Duration kMax = absl::Seconds(10);

TEST(BackoffTest, DoublesUpToItsMaximumWithAQuarterOfJitter) {
  Backoff backoff(kInitial, kMax, 1);
  for (const auto& [others, full] :
       {std::pair(0, kInitial), std::pair(1, 2 * kInitial), std::pair(5, 32 * kInitial),
        std::pair(6, kMax), std::pair(1000, kMax)}) {
    const absl::Duration wait = backoff.After(others);
    EXPECT_GE(wait, full * 0.75) << others;
    EXPECT_LE(wait, full * 1.25) << others;
  }
}

TEST(BackoffTest, SameSeedGivesTheSameWaits) {
  EXPECT_EQ(Backoff(kInitial, kMax, 7).After(0), Backoff(kInitial, kMax, 7).After(0));
  EXPECT_NE(Backoff(kInitial, kMax, 7).After(0), Backoff(kInitial, kMax, 8).After(0));
}

TEST(BackoffTest, WithoutASeedNoTwoWaitTheSame) {
  EXPECT_NE(Backoff(kInitial, kMax, 0).After(0), Backoff(kInitial, kMax, 0).After(0));
}

}  // namespace
}  // namespace tunegate::client
