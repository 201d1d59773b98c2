#include "server/providers/openai/retry_policy.h"

#include "gtest/gtest.h"

namespace tunegate::providers::openai {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'793'000'000);

FailedAttempt Attempt(int http_status, int number = 1) {
  FailedAttempt attempt;
  attempt.number = number;
  attempt.max_attempts = 10;
  attempt.http_status = http_status;
  return attempt;
}

std::optional<absl::Duration> Delay(const FailedAttempt& attempt, double random = 0) {
  return DelayBeforeRetry(RetryRules(), attempt, kNow, random);
}

TEST(RetryPolicy, StatusesOfTheSdksAreRetried) {
  for (int status : {408, 409, 429, 500, 502, 503, 504, 529}) {
    EXPECT_TRUE(Delay(Attempt(status)).has_value()) << status;
  }
}

TEST(RetryPolicy, OtherStatusesAreFinal) {
  for (int status : {301, 400, 401, 403, 404, 410, 413, 422}) {
    EXPECT_FALSE(Delay(Attempt(status)).has_value()) << status;
  }
}

TEST(RetryPolicy, ConnectionErrorsAreRetried) {
  FailedAttempt attempt = Attempt(0);
  EXPECT_FALSE(Delay(attempt).has_value());
  attempt.connection_failed = true;
  EXPECT_TRUE(Delay(attempt).has_value());
}

TEST(RetryPolicy, LastAttemptIsFinal) {
  EXPECT_TRUE(Delay(Attempt(500, 9)).has_value());
  EXPECT_FALSE(Delay(Attempt(500, 10)).has_value());
  FailedAttempt only = Attempt(500);
  only.max_attempts = 1;
  EXPECT_FALSE(Delay(only).has_value());
}

TEST(RetryPolicy, QuotaIsFinal) {
  FailedAttempt attempt = Attempt(429);
  attempt.quota = true;
  EXPECT_FALSE(Delay(attempt).has_value());
  attempt.should_retry = "true";
  EXPECT_FALSE(Delay(attempt).has_value());
}

TEST(RetryPolicy, ServersWordWinsOverTheStatus) {
  FailedAttempt bad_request = Attempt(400);
  bad_request.should_retry = "true";
  EXPECT_TRUE(Delay(bad_request).has_value());
  FailedAttempt overloaded = Attempt(503);
  overloaded.should_retry = "false";
  EXPECT_FALSE(Delay(overloaded).has_value());
  overloaded.should_retry = "perhaps";
  EXPECT_TRUE(Delay(overloaded).has_value());
}

TEST(RetryPolicy, BackOffDoublesUpToEightSeconds) {
  const double expected[] = {0.5, 1, 2, 4, 8, 8, 8};
  for (int number = 1; number <= 7; ++number) {
    EXPECT_EQ(Delay(Attempt(500, number)), absl::Seconds(expected[number - 1])) << number;
  }
}

TEST(RetryPolicy, JitterTakesUpToAQuarter) {
  EXPECT_EQ(Delay(Attempt(500), 0.5), absl::Milliseconds(437.5));
  EXPECT_GT(*Delay(Attempt(500), 0.999999), absl::Milliseconds(375));
}

TEST(RetryPolicy, HugeAttemptNumbersStayBounded) {
  FailedAttempt attempt = Attempt(500, 2'000'000'000);
  attempt.max_attempts = 2'147'483'647;
  EXPECT_EQ(Delay(attempt), absl::Seconds(8));
}

TEST(RetryPolicy, MillisecondsWinOverSeconds) {
  FailedAttempt attempt = Attempt(429);
  attempt.retry_after_ms = "1500";
  attempt.retry_after = "20";
  EXPECT_EQ(Delay(attempt), absl::Seconds(1.5));
  attempt.retry_after_ms = "soon";
  EXPECT_EQ(Delay(attempt), absl::Seconds(20));
}

TEST(RetryPolicy, RetryAfterIsSecondsOrADate) {
  EXPECT_EQ(AskedDelay("", "2.5", kNow), absl::Seconds(2.5));
  const std::string date =
      absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", kNow + absl::Seconds(7), absl::UTCTimeZone());
  EXPECT_EQ(AskedDelay("", date, kNow), absl::Seconds(7));
}

TEST(RetryPolicy, SenselessWishesAreIgnored) {
  const std::string past =
      absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", kNow - absl::Seconds(7), absl::UTCTimeZone());
  for (const std::string& wish : {std::string(""), std::string("0"), std::string("-3"),
                                  std::string("nan"), std::string("inf"), std::string("x"), past}) {
    EXPECT_EQ(AskedDelay("", wish, kNow), std::nullopt) << wish;
    FailedAttempt attempt = Attempt(429);
    attempt.retry_after = wish;
    EXPECT_EQ(Delay(attempt), absl::Seconds(0.5)) << wish;
  }
}

TEST(RetryPolicy, LongWishesAreCutToAMinute) {
  FailedAttempt attempt = Attempt(429);
  attempt.retry_after = "86400";
  EXPECT_EQ(Delay(attempt), absl::Seconds(60));
  attempt.retry_after = "1e300";
  EXPECT_EQ(Delay(attempt), absl::Seconds(60));
}

}  // namespace
}  // namespace tunegate::providers::openai
