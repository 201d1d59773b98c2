// LeaseKeeper: keeps the leases of steps that still run. A step may wait longer for a provider than
// its lease lasts; without this its work would be claimed again, and what it saw could not be
// recorded any more.
//
// Renewals come from a thread of this process. So they end with the process, also with one that is
// only frozen: its leases run out, others take the work over, and the fencing token keeps what
// wakes up again from writing.
#ifndef TUNEGATE_SERVER_RUNNER_LEASE_KEEPER_H_
#define TUNEGATE_SERVER_RUNNER_LEASE_KEEPER_H_

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/store/store.h"

namespace tunegate::runner {

// Thread-safe. Start once; the destructor stops.
class LeaseKeeper {
 public:
  // Renews every third of `lease_duration`, each lease for `longest` at most. `store` outlives it.
  LeaseKeeper(store::Store* store, absl::Duration lease_duration, absl::Duration longest);
  ~LeaseKeeper();

  void Start();
  // Renews nothing any more. Idempotent.
  void Stop();

  // From here on it is renewed.
  void Hold(const store::Lease& lease);
  // Its step has returned. A renewal that is under way fails when the step has released the lease.
  void LetGo(const store::Lease& lease);

 private:
  struct Held {
    store::Lease lease;
    absl::Duration since;  // the store's Monotonic
  };

  void RenewUntilStopped();
  // What is to be renewed now; forgets what was held too long.
  std::vector<store::Lease> Due();
  void Renew(const store::Lease& lease);

  store::Store& store_;
  const absl::Duration lease_duration_;
  const absl::Duration longest_;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, Held> held_ ABSL_GUARDED_BY(mutex_);  // by name
  std::thread thread_;
};

}  // namespace tunegate::runner

#endif  // TUNEGATE_SERVER_RUNNER_LEASE_KEEPER_H_
