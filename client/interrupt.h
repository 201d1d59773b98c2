// Interrupt: the wish to leave (Ctrl-C), made known to whatever blocks: calls under way are
// cancelled, back-off ends. The program triggers it from its signal thread, tests from anywhere.
#ifndef TUNEGATE_CLIENT_INTERRUPT_H_
#define TUNEGATE_CLIENT_INTERRUPT_H_

#include <functional>
#include <map>

#include "absl/time/time.h"
#include "common/mutex.h"

namespace tunegate::client {

// Thread-safe. Once triggered it stays so. Not for signal handlers: it takes a lock.
class Interrupt {
 public:
  void Trigger();
  bool Triggered() const;
  // Sleeps for `duration`, less when triggered. Returns whether it was triggered.
  bool WaitFor(absl::Duration duration);

  // While it lives, Trigger calls `action` (once; at once when it was triggered before), with a
  // lock held: `action` must not block or come back here. After the destructor it no longer runs.
  class Scope {
   public:
    Scope(Interrupt& interrupt, std::function<void()> action);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    Interrupt& interrupt_;
    int id_;
  };

 private:
  mutable Mutex mutex_;
  CondVar changed_;
  bool triggered_ ABSL_GUARDED_BY(mutex_) = false;
  int next_id_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<int, std::function<void()>> actions_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tunegate::client

#endif  // TUNEGATE_CLIENT_INTERRUPT_H_
