#include "server/providers/openai/rate_limits.h"

#include <cmath>
#include <string>

#include "absl/strings/numbers.h"

namespace tunegate::providers::openai {
namespace {

std::optional<int64_t> ParseCount(std::string_view text) {
  int64_t count = 0;
  if (!absl::SimpleAtoi(absl::string_view(text.data(), text.size()), &count) || count < 0) {
    return std::nullopt;
  }
  return count;
}

}  // namespace

std::optional<absl::Duration> ParseReset(std::string_view text) {
  double seconds = 0;
  if (absl::SimpleAtod(absl::string_view(text.data(), text.size()), &seconds)) {
    if (!std::isfinite(seconds) || seconds < 0) return std::nullopt;
    return absl::Seconds(seconds);
  }
  absl::Duration duration;
  if (!absl::ParseDuration(absl::string_view(text.data(), text.size()), &duration) ||
      duration < absl::ZeroDuration() || duration == absl::InfiniteDuration()) {
    return std::nullopt;
  }
  return duration;
}

RateLimits ParseRateLimits(const HttpHeaders& headers) {
  RateLimits limits;
  limits.limit_requests = ParseCount(headers.Get("x-ratelimit-limit-requests"));
  limits.remaining_requests = ParseCount(headers.Get("x-ratelimit-remaining-requests"));
  limits.limit_tokens = ParseCount(headers.Get("x-ratelimit-limit-tokens"));
  limits.remaining_tokens = ParseCount(headers.Get("x-ratelimit-remaining-tokens"));
  limits.reset_requests = ParseReset(headers.Get("x-ratelimit-reset-requests"));
  limits.reset_tokens = ParseReset(headers.Get("x-ratelimit-reset-tokens"));
  return limits;
}

}  // namespace tunegate::providers::openai
