#include "server/runner/runner.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/errors.h"
#include "common/log.h"
#include "common/mutex.h"
#include "server/metrics/catalogue.h"
#include "server/runner/lease_keeper.h"

namespace tunegate::runner {
namespace {

using store::ClaimedWork;
using store::Lease;

constexpr absl::Duration kFirstRetryDelay = absl::Seconds(1);
constexpr absl::Duration kLongestRetryDelay = absl::Minutes(1);

// After the `failures`-th failure in a row, from 1.
absl::Duration RetryDelay(int failures) {
  absl::Duration delay = kFirstRetryDelay;
  for (int i = 1; i < failures && delay < kLongestRetryDelay; ++i) delay *= 2;
  return std::min(delay, kLongestRetryDelay);
}

bool IsLeaseLost(const absl::Status& status) {
  return absl::IsAborted(status) && DetailsOf(status).reason == "LEASE_LOST";
}

}  // namespace

// One thread claims; `threads` others make the steps. What is claimed and not yet begun waits in
// ready_, of which there is never more than there are free threads.
class Runner::Impl : public StopSignal {
 public:
  Impl(store::Store* store, std::map<std::string, Stepper*> steppers, RunnerOptions options)
      : store_(*store),
        steppers_(std::move(steppers)),
        options_(std::move(options)),
        leases_(store, options_.lease_duration, options_.longest_step) {
    options_.threads = std::max(options_.threads, 1);
  }
  ~Impl() override { Stop(); }

  bool Stopping() const override { return stop_steps_.load(); }

  void Start() {
    {
      MutexLock lock(mutex_);
      claiming_ = true;
    }
    leases_.Start();
    claimer_ = std::thread([this] { ClaimUntilStopped(); });
    for (int i = 0; i < options_.threads; ++i) {
      workers_.emplace_back([this] { WorkUntilStopped(); });
    }
  }

  void Poke() {
    MutexLock lock(mutex_);
    poked_ = true;
    changed_.NotifyAll();
  }

  void BeginStop() {
    stop_steps_ = true;
    MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }

  bool AwaitSteps(absl::Duration timeout) {
    MutexLock lock(mutex_);
    return changed_.WaitFor(lock, timeout, [&] { return running_.empty() && !claiming_; });
  }

  void Stop() {
    BeginStop();
    if (claimer_.joinable()) claimer_.join();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
    leases_.Stop();  // after the last step: those that are waited for keep their leases
    ReleaseUnbegun();
  }

 private:
  void ClaimUntilStopped() {
    while (ClaimOnce()) continue;
    // Not at the end of Stop, for which a step may keep us waiting.
    ReleaseUnbegun();
    MutexLock lock(mutex_);
    claiming_ = false;
    changed_.NotifyAll();
  }

  // False when stopping.
  bool ClaimOnce() {
    const int free = AwaitFreeThread();
    if (free == 0) return false;
    auto claimed = store_.ClaimWork(options_.owner, options_.lease_duration, free);
    if (!claimed.ok()) {
      log::Warning("cannot claim work", {{"error", std::string(claimed.status().message())}});
      Idle(options_.max_idle);
      return true;
    }
    const bool all_taken = static_cast<int>(claimed->size()) == free;
    Accept(*std::move(claimed));
    if (!all_taken) Idle(UntilNextDue());
    return true;
  }

  // Blocks; the number of free threads, 0 when stopping.
  int AwaitFreeThread() {
    MutexLock lock(mutex_);
    changed_.Wait(lock, [&] { return stopping_ || FreeThreads() > 0; });
    // From here on: what is scheduled after the claim that follows pokes anew.
    poked_ = false;
    return stopping_ ? 0 : FreeThreads();
  }

  int FreeThreads() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return options_.threads - static_cast<int>(running_.size() + ready_.size());
  }

