#include "server/providers/openai/retry_policy.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/numbers.h"

namespace tunegate::providers::openai {
namespace {

// A positive finite number, as servers write it ("2", "0.25").
std::optional<double> PositiveNumber(std::string_view text) {
  double number = 0;
  if (!absl::SimpleAtod(absl::string_view(text.data(), text.size()), &number)) return std::nullopt;
  if (!std::isfinite(number) || number <= 0) return std::nullopt;
  return number;
}

bool IsWorthRetrying(const FailedAttempt& attempt) {
  if (attempt.quota) return false;
  if (attempt.should_retry == "true") return true;
  if (attempt.should_retry == "false") return false;
  if (attempt.connection_failed) return true;
  const int status = attempt.http_status;
  return status == 408 || status == 409 || status == 429 || status >= 500;
}

}  // namespace

std::optional<absl::Duration> AskedDelay(std::string_view retry_after_ms,
                                         std::string_view retry_after, absl::Time now) {
  if (const auto milliseconds = PositiveNumber(retry_after_ms)) {
    return absl::Milliseconds(*milliseconds);
  }
  if (const auto seconds = PositiveNumber(retry_after)) return absl::Seconds(*seconds);
  absl::Time date;
  std::string error;
  if (absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", std::string(retry_after), &date, &error) &&
      date > now) {
    return date - now;
  }
  return std::nullopt;
}

std::optional<absl::Duration> DelayBeforeRetry(const RetryRules& rules,
                                               const FailedAttempt& attempt, absl::Time now,
                                               double random) {
  if (attempt.number >= attempt.max_attempts || !IsWorthRetrying(attempt)) return std::nullopt;
  if (const auto asked = AskedDelay(attempt.retry_after_ms, attempt.retry_after, now)) {
    return std::min(*asked, rules.longest_asked_delay);
  }
  const double doubled = std::ldexp(1.0, std::min(attempt.number - 1, 30));
  return std::min(rules.first_delay * doubled, rules.longest_delay) * (1 - 0.25 * random);
}

}  // namespace tunegate::providers::openai
