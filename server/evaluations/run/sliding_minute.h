// SlidingMinute: how much has been taken within the last minute, against a limit that holds for any
// minute. Pure: time is an argument. Not thread-safe.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_SLIDING_MINUTE_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_SLIDING_MINUTE_H_

#include <cstdint>
#include <deque>

#include "absl/time/time.h"

namespace tunegate::evaluations {

// A second longer than a minute: what was sent may arrive late, and what follows it early.
inline constexpr absl::Duration kSlidingMinute = absl::Seconds(61);

class SlidingMinute {
 public:
  // 0: no limit.
  explicit SlidingMinute(int64_t limit) : limit_(limit) {}

  bool limited() const { return limit_ > 0; }
  // Whether `amount` more fits into the minute that ends now. What is larger than the limit fits
  // into an empty one: it would never go otherwise.
  bool Bears(int64_t amount, absl::Duration now);
  // Takes it. `id` must rise from call to call, `now` must not fall.
  void Take(int64_t id, int64_t amount, absl::Duration now);
  // What `id` took was another amount, as is known now. Nothing when it is forgotten already.
  void Correct(int64_t id, int64_t amount);

 private:
  struct Entry {
    int64_t id;
    int64_t amount;
    absl::Duration time;
  };
  void Forget(absl::Duration now);

  const int64_t limit_;
  int64_t sum_ = 0;
  std::deque<Entry> entries_;  // by id
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_SLIDING_MINUTE_H_
