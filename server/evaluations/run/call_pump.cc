#include "server/evaluations/run/call_pump.h"

#include <deque>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "server/metrics/catalogue.h"
#include "server/providers/failure.h"

namespace tunegate::evaluations {
namespace {

PaceOutcome PaceOf(const providers::ChatAnswer& answer) {
  PaceOutcome outcome;
  outcome.limits = answer.rate_limits;
  outcome.tokens = answer.input_tokens + answer.output_tokens;
  if (answer.status.ok()) {
    if (!answer.fresh_connection) outcome.response_time = answer.response_time;
    return outcome;
  }
  if (providers::ConsequenceOf(answer.status) == providers::Consequence::kTryAgain) {
    outcome.troubled = true;
    outcome.retry_after = DetailsOf(answer.status).retry_delay;
  }
  return outcome;
}

// A lane's part of the figure of calls that are allowed at a time, for as long as it lives.
class AllowedCalls {
 public:
  explicit AllowedCalls(const std::string& provider)
      : sum_(&metrics::TheCatalogue().chats_allowed.Of({provider})) {}
  AllowedCalls(AllowedCalls&& other) noexcept
      : sum_(other.sum_), part_(std::exchange(other.part_, 0)) {}
  AllowedCalls& operator=(AllowedCalls&&) = delete;
  ~AllowedCalls() { Set(0); }

  void Set(int part) {
    if (part != part_) sum_->Add(part - std::exchange(part_, part));
  }

 private:
  metrics::Gauge* sum_;
  int part_ = 0;
};

}  // namespace

// Shared with the callbacks of calls that are out, which may come after the pump has gone.
struct CallPump::State : std::enable_shared_from_this<CallPump::State> {
  State(std::vector<PumpLane> the_lanes, int max, const Clock* the_clock)
      : max_in_flight(static_cast<size_t>(max)), clock(the_clock) {
    for (PumpLane& lane : the_lanes) {
      AllowedCalls allowed(lane.provider->name());
      allowed.Set(lane.pacer.window());
      lanes.push_back({std::move(lane), std::move(allowed), 0, {}});
    }
  }

  // A call that was sent.
  struct Out {
    size_t sequence;
    size_t lane;
    absl::Duration begin;
    // Guarded by the state's mutex, as they change with it:
    int64_t ticket = 0;     // of its last attempt
    int back_offs = 0;      // attempts that failed
    bool under_way = true;  // an attempt is; otherwise it waits for one
  };
  // A call whose next attempt is due, and what lets it begin or ends it.
  struct Due {
    std::shared_ptr<Gate> gate;
    std::function<void(bool)> go;
  };
  struct Lane {
    PumpLane lane;
    AllowedCalls allowed;
    int in_flight = 0;
    std::deque<Due> due;
  };
  // What may go now: a first attempt, or a further one.
  struct Next {
    ReadyCall call;
    std::shared_ptr<Gate> gate;
    std::function<void(bool)> go;  // of a further one
    providers::Provider* provider;
  };

  std::optional<Next> ChooseNext();
  void SendAll();
  void OnBackOff(Out& out);
  void OnDue(const std::shared_ptr<Gate>& gate, std::function<void(bool)> go);
  // On the provider's own thread.
  void OnDone(Out& out, providers::ChatAnswer answer);

  void TellPace(Lane& lane) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    lane.allowed.Set(stopping ? 0 : lane.lane.pacer.window());
  }
  bool MaySend(Lane& lane) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void Begin(Lane& lane, Out& out) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  void End(Out& out) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  bool Idle() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return in_flight + waiting == 0 && (ready.empty() || stopping);
  }
  bool Dry() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return ready.empty() && in_flight < max_in_flight;
  }
  bool Wakes() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return finished.size() >= wake_at || Idle() || (wake_when_dry && Dry());
  }

  const size_t max_in_flight;
  const Clock* const clock;
  mutable Mutex mutex;
  CondVar changed;
  std::vector<Lane> lanes ABSL_GUARDED_BY(mutex);
  std::deque<ReadyCall> ready ABSL_GUARDED_BY(mutex);
  std::vector<FinishedCall> finished ABSL_GUARDED_BY(mutex);
  size_t in_flight ABSL_GUARDED_BY(mutex) = 0;  // attempts under way
  size_t waiting ABSL_GUARDED_BY(mutex) = 0;    // calls between two attempts
  bool starved ABSL_GUARDED_BY(mutex) = false;
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  absl::Duration send_until ABSL_GUARDED_BY(mutex) = absl::InfiniteDuration();
  // What the taking thread waits for: answers wake it only when it has a reason to look, since each
  // waking costs as much as sending a call.
  size_t wake_at ABSL_GUARDED_BY(mutex) = 1;
  bool wake_when_dry ABSL_GUARDED_BY(mutex) = false;
};

// One call's part of the state, which the provider asks about further attempts.
class CallPump::Gate final : public providers::RetryGate,
                             public std::enable_shared_from_this<Gate> {
 public:
  Gate(const State::Out& the_out, std::shared_ptr<State> state)
      : out(the_out), state_(std::move(state)) {}

  void OnBackOff() override { state_->OnBackOff(out); }
  void WhenFree(std::function<void(bool)> go) override {
    state_->OnDue(shared_from_this(), std::move(go));
  }
  void OnDone(providers::ChatAnswer answer) { state_->OnDone(out, std::move(answer)); }

  State::Out out;

 private:
  const std::shared_ptr<State> state_;
};

bool CallPump::State::MaySend(Lane& lane) {
  const absl::Duration now = clock->Monotonic();
  return in_flight < max_in_flight && now < send_until &&
         lane.lane.pacer.MaySend(lane.in_flight, now);
}

