#include "server/sandbox/rate_limiter.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/sandbox/api_error.h"

namespace tunegate::sandbox {

std::string FormatReset(absl::Duration duration) {
  const int64_t milliseconds = std::max<int64_t>(0, absl::ToInt64Milliseconds(duration));
  if (milliseconds < 1000) return absl::StrCat(milliseconds, "ms");
  const int64_t minutes = milliseconds / 60'000;
  const int64_t rest = milliseconds % 60'000;
  std::string seconds = absl::StrFormat("%.3f", static_cast<double>(rest) / 1000);
  seconds.erase(seconds.find_last_not_of('0') + 1);
  if (seconds.back() == '.') seconds.pop_back();
  return minutes > 0 ? absl::StrCat(minutes, "m", seconds, "s") : seconds + "s";
}

void RateLimiter::Bucket::Refill(absl::Duration now) {
  left = std::min(limit, left + limit * absl::FDivDuration(now - refilled_at, absl::Minutes(1)));
  refilled_at = now;
}

absl::Duration RateLimiter::Bucket::TimeUntil(double amount) const {
  return amount <= left ? absl::ZeroDuration() : absl::Minutes(1) * ((amount - left) / limit);
}

RateLimiter::RateLimiter(Limits limits, const Clock& clock) : clock_(clock) {
  const absl::Duration now = clock.Monotonic();
  const auto requests = static_cast<double>(limits.requests_per_minute);
  const auto tokens = static_cast<double>(limits.tokens_per_minute);
  requests_ = {"requests", requests, requests, now};
  tokens_ = {"tokens", tokens, tokens, now};
}

std::optional<Response> RateLimiter::Take(int64_t tokens) {
  MutexLock lock(mutex_);
  const absl::Duration now = clock_.Monotonic();
  const auto wanted = static_cast<double>(tokens);
  requests_.Refill(now);
  tokens_.Refill(now);
  if (requests_.limit > 0 && requests_.left < 1) return TooMany(requests_, 1);
  if (tokens_.limit > 0 && tokens_.left < wanted) return TooMany(tokens_, wanted);
  requests_.left -= 1;
  tokens_.left -= wanted;
  return std::nullopt;
}

Response RateLimiter::TooMany(const Bucket& bucket, double wanted) const {
  const absl::Duration wait = bucket.TimeUntil(wanted);
  Response response = ErrorResponse(
      429, bucket.name, "rate_limit_exceeded", "",
      absl::StrFormat("Rate limit reached on %s per min: Limit %.0f, Remaining %.0f, Requested "
                      "%.0f. Please try again in %s.",
                      bucket.name, bucket.limit, std::max(0.0, std::floor(bucket.left)), wanted,
                      FormatReset(wait)));
  response.SetHeader("retry-after-ms", absl::StrCat(absl::ToInt64Milliseconds(wait) + 1));
  response.SetHeader("retry-after",
                     absl::StrCat(absl::ToInt64Seconds(absl::Ceil(wait, absl::Seconds(1)))));
  return response;
}

void RateLimiter::AddHeadersOf(const Bucket& bucket, Response& response) const {
  if (bucket.limit <= 0) return;
  const auto set = [&](std::string_view what, const std::string& value) {
    response.SetHeader("x-ratelimit-" + std::string(what) + "-" + bucket.name, value);
  };
  set("limit", absl::StrFormat("%.0f", bucket.limit));
  set("remaining", absl::StrFormat("%.0f", std::max(0.0, std::floor(bucket.left))));
  set("reset", FormatReset(bucket.TimeUntil(bucket.limit)));
}

void RateLimiter::AddHeaders(Response& response) {
  MutexLock lock(mutex_);
  const absl::Duration now = clock_.Monotonic();
  requests_.Refill(now);
  tokens_.Refill(now);
  AddHeadersOf(requests_, response);
  AddHeadersOf(tokens_, response);
}

}  // namespace tunegate::sandbox