  absl::Duration UntilNextDue() {
    const auto next = store_.NextDue();
    if (!next.ok() || !next->has_value()) return options_.max_idle;
    return std::clamp(**next, absl::ZeroDuration(), options_.max_idle);
  }

  void Idle(absl::Duration at_most) {
    MutexLock lock(mutex_);
    changed_.WaitFor(lock, at_most, [&] { return stopping_ || poked_; });
  }

  void Accept(std::vector<ClaimedWork> claimed) {
    metrics::Catalogue& metrics = metrics::TheCatalogue();
    for (const ClaimedWork& work : claimed) {
      const std::string_view kind = store::KindOf(work.lease.name);
      metrics.claims.Of({kind}).Add();
      metrics.claim_delay.Of({kind}).Observe(
          std::max(store_.clock().Now() - work.due_time, absl::ZeroDuration()));
    }
    std::vector<Lease> too_many;
    {
      MutexLock lock(mutex_);
      for (ClaimedWork& work : claimed) AcceptOne(std::move(work.lease), too_many);
      changed_.NotifyAll();
    }
    for (Lease& lease : too_many) Postpone(std::move(lease));
  }

  // Others of its kind have all the places: it waits for its turn without holding anything.
  void Postpone(Lease lease) {
    store::Transaction wait;
    wait.schedule.push_back({.name = lease.name, .delay = kTurn});
    wait.lease = std::move(lease);
    // On failure its lease runs out, and it is claimed again.
    (void)store_.Commit(std::move(wait));
  }

