#include "server/evaluations/run/pacer.h"

#include <vector>

#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

constexpr absl::Duration kStart = absl::Seconds(100);

PaceOutcome Answered(int64_t ticket, bool troubled = false) {
  PaceOutcome outcome;
  outcome.ticket = ticket;
  outcome.troubled = troubled;
  return outcome;
}

// Sends and answers one call after the other, every `period`-th of them troubled (0: none).
void Exchange(Pacer& pacer, int calls, int period) {
  for (int i = 1; i <= calls; ++i) {
    pacer.OnAnswer(Answered(pacer.OnSend(kStart), period > 0 && i % period == 0), kStart);
  }
}

// How many more calls may go now, when none comes back.
int Burst(Pacer& pacer, absl::Duration now) {
  int sent = 0;
  while (sent < 1000 && pacer.MaySend(0, now)) {
    pacer.OnSend(now);
    ++sent;
  }
  return sent;
}

TEST(PacerTest, HealthyProviderGetsTheWholeWindowFromTheFirstCallOn) {
  Pacer pacer(64);
  for (int in_flight = 0; in_flight < 64; ++in_flight) {
    EXPECT_TRUE(pacer.MaySend(in_flight, kStart));
  }
  EXPECT_FALSE(pacer.MaySend(64, kStart));
  Exchange(pacer, 10'000, 0);
  EXPECT_EQ(pacer.window(), 64);
}

TEST(PacerTest, FaultsNowAndThenDoNotSlow) {
  Pacer pacer(64);
  Exchange(pacer, 10'000, 6);  // every sixth call had to be retried
  EXPECT_EQ(pacer.window(), 64);
}

TEST(PacerTest, AStormShrinksTheWindowToOneAndCalmOpensItAgain) {
  Pacer pacer(64);
  Exchange(pacer, 64, 1);
  EXPECT_EQ(pacer.window(), 44);
  Exchange(pacer, 2'000, 1);
  EXPECT_EQ(pacer.window(), 1);
  EXPECT_TRUE(pacer.MaySend(0, kStart));
  EXPECT_FALSE(pacer.MaySend(1, kStart));
  Exchange(pacer, 2'000, 0);
  EXPECT_EQ(pacer.window(), 64);
}

TEST(PacerTest, RetryAfterHoldsEverythingUntilThen) {
  Pacer pacer(8);
  PaceOutcome outcome = Answered(pacer.OnSend(kStart), true);
  outcome.retry_after = absl::Seconds(7);
  pacer.OnAnswer(outcome, kStart);
  EXPECT_FALSE(pacer.MaySend(0, kStart + absl::Seconds(6.9)));
  EXPECT_TRUE(pacer.MaySend(0, kStart + absl::Seconds(7)));
}

TEST(PacerTest, RetryAfterOfAnHourIsNotWaitedFor) {
  Pacer pacer(8);
  PaceOutcome outcome = Answered(pacer.OnSend(kStart), true);
  outcome.retry_after = absl::Hours(1);
  pacer.OnAnswer(outcome, kStart);
  EXPECT_TRUE(pacer.MaySend(0, kStart + absl::Minutes(1)));
}

TEST(PacerTest, SendsNoMoreThanRemainsAndThenAsFastAsItIsRefilled) {
  Pacer pacer(100);
  PaceOutcome outcome = Answered(pacer.OnSend(kStart));
  outcome.limits.limit_requests = 60;
  outcome.limits.remaining_requests = 10;
  outcome.limits.reset_requests = absl::Seconds(50);  // one a second
  pacer.OnAnswer(outcome, kStart);
  EXPECT_EQ(Burst(pacer, kStart), 10);
  EXPECT_EQ(Burst(pacer, kStart + absl::Seconds(3.5)), 3);
  // Once it is full again, nothing is known to be in the way.
  EXPECT_EQ(Burst(pacer, kStart + absl::Seconds(51)), 1000);
}

TEST(PacerTest, CallsSentAfterTheOneThatAnsweredAreCountedOff) {
  Pacer pacer(100);
  const int64_t first = pacer.OnSend(kStart);
  for (int i = 0; i < 4; ++i) pacer.OnSend(kStart);  // these the provider had not seen yet
  PaceOutcome outcome = Answered(first);
  outcome.limits.remaining_requests = 10;
  outcome.limits.reset_requests = absl::Seconds(60);
  pacer.OnAnswer(outcome, kStart);
  EXPECT_EQ(Burst(pacer, kStart), 6);
}

TEST(PacerTest, OlderNewsDoesNotReplaceNewer) {
  Pacer pacer(100);
  const int64_t older = pacer.OnSend(kStart);
  const int64_t newer = pacer.OnSend(kStart);
  PaceOutcome outcome = Answered(newer);
  outcome.limits.remaining_requests = 3;
  outcome.limits.reset_requests = absl::Seconds(60);
  pacer.OnAnswer(outcome, kStart);
  outcome.ticket = older;
  outcome.limits.remaining_requests = 50;
  pacer.OnAnswer(outcome, kStart);
  EXPECT_EQ(Burst(pacer, kStart), 3);
}

TEST(PacerTest, TokensLimitLikeRequestsByWhatCallsTake) {
  Pacer pacer(100);
  PaceOutcome outcome = Answered(pacer.OnSend(kStart));
  outcome.tokens = 500;
  outcome.limits.remaining_tokens = 2'100;
  outcome.limits.reset_tokens = absl::Seconds(30);
  pacer.OnAnswer(outcome, kStart);
  EXPECT_EQ(Burst(pacer, kStart), 4);
}

TEST(PacerTest, ALimitWithoutAResetIsNoLimit) {
  Pacer pacer(100);
  PaceOutcome outcome = Answered(pacer.OnSend(kStart));
  outcome.limits.remaining_requests = 0;
  pacer.OnAnswer(outcome, kStart);
  EXPECT_TRUE(pacer.MaySend(0, kStart));
}

TEST(PacerTest, AWindowOfNothingIsOne) { EXPECT_TRUE(Pacer(0).MaySend(0, kStart)); }

TEST(PacerTest, NoMinuteHasMoreRequestsThanTheCallersLimit) {
  Pacer pacer(100, {.requests_per_minute = 10});
  EXPECT_EQ(Burst(pacer, kStart), 10);
  EXPECT_EQ(Burst(pacer, kStart + absl::Seconds(60)), 0);
  EXPECT_EQ(Burst(pacer, kStart + kSlidingMinute), 10);
}

TEST(PacerTest, EveryAttemptIsARequest) {
  Pacer pacer(100, {.requests_per_minute = 10});
  int64_t ticket = pacer.OnSend(kStart);
  for (int i = 0; i < 3; ++i) {
    pacer.OnBackOff(ticket);
    ticket = pacer.OnSend(kStart);
  }
  EXPECT_EQ(Burst(pacer, kStart), 6);
}

TEST(PacerTest, WithATokenLimitTheFirstCallGoesAlone) {
  Pacer pacer(100, {.tokens_per_minute = 1'000});
  const int64_t ticket = pacer.OnSend(kStart);
  EXPECT_FALSE(pacer.MaySend(1, kStart));
  PaceOutcome outcome = Answered(ticket);
  outcome.tokens = 100;
  pacer.OnAnswer(outcome, kStart);
  EXPECT_EQ(Burst(pacer, kStart), 9);
}

TEST(PacerTest, TokensOfCallsThatAreOutAreTakenToBeTheLargestYet) {
  Pacer pacer(100, {.tokens_per_minute = 1'000});
  PaceOutcome outcome = Answered(pacer.OnSend(kStart));
  outcome.tokens = 400;
  pacer.OnAnswer(outcome, kStart);
  const int64_t ticket = pacer.OnSend(kStart);
  EXPECT_FALSE(pacer.MaySend(1, kStart));  // 400 taken, 400 held, 400 more would be too much
  outcome.ticket = ticket;
  outcome.tokens = 100;
  pacer.OnAnswer(outcome, kStart);
  EXPECT_TRUE(pacer.MaySend(0, kStart));
  // A failed attempt took none.
  pacer.OnBackOff(pacer.OnSend(kStart));
  EXPECT_TRUE(pacer.MaySend(0, kStart));
}

TEST(PacerTest, WhatWasAskedBeforeARestartCounts) {
  Pacer pacer(100, {.requests_per_minute = 10, .tokens_per_minute = 10'000});
  pacer.Remember(6, 600, kStart - absl::Seconds(30));
  EXPECT_EQ(Burst(pacer, kStart), 4);
  EXPECT_EQ(Burst(pacer, kStart + absl::Seconds(31)), 6);
}

TEST(PacerTest, AttemptsThatWereToldOfAreTroubleAtOnce) {
  Pacer pacer(64);
  for (int i = 0; i < 64; ++i) pacer.OnBackOff(pacer.OnSend(kStart));
  EXPECT_EQ(pacer.window(), 44);
}

}  // namespace
}  // namespace tunegate::evaluations
