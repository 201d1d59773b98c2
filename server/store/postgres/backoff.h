// How to wait for a database that is away: a little longer each time, never beyond a caller's
// patience, and not at all once the store is being closed.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_BACKOFF_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_BACKOFF_H_

#include "absl/time/time.h"
#include "common/mutex.h"

namespace tunegate::store::postgres {

// Raised once. Thread-safe.
class StopFlag {
 public:
  void Raise();
  bool raised() const;
  // Returns after `duration`, or at once when it is raised; raised().
  bool AwaitFor(absl::Duration duration);

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  bool raised_ ABSL_GUARDED_BY(mutex_) = false;
};

// One caller's waiting; its patience begins with the first failure. Not thread-safe.
class Backoff {
 public:
  // `stop` outlives it.
  Backoff(absl::Duration patience, StopFlag* stop) : patience_(patience), stop_(stop) {}

  // Waits before the next attempt: 50 ms, doubled up to 2 s. False, without waiting, when patience
  // is at its end.
  bool Wait();

 private:
  absl::Duration patience_;
  StopFlag* stop_;
  absl::Duration delay_;
  absl::Duration end_;  // of patience, by the monotonic clock; zero before the first failure
};

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_BACKOFF_H_
