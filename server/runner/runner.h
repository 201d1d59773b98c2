// Runner: makes durable work go on. It claims what is due under a lease, lets the kind's Stepper do
// one step, and goes on until stopped. A step that dies with its process is claimed again when its
// lease runs out; the fencing token (owner, attempt) keeps the dead one from writing.
#ifndef TUNEGATE_SERVER_RUNNER_RUNNER_H_
#define TUNEGATE_SERVER_RUNNER_RUNNER_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/store/store.h"

namespace tunegate::runner {

// Asks a long step to end early. Thread-safe.
class StopSignal {
 public:
  virtual ~StopSignal() = default;
  // True once the server drains: commit what there is, keep the work due, and return.
  virtual bool Stopping() const = 0;
};

// Knows how to make one step of one kind of resource.
class Stepper {
 public:
  virtual ~Stepper() = default;
  // Does one step of the work `lease.name`. It ends with a Commit that holds `lease` and either
  // schedules or finishes the work. An error means nothing was recorded: the runner tries again
  // with a growing delay (1 s to 1 min, doubled with each failure in a row) and logs it; except
  // LEASE_LOST, which means that another step goes on with the work. The runner renews the lease
  // while the step runs, up to RunnerOptions::longest_step; one that may last longer must commit
  // with keep_lease in between: when the lease has run out, the work is claimed again and this step
  // can no longer write. What must not be under way without a lease, also when this process
  // freezes, is sent with a time-out that ends before a lease that the step takes for it. A step
  // may come once too often, also for a resource that has ended: then it just finishes the work.
  // Called from the runner's threads, never twice at the same time for one name within a process.
  virtual absl::Status Step(const store::Lease& lease, const StopSignal& stop) = 0;
};

// How long work of a kind that has all its places waits for another look.
inline constexpr absl::Duration kTurn = absl::Seconds(1);

struct RunnerOptions {
  std::string owner;  // unique to this process
  int threads = 8;
  absl::Duration lease_duration = absl::Seconds(30);
  // The lease of a step is renewed for so long, from its begin: far beyond what a step takes whose
  // calls to a provider all time out. One that hangs for ever is given up then.
  absl::Duration longest_step = absl::Minutes(30);
  // Kinds of whose work at most so many steps run at the same time, by name. Kinds whose steps last
  // as long as their resource leave room for others that way; what is too much stays due and is
  // looked at again every kTurn.
  std::map<std::string, int> most_at_once = {};
  // How long to sleep at most when nothing is due (another process may have scheduled something).
  absl::Duration max_idle = absl::Seconds(1);
};

// Thread-safe. Start once. To end: BeginStop, AwaitSteps for as long as there is time, Stop (or the
// destructor), which lets running steps end however long they take.
class Runner {
 public:
  // Steppers by kind ("jobs"). `store` and the steppers outlive the runner.
  Runner(store::Store* store, std::map<std::string, Stepper*> steppers, RunnerOptions options);
  ~Runner();

  void Start();
  // Something was scheduled: look now. Does not block.
  void Poke();
  // No new claims from here on; signals Stopping to steps. What was claimed and not begun is
  // released, so that others take it at once. Does not block. Idempotent.
  void BeginStop();
  // After BeginStop: waits for running steps, at most `timeout` of real time. True when all have
  // returned.
  bool AwaitSteps(absl::Duration timeout);
  // BeginStop; returns when all steps have returned. Idempotent.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tunegate::runner

#endif  // TUNEGATE_SERVER_RUNNER_RUNNER_H_