  bool HasPlace(std::string_view kind) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto most = options_.most_at_once.find(std::string(kind));
    if (most == options_.most_at_once.end()) return true;
    const auto of_kind = [&](std::string_view name) { return store::KindOf(name) == kind; };
    const auto taken = std::count_if(running_.begin(), running_.end(), of_kind) +
                       std::count_if(ready_.begin(), ready_.end(),
                                     [&](const Lease& lease) { return of_kind(lease.name); });
    return taken < most->second;
  }

  void AcceptOne(Lease lease, std::vector<Lease>& too_many) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    // A lease that ran out is claimed again, perhaps by ourselves. The step that overran cannot
    // write any more; the next one waits for it to return.
    if (running_.contains(lease.name)) {
      overrun_[lease.name] = std::move(lease);
      return;
    }
    const auto same = std::find_if(ready_.begin(), ready_.end(), [&](const Lease& waiting) {
      return waiting.name == lease.name;
    });
    if (same != ready_.end()) {
      *same = std::move(lease);
    } else if (HasPlace(store::KindOf(lease.name))) {
      ready_.push_back(std::move(lease));
    } else {
      too_many.push_back(std::move(lease));
    }
  }

  void WorkUntilStopped() {
    while (true) {
      Lease lease;
      {
        MutexLock lock(mutex_);
        changed_.Wait(lock, [&] { return stopping_ || !ready_.empty(); });
        if (stopping_) return;
        lease = std::move(ready_.front());
        ready_.pop_front();
        running_.insert(lease.name);
      }
      leases_.Hold(lease);
      RunStep(lease);
      leases_.LetGo(lease);
      MutexLock lock(mutex_);
      running_.erase(lease.name);
      if (auto next = overrun_.extract(lease.name)) ready_.push_front(std::move(next.mapped()));
      poked_ = true;  // what the step scheduled may be due already
      changed_.NotifyAll();
    }
  }

  void RunStep(const Lease& lease) {
    const log::Scope scope({{"resource", lease.name}, {"attempt", lease.attempt}});
    const absl::Status status = CountedStep(lease);
    if (status.ok() || IsLeaseLost(status)) {
      ForgetFailures(lease.name);
      if (!status.ok()) log::Info("a step was overtaken: another holds its lease now");
      return;
    }
    const int failures = CountFailure(lease.name);
    // What fails while this server stops may well succeed on another.
    const absl::Duration delay = Stopping() ? absl::ZeroDuration() : RetryDelay(failures);
    log::Warning(
        "a step failed and will be repeated",
        {{"error", absl::StrCat(absl::StatusCodeToString(status.code()), ": ", status.message())},
         {"failures", failures},
         {"retry_in", absl::FormatDuration(delay)}});
    store::Transaction retry;
    retry.lease = lease;
    retry.schedule.push_back({.name = lease.name, .delay = delay});
    const absl::Status recorded = store_.Commit(std::move(retry)).status();
    if (!recorded.ok() && !IsLeaseLost(recorded)) {
      // It is repeated all the same, when the lease has run out.
      log::Warning("cannot record when to repeat a step",
                   {{"error", std::string(recorded.message())}});
    }
  }

  absl::Status CountedStep(const Lease& lease) {
    metrics::Catalogue& metrics = metrics::TheCatalogue();
    const std::string_view kind = store::KindOf(lease.name);
    const metrics::InFlight in_flight(metrics.steps_in_flight.Of({kind}));
    const absl::Duration begin = RealClock().Monotonic();
    const absl::Status status = Step(lease);
    metrics.step_seconds.Of({kind}).Observe(RealClock().Monotonic() - begin);
    const std::string_view outcome = status.ok()           ? "done"
                                     : IsLeaseLost(status) ? "overtaken"
                                                           : "failed";
    metrics.steps.Of({kind, outcome}).Add();
    return status;
  }

  absl::Status Step(const Lease& lease) {
    const auto stepper = steppers_.find(std::string(store::KindOf(lease.name)));
    if (stepper == steppers_.end()) {
      return FailedPrecondition("KIND_UNKNOWN",
                                absl::StrCat("this server has no code for '", lease.name,
                                             "'; a newer version may have made it"));
    }
    return stepper->second->Step(lease, *this);
  }

  int CountFailure(const std::string& name) {
    MutexLock lock(mutex_);
    return ++failures_[name];
  }

  void ForgetFailures(const std::string& name) {
    MutexLock lock(mutex_);
    failures_.erase(name);
  }

  // So that others need not wait for the leases to run out. Nothing is begun any more.
  void ReleaseUnbegun() {
    std::vector<Lease> unbegun;
    {
      MutexLock lock(mutex_);
      unbegun.assign(ready_.begin(), ready_.end());
      for (auto& [name, lease] : overrun_) unbegun.push_back(lease);
      ready_.clear();
      overrun_.clear();
    }
    for (Lease& lease : unbegun) {
      store::Transaction release;
      release.lease = std::move(lease);
      // On failure they run out.
      (void)store_.Commit(std::move(release));
    }
  }

  store::Store& store_;
  const std::map<std::string, Stepper*> steppers_;
  RunnerOptions options_;
  LeaseKeeper leases_;

  std::atomic<bool> stop_steps_ = false;
  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool claiming_ ABSL_GUARDED_BY(mutex_) = false;  // its thread has not released everything yet
  bool poked_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<Lease> ready_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> running_ ABSL_GUARDED_BY(mutex_);
  // Claimed while an earlier step of the same name still runs.
  std::map<std::string, Lease> overrun_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, int> failures_ ABSL_GUARDED_BY(mutex_);  // in a row

  std::thread claimer_;
  std::vector<std::thread> workers_;
};

Runner::Runner(store::Store* store, std::map<std::string, Stepper*> steppers, RunnerOptions options)
    : impl_(std::make_unique<Impl>(store, std::move(steppers), std::move(options))) {}

Runner::~Runner() = default;

void Runner::Start() { impl_->Start(); }

void Runner::Poke() { impl_->Poke(); }

void Runner::BeginStop() { impl_->BeginStop(); }

bool Runner::AwaitSteps(absl::Duration timeout) { return impl_->AwaitSteps(timeout); }

void Runner::Stop() { impl_->Stop(); }

}  // namespace tunegate::runner
