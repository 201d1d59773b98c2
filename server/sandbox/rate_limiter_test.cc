#include "server/sandbox/rate_limiter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

using ::testing::HasSubstr;

class RateLimiterTest : public ::testing::Test {
 protected:
  FakeClock clock_{absl::FromUnixSeconds(0)};
};

TEST_F(RateLimiterTest, WithoutLimitsNothingIsSaid) {
  RateLimiter limiter({0, 0}, clock_);
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(limiter.Take(1'000'000).has_value());
  Response response;
  limiter.AddHeaders(response);
  EXPECT_TRUE(response.headers.empty());
}

TEST_F(RateLimiterTest, RequestsBeyondTheLimitAre429WithRetryAfter) {
  RateLimiter limiter({2, 0}, clock_);
  EXPECT_FALSE(limiter.Take(0).has_value());
  EXPECT_FALSE(limiter.Take(0).has_value());
  const std::optional<Response> refused = limiter.Take(0);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(refused->status, 429);
  EXPECT_EQ(refused->Header("retry-after"), "30");
  EXPECT_EQ(refused->Header("retry-after-ms"), "30001");
  EXPECT_THAT(refused->body, HasSubstr(R"("code":"rate_limit_exceeded")"));
  EXPECT_THAT(refused->body, HasSubstr(R"("type":"requests")"));
  clock_.Advance(absl::Milliseconds(30'001));
  EXPECT_FALSE(limiter.Take(0).has_value());
}

TEST_F(RateLimiterTest, TokensAreABudgetOfTheirOwn) {
  RateLimiter limiter({100, 60}, clock_);
  EXPECT_FALSE(limiter.Take(50).has_value());
  EXPECT_THAT(limiter.Take(20)->body, HasSubstr("tokens per min: Limit 60, Remaining 10"));
  EXPECT_FALSE(limiter.Take(10).has_value());
}

TEST_F(RateLimiterTest, HeadersTellHowItStands) {
  RateLimiter limiter({60, 6000}, clock_);
  (void)limiter.Take(600);
  Response response;
  limiter.AddHeaders(response);
  EXPECT_EQ(response.Header("x-ratelimit-limit-requests"), "60");
  EXPECT_EQ(response.Header("x-ratelimit-remaining-requests"), "59");
  EXPECT_EQ(response.Header("x-ratelimit-reset-requests"), "1s");
  EXPECT_EQ(response.Header("x-ratelimit-remaining-tokens"), "5400");
  EXPECT_EQ(response.Header("x-ratelimit-reset-tokens"), "6s");
}

TEST_F(RateLimiterTest, DurationsReadLikeTheServices) {
  EXPECT_EQ(FormatReset(absl::Milliseconds(12)), "12ms");
  EXPECT_EQ(FormatReset(absl::Milliseconds(1500)), "1.5s");
  EXPECT_EQ(FormatReset(absl::Minutes(6)), "6m0s");
  EXPECT_EQ(FormatReset(absl::Seconds(-1)), "0ms");
}

}  // namespace
}  // namespace tunegate::sandbox
