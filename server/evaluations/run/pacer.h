// Pacer: how many calls one provider bears at the same time. It learns from outcomes alone:
//
//  * Where at least half of a round's calls had to be retried or failed for lack of capacity, the
//    window shrinks by 3/10; where at most a quarter had, it grows by 1/8 of the maximum. A round
//    is a window of calls, at least 20, so that a healthy provider with faults now and then is not
//    slowed.
//  * x-ratelimit headers: no call beyond what the provider says remains, refilled at the rate that
//    its reset tells. Calls sent since the answer's own are counted off.
//  * Retry-After of a call that failed for good: nothing is sent before.
//
// Pure: time is an argument. Not thread-safe.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_PACER_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_PACER_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"
#include "server/providers/provider.h"

namespace tunegate::evaluations {

// What came of one call, as far as pace is concerned.
struct PaceOutcome {
  int64_t ticket = 0;     // as OnSend gave it
  bool troubled = false;  // retried, or failed for lack of capacity
  std::optional<absl::Duration> retry_after;
  providers::RateLimits limits;
  int64_t tokens = 0;  // in and out
};

class Pacer {
 public:
  explicit Pacer(int max_in_flight);

  // Whether another call may be sent while `in_flight` are out. Times are monotonic.
  bool MaySend(int in_flight, absl::Duration now) const;
  // Call it for each call that is sent; the ticket goes into its outcome.
  int64_t OnSend() { return ++sent_; }
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

  void Judge();
  void Learn(const PaceOutcome& outcome, absl::Duration now);
  // How many calls of `cost` the allowance still bears; unlimited once it has been reset.
  bool Bears(const std::optional<Allowance>& allowance, double cost, absl::Duration now) const;

  const int max_in_flight_;
  double window_;
  int64_t sent_ = 0;
  int round_calls_ = 0;
  int round_troubles_ = 0;
  absl::Duration hold_until_ = -absl::InfiniteDuration();
  double tokens_per_call_ = 0;  // smoothed; 0: unknown
  std::optional<Allowance> requests_;
  std::optional<Allowance> tokens_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_PACER_H_
