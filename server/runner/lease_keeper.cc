#include "server/runner/lease_keeper.h"

#include <utility>

#include "common/clock.h"
#include "common/errors.h"
#include "common/log.h"

namespace tunegate::runner {

using store::Lease;

LeaseKeeper::LeaseKeeper(store::Store* store, absl::Duration lease_duration, absl::Duration longest)
    : store_(*store), lease_duration_(lease_duration), longest_(longest) {}

LeaseKeeper::~LeaseKeeper() { Stop(); }

void LeaseKeeper::Start() {
  thread_ = std::thread([this] { RenewUntilStopped(); });
}

void LeaseKeeper::Stop() {
  {
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void LeaseKeeper::Hold(const Lease& lease) {
  MutexLock lock(mutex_);
  held_[lease.name] = {lease, store_.clock().Monotonic()};
}

void LeaseKeeper::LetGo(const Lease& lease) {
  MutexLock lock(mutex_);
  held_.erase(lease.name);
}

void LeaseKeeper::RenewUntilStopped() {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (changed_.WaitFor(lock, lease_duration_ / 3, [&] { return stopping_; })) return;
    }
    for (const Lease& lease : Due()) Renew(lease);
  }
}

std::vector<Lease> LeaseKeeper::Due() {
  std::vector<Lease> due;
  MutexLock lock(mutex_);
  const absl::Duration now = store_.clock().Monotonic();
  for (auto held = held_.begin(); held != held_.end();) {
    const Lease& lease = held->second.lease;
    if (now - held->second.since < longest_) {
      due.push_back(lease);
      ++held;
      continue;
    }
    log::Warning("a step does not end; its lease is left to run out",
                 {{"resource", lease.name}, {"attempt", lease.attempt}});
    held = held_.erase(held);
  }
  return due;
}

void LeaseKeeper::Renew(const Lease& lease) {
  store::Transaction renewal;
  renewal.lease = lease;
  renewal.keep_lease = true;
  renewal.lease_duration = lease_duration_;
  const absl::Status renewed = store_.Commit(std::move(renewal)).status();
  // Lost: the step has ended meanwhile, or another took the work over, which the step will hear.
  if (renewed.ok() || DetailsOf(renewed).reason == "LEASE_LOST") return;
  log::Warning("cannot renew the lease of a step",
               {{"resource", lease.name}, {"error", std::string(renewed.message())}});
}

}  // namespace tunegate::runner
