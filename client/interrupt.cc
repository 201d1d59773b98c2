#include "client/interrupt.h"

#include <utility>

namespace tunegate::client {

void Interrupt::Trigger() {
  MutexLock lock(mutex_);
  if (triggered_) return;
  triggered_ = true;
  for (const auto& [id, action] : actions_) action();
  changed_.NotifyAll();
}

bool Interrupt::Triggered() const {
  MutexLock lock(mutex_);
  return triggered_;
}

bool Interrupt::WaitFor(absl::Duration duration) {
  MutexLock lock(mutex_);
  return changed_.WaitFor(lock, duration, [this] { return triggered_; });
}

Interrupt::Scope::Scope(Interrupt& interrupt, std::function<void()> action)
    : interrupt_(interrupt) {
  MutexLock lock(interrupt_.mutex_);
  id_ = interrupt_.next_id_++;
  if (interrupt_.triggered_) action();
  interrupt_.actions_.emplace(id_, std::move(action));
}

Interrupt::Scope::~Scope() {
  MutexLock lock(interrupt_.mutex_);
  interrupt_.actions_.erase(id_);
}

}  // namespace tunegate::client