void CallPump::State::Begin(Lane& lane, Out& out) {
  out.ticket = lane.lane.pacer.OnSend(clock->Monotonic());
  out.under_way = true;
  ++in_flight;
  ++lane.in_flight;
}

void CallPump::State::End(Out& out) {
  if (!out.under_way) {
    --waiting;
    return;
  }
  --in_flight;
  --lanes[out.lane].in_flight;
}

std::optional<CallPump::State::Next> CallPump::State::ChooseNext() {
  MutexLock lock(mutex);
  if (stopping || in_flight >= max_in_flight) return std::nullopt;
  for (Lane& lane : lanes) {
    if (lane.due.empty() || !MaySend(lane)) continue;
    Due due = std::move(lane.due.front());
    lane.due.pop_front();
    --waiting;
    Begin(lane, due.gate->out);
    return Next{{}, std::move(due.gate), std::move(due.go), nullptr};
  }
  if (ready.empty()) {
    starved = true;
    return std::nullopt;
  }
  Lane& lane = lanes[ready.front().lane];
  if (in_flight + waiting >= max_in_flight * kMostOutTimes || !MaySend(lane)) return std::nullopt;
  ReadyCall call = std::move(ready.front());
  ready.pop_front();
  auto gate =
      std::make_shared<Gate>(Out{call.sequence, call.lane, clock->Monotonic()}, shared_from_this());
  Begin(lane, gate->out);
  return Next{std::move(call), std::move(gate), nullptr, lane.lane.provider};
}

void CallPump::State::SendAll() {
  while (std::optional<Next> next = ChooseNext()) {
    if (next->go != nullptr) {
      next->go(true);
      continue;
    }
    next->call.chat.gate = next->gate;
    next->provider->Complete(std::move(next->call.chat),
                             [gate = std::move(next->gate)](providers::ChatAnswer answer) {
                               gate->OnDone(std::move(answer));
                             });
  }
}

void CallPump::State::OnBackOff(Out& out) {
  {
    MutexLock lock(mutex);
    End(out);
    out.under_way = false;
    ++out.back_offs;
    ++waiting;
    lanes[out.lane].lane.pacer.OnBackOff(out.ticket);
    TellPace(lanes[out.lane]);
  }
  SendAll();
  bool wake;
  {
    MutexLock lock(mutex);
    wake = Wakes();
  }
  if (wake) changed.NotifyOne();
}

void CallPump::State::OnDue(const std::shared_ptr<Gate>& gate, std::function<void(bool)> go) {
  {
    MutexLock lock(mutex);
    if (!stopping) lanes[gate->out.lane].due.push_back({gate, std::exchange(go, nullptr)});
  }
  if (go != nullptr) return go(false);
  SendAll();
}

void CallPump::State::OnDone(Out& out, providers::ChatAnswer answer) {
  const absl::Duration now = clock->Monotonic();
  PaceOutcome pace = PaceOf(answer);
  FinishedCall call{out.sequence, out.lane, std::move(answer), now - out.begin, clock->Now()};
  {
    MutexLock lock(mutex);
    pace.ticket = out.ticket;
    // Attempts that failed before a good one, unless they were told of when they did.
    pace.troubled = pace.troubled || call.answer.attempts - 1 > out.back_offs;
    // A call that ended between two attempts was counted at the last one.
    if (out.under_way) lanes[out.lane].lane.pacer.OnAnswer(pace, now);
    TellPace(lanes[out.lane]);
    End(out);
    finished.push_back(std::move(call));
  }
  SendAll();
  bool wake;
  {
    MutexLock lock(mutex);
    wake = Wakes();
  }
  if (wake) changed.NotifyOne();
}

CallPump::CallPump(std::vector<PumpLane> lanes, int max_in_flight, const Clock* clock)
    : state_(std::make_shared<State>(std::move(lanes), max_in_flight, clock)) {}

CallPump::~CallPump() { Stop(); }

void CallPump::Remember(size_t lane, absl::Duration ago, int64_t attempts, int64_t tokens) {
  MutexLock lock(state_->mutex);
  const absl::Duration time = state_->clock->Monotonic() - ago;
  state_->lanes[lane].lane.pacer.Remember(attempts, tokens, time);
}

void CallPump::SendUntil(absl::Duration time) {
  {
    MutexLock lock(state_->mutex);
    state_->send_until = time;
  }
  state_->SendAll();
}

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
  const auto ready = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(state.mutex) { return state.Wakes(); };
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

size_t CallPump::BackingOff() const {
  MutexLock lock(state_->mutex);
  return state_->waiting;
}

std::vector<size_t> CallPump::Stop() {
  std::vector<size_t> unsent;
  std::vector<State::Due> due;
  {
    MutexLock lock(state_->mutex);
    state_->stopping = true;
    for (const ReadyCall& call : state_->ready) unsent.push_back(call.sequence);
    state_->ready.clear();
    for (State::Lane& lane : state_->lanes) {
      std::move(lane.due.begin(), lane.due.end(), std::back_inserter(due));
      lane.due.clear();
      state_->TellPace(lane);
    }
  }
  for (State::Due& one : due) one.go(false);
  return unsent;
}

std::vector<FinishedCall> CallPump::Drain(absl::Duration timeout) {
  State& state = *state_;
  MutexLock lock(state.mutex);
  state.wake_at = static_cast<size_t>(-1);
  state.wake_when_dry = false;
  (void)state.changed.WaitFor(lock, timeout, [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(state.mutex) {
    return state.in_flight + state.waiting == 0;
  });
  return std::exchange(state.finished, {});
}

}  // namespace tunegate::evaluations
