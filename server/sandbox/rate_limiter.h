// RateLimiter: requests and tokens a minute, refilled continuously, and the headers that tell.
#ifndef TUNEGATE_SERVER_SANDBOX_RATE_LIMITER_H_
#define TUNEGATE_SERVER_SANDBOX_RATE_LIMITER_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "server/sandbox/http/message.h"

namespace tunegate::sandbox {

// Thread-safe.
class RateLimiter {
 public:
  struct Limits {
    int64_t requests_per_minute = 0;  // 0: without limit, and then without headers
    int64_t tokens_per_minute = 0;
  };
  // `clock` must outlive it.
  RateLimiter(Limits limits, const Clock& clock);

  // Takes one request of `tokens` from the budgets. When a budget does not hold it, takes nothing
  // and returns the 429 response with its Retry-After.
  std::optional<Response> Take(int64_t tokens);

  // Sets x-ratelimit-{limit,remaining,reset}-{requests,tokens} as the budgets stand now.
  void AddHeaders(Response& response);

 private:
  // What is left of one budget; grows back to the limit within a minute.
  struct Bucket {
    std::string name;
    double limit = 0;
    double left = 0;
    absl::Duration refilled_at;

    void Refill(absl::Duration now);
    absl::Duration TimeUntil(double amount) const;
  };
  Response TooMany(const Bucket& bucket, double wanted) const;
  void AddHeadersOf(const Bucket& bucket, Response& response) const;

  const Clock& clock_;
  mutable Mutex mutex_;
  Bucket requests_ ABSL_GUARDED_BY(mutex_);
  Bucket tokens_ ABSL_GUARDED_BY(mutex_);
};

// "6m0s", "1.5s", "12ms": how the service writes durations.
std::string FormatReset(absl::Duration duration);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_RATE_LIMITER_H_
