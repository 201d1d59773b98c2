#include "server/evaluations/run/sliding_minute.h"

#include <algorithm>

namespace tunegate::evaluations {

bool SlidingMinute::Bears(int64_t amount, absl::Duration now) {
  if (!limited()) return true;
  Forget(now);
  return sum_ == 0 || sum_ + amount <= limit_;
}

void SlidingMinute::Take(int64_t id, int64_t amount, absl::Duration now) {
  if (!limited()) return;
  Forget(now);
  entries_.push_back({id, amount, now});
  sum_ += amount;
}

void SlidingMinute::Correct(int64_t id, int64_t amount) {
  const auto entry =
      std::lower_bound(entries_.begin(), entries_.end(), id,
                       [](const Entry& one, int64_t wanted) { return one.id < wanted; });
  if (entry == entries_.end() || entry->id != id) return;
  sum_ += amount - entry->amount;
  entry->amount = amount;
}

void SlidingMinute::Forget(absl::Duration now) {
  while (!entries_.empty() && now - entries_.front().time >= kSlidingMinute) {
    sum_ -= entries_.front().amount;
    entries_.pop_front();
  }
}

}  // namespace tunegate::evaluations
