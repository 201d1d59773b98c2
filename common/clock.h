// Clock: where time comes from. Injected everywhere, so that tests own it; only RealClock reads the
// machine's. The store, not this clock, decides about leases and due times across processes.
#ifndef TUNEGATE_COMMON_CLOCK_H_
#define TUNEGATE_COMMON_CLOCK_H_

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
  explicit FakeClock(absl::Time start) : start_(start), nanoseconds_(0) {}
  absl::Time Now() const override { return start_ + Monotonic(); }
  absl::Duration Monotonic() const override {
    return absl::Nanoseconds(__atomic_load_n(&nanoseconds_, __ATOMIC_SEQ_CST));
  }
  void Advance(absl::Duration by) {
    __atomic_add_fetch(&nanoseconds_, absl::ToInt64Nanoseconds(by), __ATOMIC_SEQ_CST);
  }

 private:
  absl::Time start_;
  int64_t nanoseconds_;
};

}  // namespace tunegate

#endif  // TUNEGATE_COMMON_CLOCK_H_
