// RunnerTest: a runner on a store in a directory of the test's, under a clock that the test moves.
#ifndef TUNEGATE_SERVER_RUNNER_RUNNER_FIXTURE_H_
#define TUNEGATE_SERVER_RUNNER_RUNNER_FIXTURE_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "common/clock.h"
#include "common/mutex.h"
#include "gtest/gtest.h"
#include "server/runner/runner.h"
#include "server/store/test_store.h"

namespace tunegate::runner {

using store::Lease;
using store::Store;
using store::Transaction;

// What a test waits for, with a limit that only a hanging test reaches.
class Signal {
 public:
  void Raise() {
    MutexLock lock(mutex_);
    ++count_;
    changed_.NotifyAll();
  }
  // `done` is asked again whenever somebody raises the signal.
  testing::AssertionResult Await(const std::function<bool()>& done) {
    MutexLock lock(mutex_);
    if (changed_.WaitFor(lock, absl::Seconds(60), done)) return testing::AssertionSuccess();
    return testing::AssertionFailure() << "did not happen";
  }
  testing::AssertionResult AwaitCount(int count) {
    return Await([&] { return count_ >= count; });
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

class FunctionStepper : public Stepper {
 public:
  using Function = std::function<absl::Status(const Lease&, const StopSignal&)>;
  explicit FunctionStepper(Function function) : function_(std::move(function)) {}
  absl::Status Step(const Lease& lease, const StopSignal& stop) override {
    return function_(lease, stop);
  }

 private:
  const Function function_;
};

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() : store_(store::OpenTestStore(&clock_)) {
    options_.owner = "server-1";
    options_.max_idle = absl::Hours(1);  // so that tests see what pokes do
  }

  // Stops the runner at the end of a test's scope, before what its steps refer to goes.
  class Running {
   public:
    explicit Running(Runner* runner) : runner_(*runner) {}
    Running(const Running&) = delete;
    ~Running() { runner_.Stop(); }

   private:
    Runner& runner_;
  };

  // Starts a runner whose steps of "jobs" are `step`; commits poke it.
  [[nodiscard]] Running Start(FunctionStepper::Function step, int threads = 4,
                              Store* store = nullptr) {
    stepper_ = std::make_unique<FunctionStepper>(std::move(step));
    RunnerOptions options = options_;
    options.threads = threads;
    runner_ = std::make_unique<Runner>(store == nullptr ? store_.get() : store,
                                       std::map<std::string, Stepper*>{{"jobs", stepper_.get()}},
                                       options);
    store_->SetCommitListener([this] {
      runner_->Poke();
      committed_.Raise();
    });
    runner_->Start();
    return Running(runner_.get());
  }
  void TearDown() override { store_->SetCommitListener(nullptr); }

  void Schedule(const std::string& name) {
    Transaction transaction;
    transaction.schedule.push_back({.name = name, .delay = absl::ZeroDuration()});
    ASSERT_TRUE(store_->Commit(std::move(transaction)).ok());
  }
  absl::Status Finish(const Lease& lease) {
    Transaction transaction;
    transaction.lease = lease;
    transaction.finish.push_back(lease.name);
    return store_->Commit(std::move(transaction)).status();
  }
  absl::Status ScheduleUnder(const Lease& lease, absl::Duration delay) {
    Transaction transaction;
    transaction.lease = lease;
    transaction.schedule.push_back({.name = lease.name, .delay = delay});
    return store_->Commit(std::move(transaction)).status();
  }
  void AdvanceAndPoke(absl::Duration by) {
    clock_.Advance(by);
    runner_->Poke();
  }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  std::unique_ptr<Store> store_;
  std::unique_ptr<FunctionStepper> stepper_;
  RunnerOptions options_;
  Signal committed_;
  Signal stepped_;
  std::unique_ptr<Runner> runner_;
};

}  // namespace tunegate::runner

#endif  // TUNEGATE_SERVER_RUNNER_RUNNER_FIXTURE_H_
