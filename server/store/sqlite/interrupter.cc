#include "server/store/sqlite/interrupter.h"

namespace tunegate::store {
namespace {

constexpr absl::Duration kLookInterval = absl::Milliseconds(20);

}  // namespace

Interrupter::Interrupter(Database* database, const StopCheck& stop) {
  if (stop) thread_ = std::thread([this, database, &stop] { Run(*database, stop); });
}

Interrupter::~Interrupter() {
  {
    MutexLock lock(mutex_);
    done_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void Interrupter::Run(Database& database, const StopCheck& stop) {
  const auto done = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return done_; };
  MutexLock lock(mutex_);
  while (!changed_.WaitFor(lock, kLookInterval, done)) {
    if (stop()) database.Interrupt();  // again and again: it may be between two statements
  }
}

}  // namespace tunegate::store
