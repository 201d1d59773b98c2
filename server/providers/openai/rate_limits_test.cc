#include "server/providers/openai/rate_limits.h"

#include "gtest/gtest.h"

namespace tunegate::providers::openai {
namespace {

TEST(RateLimits, ResetsAreDurations) {
  EXPECT_EQ(ParseReset("6m0s"), absl::Minutes(6));
  EXPECT_EQ(ParseReset("12ms"), absl::Milliseconds(12));
  EXPECT_EQ(ParseReset("1h2m"), absl::Minutes(62));
  EXPECT_EQ(ParseReset("1h2m3.5s"), absl::Minutes(62) + absl::Seconds(3.5));
  EXPECT_EQ(ParseReset("8.64s"), absl::Milliseconds(8640));
  EXPECT_EQ(ParseReset("0s"), absl::ZeroDuration());
  EXPECT_EQ(ParseReset("20"), absl::Seconds(20));
}

TEST(RateLimits, SenselessResetsAreUnset) {
  for (const char* text : {"", "soon", "-1s", "-5", "inf", "nan", "12 parsecs", "6m0"}) {
    EXPECT_EQ(ParseReset(text), std::nullopt) << text;
  }
}

TEST(RateLimits, AllSixHeadersAreRead) {
  HttpHeaders headers;
  headers.AddLine("x-ratelimit-limit-requests: 10000\r\n");
  headers.AddLine("X-RateLimit-Remaining-Requests: 9999\r\n");
  headers.AddLine("x-ratelimit-limit-tokens: 200000\r\n");
  headers.AddLine("x-ratelimit-remaining-tokens: 199958\r\n");
  headers.AddLine("x-ratelimit-reset-requests: 8.64s\r\n");
  headers.AddLine("x-ratelimit-reset-tokens:12ms\r\n");
  const RateLimits limits = ParseRateLimits(headers);
  EXPECT_EQ(limits.limit_requests, 10000);
  EXPECT_EQ(limits.remaining_requests, 9999);
  EXPECT_EQ(limits.limit_tokens, 200000);
  EXPECT_EQ(limits.remaining_tokens, 199958);
  EXPECT_EQ(limits.reset_requests, absl::Milliseconds(8640));
  EXPECT_EQ(limits.reset_tokens, absl::Milliseconds(12));
}

TEST(RateLimits, SilentAndSenselessHeadersAreUnset) {
  HttpHeaders headers;
  headers.AddLine("x-ratelimit-limit-requests: many\r\n");
  headers.AddLine("x-ratelimit-remaining-requests: -1\r\n");
  headers.AddLine("x-ratelimit-limit-requests-more: 5\r\n");
  const RateLimits limits = ParseRateLimits(headers);
  EXPECT_EQ(limits.limit_requests, std::nullopt);
  EXPECT_EQ(limits.remaining_requests, std::nullopt);
  EXPECT_EQ(limits.limit_tokens, std::nullopt);
  EXPECT_EQ(limits.reset_tokens, std::nullopt);
}

TEST(HttpHeaders, LastOfANameCountsAndEndlessOnesAreRefused) {
  HttpHeaders headers;
  headers.AddLine("A: one\r\n");
  headers.AddLine("a:  two \r\n");
  headers.AddLine("no colon\r\n");
  EXPECT_EQ(headers.Get("A"), "two");
  EXPECT_EQ(headers.Get("no colon"), "");
  EXPECT_FALSE(headers.AddLine(std::string(300'000, 'x')));
}

}  // namespace
}  // namespace tunegate::providers::openai
