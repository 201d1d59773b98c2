#include "server/store/postgres/backoff.h"

#include <algorithm>

#include "common/clock.h"

namespace tunegate::store::postgres {
namespace {

constexpr absl::Duration kFirstDelay = absl::Milliseconds(50);
constexpr absl::Duration kLongestDelay = absl::Seconds(2);

}  // namespace

void StopFlag::Raise() {
  MutexLock lock(mutex_);
  raised_ = true;
  changed_.NotifyAll();
}

bool StopFlag::raised() const {
  MutexLock lock(mutex_);
  return raised_;
}

bool StopFlag::AwaitFor(absl::Duration duration) {
  MutexLock lock(mutex_);
  return changed_.WaitFor(lock, duration, [&] { return raised_; });
}

bool Backoff::Wait() {
  const absl::Duration now = RealClock().Monotonic();
  if (end_ == absl::ZeroDuration()) end_ = now + patience_;
  if (now >= end_) return false;
  delay_ = std::clamp(2 * delay_, kFirstDelay, kLongestDelay);
  return !stop_->AwaitFor(std::min(delay_, end_ - now));
}

}  // namespace tunegate::store::postgres
