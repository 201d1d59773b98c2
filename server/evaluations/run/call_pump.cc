#include "server/evaluations/run/call_pump.h"

#include <deque>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "server/providers/failure.h"

namespace tunegate::evaluations {
namespace {

PaceOutcome PaceOf(const providers::ChatAnswer& answer, int64_t ticket) {
  PaceOutcome outcome;
  outcome.ticket = ticket;
  outcome.limits = answer.rate_limits;
  outcome.tokens = answer.input_tokens + answer.output_tokens;
  outcome.troubled = answer.attempts > 1;
  if (answer.status.ok()) return outcome;
  if (providers::ConsequenceOf(answer.status) == providers::Consequence::kTryAgain) {
    outcome.troubled = true;
    outcome.retry_after = DetailsOf(answer.status).retry_delay;
  }
  return outcome;
}

}  // namespace

// Shared with the callbacks of calls that are out, which may come after the pump has gone.
struct CallPump::State : std::enable_shared_from_this<CallPump::State> {
  State(std::vector<PumpLane> the_lanes, int max, const Clock* the_clock)
      : max_in_flight(static_cast<size_t>(max)), clock(the_clock), lanes(std::move(the_lanes)) {
    lane_in_flight.resize(lanes.size(), 0);
  }

  // A call that has just been counted as out.
  struct Outgoing {
    ReadyCall call;
    providers::Provider* provider;
    int64_t ticket;
    absl::Duration begin;
  };

  // The next call that may go now; nullopt when none may.
  std::optional<Outgoing> Next() {
    MutexLock lock(mutex);
    if (stopping || in_flight >= max_in_flight) return std::nullopt;
    if (ready.empty()) {
      starved = true;
      return std::nullopt;
    }
    const size_t lane = ready.front().lane;
    const absl::Duration now = clock->Monotonic();
    if (!lanes[lane].pacer.MaySend(lane_in_flight[lane], now)) return std::nullopt;
    Outgoing outgoing{std::move(ready.front()), lanes[lane].provider, lanes[lane].pacer.OnSend(),
                      now};
    ready.pop_front();
    ++in_flight;
    ++lane_in_flight[lane];
    return outgoing;
  }

  void SendAll() {
    while (std::optional<Outgoing> next = Next()) {
      providers::Provider* const provider = next->provider;
      auto done = [self = shared_from_this(), sequence = next->call.sequence,
                   lane = next->call.lane, ticket = next->ticket,
                   begin = next->begin](providers::ChatAnswer answer) {
        self->OnDone(sequence, lane, ticket, begin, std::move(answer));
      };
      provider->Complete(std::move(next->call.chat), std::move(done));
    }
  }

  // On the provider's own thread.
  void OnDone(size_t sequence, size_t lane, int64_t ticket, absl::Duration begin,
              providers::ChatAnswer answer) {
    const absl::Duration now = clock->Monotonic();
    const PaceOutcome pace = PaceOf(answer, ticket);
    FinishedCall call{sequence, lane, std::move(answer), now - begin, clock->Now()};
    {
      MutexLock lock(mutex);
      lanes[lane].pacer.OnAnswer(pace, now);
      --in_flight;
      --lane_in_flight[lane];
      finished.push_back(std::move(call));
    }
    SendAll();
    bool wake;
    {
      MutexLock lock(mutex);
      wake = finished.size() >= wake_at || Idle() || (wake_when_dry && Dry());
    }
    if (wake) changed.NotifyOne();
  }

  bool Idle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return in_flight == 0 && (ready.empty() || stopping);
  }
  bool Dry() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return ready.empty() && in_flight < max_in_flight;
  }

  const size_t max_in_flight;
  const Clock* const clock;
  Mutex mutex;
  CondVar changed;
  std::vector<PumpLane> lanes ABSL_GUARDED_BY(mutex);
  std::vector<int> lane_in_flight ABSL_GUARDED_BY(mutex);
  std::deque<ReadyCall> ready ABSL_GUARDED_BY(mutex);
  std::vector<FinishedCall> finished ABSL_GUARDED_BY(mutex);
  size_t in_flight ABSL_GUARDED_BY(mutex) = 0;
  bool starved ABSL_GUARDED_BY(mutex) = false;
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  // What the taking thread waits for: answers wake it only when it has a reason to look, since each
  // waking costs as much as sending a call.
  size_t wake_at ABSL_GUARDED_BY(mutex) = 1;
  bool wake_when_dry ABSL_GUARDED_BY(mutex) = false;
};

CallPump::CallPump(std::vector<PumpLane> lanes, int max_in_flight, const Clock* clock)
    : state_(std::make_shared<State>(std::move(lanes), max_in_flight, clock)) {}

CallPump::~CallPump() { Stop(); }

void CallPump::Add(std::vector<ReadyCall> calls) {
  {
    MutexLock lock(state_->mutex);
    for (ReadyCall& call : calls) state_->ready.push_back(std::move(call));
  }
  state_->SendAll();
}

std::vector<FinishedCall> CallPump::Take(const Wait& wait) {
  // Time alone may have made sending possible.
  state_->SendAll();
  State& state = *state_;
  MutexLock lock(state.mutex);
  state.wake_at = wait.enough;
  state.wake_when_dry = wait.more_to_come;
  const auto ready = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(state.mutex) {
    return state.finished.size() >= state.wake_at || state.Idle() ||
           (state.wake_when_dry && state.Dry());
  };
  if (!state.changed.WaitFor(lock, wait.gather, ready)) {
    state.wake_at = 1;
    (void)state.changed.WaitFor(lock, wait.idle, ready);
  }
  return std::exchange(state.finished, {});
}

bool CallPump::TookStarved() {
  MutexLock lock(state_->mutex);
  return std::exchange(state_->starved, false);
}

std::vector<size_t> CallPump::Stop() {
  MutexLock lock(state_->mutex);
  state_->stopping = true;
  std::vector<size_t> unsent;
  for (const ReadyCall& call : state_->ready) unsent.push_back(call.sequence);
  state_->ready.clear();
  return unsent;
}

std::vector<FinishedCall> CallPump::Drain(absl::Duration timeout) {
  State& state = *state_;
  MutexLock lock(state.mutex);
  state.wake_at = static_cast<size_t>(-1);
  state.wake_when_dry = false;
  (void)state.changed.WaitFor(lock, timeout, [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(state.mutex) {
    return state.in_flight == 0;
  });
  return std::exchange(state.finished, {});
}

}  // namespace tunegate::evaluations
