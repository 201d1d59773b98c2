// RetryPolicy: whether and when to ask again, by the rules of the official SDKs. A pure function of
// what came back; no clock, no sockets. Whether a call may be repeated at all is the caller's to
// say (max_attempts 1: never).
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_RETRY_POLICY_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_RETRY_POLICY_H_

#include <optional>
#include <string_view>

#include "absl/time/time.h"

namespace tunegate::providers::openai {

struct RetryRules {
  absl::Duration first_delay = absl::Seconds(0.5);
  absl::Duration longest_delay = absl::Seconds(8);
  // A server that asks for more than this is asked again after this.
  absl::Duration longest_asked_delay = absl::Seconds(60);
};

// One attempt that did not succeed.
struct FailedAttempt {
  int number = 1;  // of this attempt, from 1
  int max_attempts = 1;
  int http_status = 0;             // 0: no answer
  bool connection_failed = false;  // no connection, a broken one, or time ran out
  bool quota = false;              // the answer says that money is missing
  // Headers of the answer; empty where absent.
  std::string_view should_retry, retry_after_ms, retry_after;
};

// The time that the server asks for: `retry-after-ms`, or else `Retry-After` in seconds or as an
// HTTP date, counted from `now`. Unset when it asks for nothing positive.
std::optional<absl::Duration> AskedDelay(std::string_view retry_after_ms,
                                         std::string_view retry_after, absl::Time now);

// How long to wait before the next attempt; unset: stop. `random` is uniform in [0, 1).
//
// Repeated are connection errors, 408, 409, 429 and >= 500; `x-should-retry` wins over the status;
// a 429 for quota is final. Without an asked delay: min(0.5 * 2^n, 8) s * (1 - 0.25 * random), n
// being the attempts before this one.
std::optional<absl::Duration> DelayBeforeRetry(const RetryRules& rules,
                                               const FailedAttempt& attempt, absl::Time now,
                                               double random);

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_RETRY_POLICY_H_
