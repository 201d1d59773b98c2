// Clock: where time comes from. Injected everywhere, so that tests own it; only RealClock reads the
// machine's. The store, not this clock, decides about leases and due times across processes.
#ifndef TUNEGATE_COMMON_CLOCK_H_
#define TUNEGATE_COMMON_CLOCK_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"

namespace tunegate {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  // Wall-clock time, UTC.
  virtual absl::Time Now() const = 0;
  // Time since an arbitrary start that never runs backwards: for measuring how long something took.
  virtual absl::Duration Monotonic() const = 0;
};

// The machine's clock. Lives for ever.
const Clock& RealClock();

// A clock that stands still until told to move. Thread-safe.
class FakeClock : public Clock {
 public:
  explicit FakeClock(absl::Time start) : start_(start) {}
  absl::Time Now() const override { return start_ + Monotonic(); }
  absl::Duration Monotonic() const override { return absl::Nanoseconds(nanoseconds_.load()); }
  void Advance(absl::Duration by) { nanoseconds_ += absl::ToInt64Nanoseconds(by); }

 private:
  const absl::Time start_;
  std::atomic<int64_t> nanoseconds_{0};
};

}  // namespace tunegate

#endif  // TUNEGATE_COMMON_CLOCK_H_
