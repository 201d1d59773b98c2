// CallPump: keeps a provider busy. It holds calls that are ready to go (their intents are
// committed) and has as many in flight as the pacer allows; an answer's own callback sends the next
// call, with no other thread between. What is answered waits to be taken by the one thread that
// grades and commits.
//
//   CallPump pump({{provider, Pacer(64)}}, 64, &clock);
//   pump.Add(std::move(calls));
//   for (FinishedCall& call : pump.Take(CallPump::Wait{.more_to_come = true})) ...
//
// Calls are sent in the order in which they were added, but for two that threads send at the same
// moment; one that its provider does not bear yet holds up those behind it, so that pairs stay
// together.
//
// A call that waits for its next attempt holds no slot: others go meanwhile, and when it is due it
// goes before new ones. So a provider that fails now and then is kept as busy as a healthy one. At
// most kMostOutTimes as many calls as there are slots are out and not answered.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_CALL_PUMP_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_CALL_PUMP_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "common/clock.h"
#include "server/evaluations/run/pacer.h"
#include "server/providers/provider.h"

namespace tunegate::evaluations {

// A call that may be sent.
struct ReadyCall {
  size_t sequence = 0;  // its place in the plan: comes back with the answer
  size_t lane = 0;      // which provider is asked
  providers::ChatCall chat;
};

// A call that has been answered, well or not.
struct FinishedCall {
  size_t sequence = 0;
  size_t lane = 0;
  providers::ChatAnswer answer;
  absl::Duration user_time;  // from the wish to ask to the answer in hand
  absl::Time time;           // when the answer was in hand
};

// A provider with its pace.
struct PumpLane {
  providers::Provider* provider = nullptr;
  Pacer pacer;
};

inline constexpr size_t kMostOutTimes = 8;

// Thread-safe, but for one thread that adds and takes. After its destruction answers that are still
// to come are dropped: they do no harm as long as the providers and the clock live.
class CallPump {
 public:
  // How long Take waits. Durations are of real time.
  struct Wait {
    // Gathers answers for so long, unless `enough` are there or slots run dry.
    absl::Duration gather = absl::Milliseconds(25);
    // Then gives up waiting for the first one after so long.
    absl::Duration idle = absl::Milliseconds(100);
    size_t enough = 512;
    // The caller has calls to add: slots that run dry are a reason to return at once.
    bool more_to_come = false;
  };

  CallPump(std::vector<PumpLane> lanes, int max_in_flight, const Clock* clock);
  ~CallPump();
  CallPump(const CallPump&) = delete;
  CallPump& operator=(const CallPump&) = delete;

  // What a lane was asked before, for the pacer's limits: so long ago, by rising time. Before Add.
  void Remember(size_t lane, absl::Duration ago, int64_t attempts, int64_t tokens);

  // No attempt begins from this monotonic time of the clock on: the lease under which calls are
  // sent may be another's then. Until it is said, there is no such time.
  void SendUntil(absl::Duration time);

  // Sends what may be sent at once, keeps the rest.
  void Add(std::vector<ReadyCall> calls);

  // The answers since the last Take, in order of arrival. Returns at once when nothing is out or
  // kept.
  std::vector<FinishedCall> Take(const Wait& wait);

  // Whether slots stood empty for want of calls since the last time this was asked.
  bool TookStarved();

  // How many calls are out and wait for their next attempt.
  size_t BackingOff() const;

  // Sends nothing more, no further attempts either: calls that wait for one end with their last
  // failure when it is due. Gives back the sequences of what was never sent.
  std::vector<size_t> Stop();
  // After Stop: waits for what is out, at most `timeout` of real time, and takes it.
  std::vector<FinishedCall> Drain(absl::Duration timeout);

 private:
  struct State;
  class Gate;
  std::shared_ptr<State> state_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_CALL_PUMP_H_
