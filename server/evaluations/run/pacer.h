// Pacer: how many calls one provider bears at the same time, and when. It keeps the caller's limits
// and learns the provider's from outcomes alone:
//
//  * Limits of requests and tokens hold in any minute (sliding_minute.h). Every attempt is a
//    request. What a call takes in tokens is known when it is answered; until then it is counted
//    as the largest so far, and before the first answer one call goes alone.
//  * Where at least half of a round's attempts failed for lack of capacity, the window shrinks by
//    3/10; where at most a quarter did, it grows by 1/8 of the maximum. A round is a window of
//    attempts, at least 20, so that a healthy provider with faults now and then is not slowed.
//  * Response times clearly above the calm level shrink it without an error: latency_watch.h says
//    when, and where the rule comes from.
//  * x-ratelimit headers: no call beyond what the provider says remains, refilled at the rate that
//    its reset tells. Attempts since the answer's own are counted off.
//  * Retry-After of a call that failed for good: nothing is sent before.
//
// Pure: time is an argument, and must not fall. Not thread-safe.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_PACER_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_PACER_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "server/evaluations/run/latency_watch.h"
#include "server/evaluations/run/sliding_minute.h"
#include "server/providers/provider.h"

namespace tunegate::evaluations {

// The most in any minute; 0: no limit.
struct PaceLimits {
  int64_t requests_per_minute = 0;
  int64_t tokens_per_minute = 0;
};

// What came of one call, as far as pace is concerned.
struct PaceOutcome {
  int64_t ticket = 0;     // as OnSend gave it for the last attempt
  bool troubled = false;  // failed for lack of capacity, or attempts did that nobody told of
  std::optional<absl::Duration> retry_after;
  providers::RateLimits limits;
  int64_t tokens = 0;  // in and out
  // Of an answer over a connection that stood already; unset for others.
  std::optional<absl::Duration> response_time;
};

class Pacer {
 public:
  explicit Pacer(int max_in_flight, PaceLimits limits = {});

  // What was asked before this pacer was there, at `time` of the same scale, which may be negative.
  // Before the first OnSend, by rising time.
  void Remember(int64_t attempts, int64_t tokens, absl::Duration time);

  // Whether another attempt may be sent while `in_flight` are out. Times are monotonic.
  bool MaySend(int in_flight, absl::Duration now);
  // Call it for each attempt that is sent. The last one's ticket goes into the call's outcome.
  int64_t OnSend(absl::Duration now);
  // The attempt failed for lack of capacity, and there will be another.
  void OnBackOff(int64_t ticket);
  void OnAnswer(const PaceOutcome& outcome, absl::Duration now);

  // The present window, from 1 to the maximum.
  int window() const { return static_cast<int>(window_); }

 private:
  // A bucket that the provider told of.
  struct Allowance {
    double remaining = 0;  // when it was seen, in calls or tokens
    double limit = 0;      // 0: unknown
    absl::Duration reset;
    absl::Duration seen;
    int64_t ticket = 0;  // of the call whose answer told it
  };

  void CountAttempt(bool troubled);
  void Judge();
  void Learn(const PaceOutcome& outcome, absl::Duration now);
  // How many calls of `cost` the allowance still bears; unlimited once it has been reset.
  bool Bears(const std::optional<Allowance>& allowance, double cost, absl::Duration now) const;

  const int max_in_flight_;
  double window_;
  int64_t sent_ = 0;
  int round_attempts_ = 0;
  int round_troubles_ = 0;
  LatencyWatch latency_;
  SlidingMinute requests_in_minute_;
  SlidingMinute tokens_in_minute_;
  int64_t largest_call_ = 0;  // in tokens; 0: unknown
  absl::Duration hold_until_ = -absl::InfiniteDuration();
  double tokens_per_call_ = 0;  // smoothed; 0: unknown
  std::optional<Allowance> requests_;
  std::optional<Allowance> tokens_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_PACER_H_
