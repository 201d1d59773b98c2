#include "server/providers/failure.h"

#include "gtest/gtest.h"
#include "server/providers/provider_error.h"

namespace tunegate::providers {
namespace {

absl::Status BusyFor(absl::Duration retry_delay) {
  Refusal refusal;
  refusal.provider = "p";
  refusal.http_status = 429;
  refusal.retry_delay = retry_delay;
  return RefusalStatus(refusal);
}

TEST(TryAgainDelayTest, DoublesFromASecondToAMinute) {
  const absl::Status status = NoAnswerStatus("p", "no route", /*timed_out=*/false, Sent::kNo);
  EXPECT_EQ(TryAgainDelay(status, 1), absl::Seconds(1));
  EXPECT_EQ(TryAgainDelay(status, 4), absl::Seconds(8));
  EXPECT_EQ(TryAgainDelay(status, 7), absl::Minutes(1));
  EXPECT_EQ(TryAgainDelay(status, 1'000'000), absl::Minutes(1));
}

TEST(TryAgainDelayTest, IsAtLeastWhatTheProviderAsksFor) {
  EXPECT_EQ(TryAgainDelay(BusyFor(absl::Seconds(90)), 1), absl::Seconds(90));
  EXPECT_EQ(TryAgainDelay(BusyFor(absl::Seconds(2)), 7), absl::Minutes(1));
}

TEST(TryAgainDelayTest, WhoAsksForADayOrCenturiesIsLookedAtWithinMinutes) {
  EXPECT_EQ(TryAgainDelay(BusyFor(absl::Hours(24)), 1), absl::Minutes(5));
  EXPECT_EQ(TryAgainDelay(BusyFor(absl::Seconds(1e12)), 1), absl::Minutes(5));
  EXPECT_EQ(TryAgainDelay(BusyFor(absl::InfiniteDuration()), 3), absl::Minutes(5));
}

}  // namespace
}  // namespace tunegate::providers
