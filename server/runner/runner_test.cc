#include "server/runner/runner.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "common/clock.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/metrics/catalogue.h"
#include "server/runner/runner_fixture.h"
#include "server/store/forwarding_store.h"
#include "server/store/test_store.h"

namespace tunegate::runner {
namespace {

TEST_F(RunnerTest, ScheduledWorkMakesAStep) {
  std::string name;
  const auto running = Start([&](const Lease& lease, const StopSignal&) {
    name = lease.name;
    const absl::Status status = Finish(lease);
    stepped_.Raise();
    return status;
  });
  Schedule("jobs/a");
  ASSERT_TRUE(stepped_.AwaitCount(1));
  EXPECT_EQ(name, "jobs/a");
}

TEST_F(RunnerTest, WorkThatWasDueBeforeTheStartIsFound) {
  Schedule("jobs/a");
  const auto running = Start([&](const Lease& lease, const StopSignal&) {
    stepped_.Raise();
    return Finish(lease);
  });
  ASSERT_TRUE(stepped_.AwaitCount(1));
}

TEST_F(RunnerTest, StepThatSchedulesItselfIsFollowedByTheNext) {
  std::atomic<int> steps = 0;
  const auto running = Start([&](const Lease& lease, const StopSignal&) {
    const absl::Status status =
        ++steps == 5 ? Finish(lease) : ScheduleUnder(lease, absl::ZeroDuration());
    stepped_.Raise();
    return status;
  });
  Schedule("jobs/a");
  ASSERT_TRUE(stepped_.AwaitCount(5));
}

TEST_F(RunnerTest, NextStepComesWhenItIsDueAndNotBefore) {
  std::atomic<int> steps = 0;
  const auto running = Start([&](const Lease& lease, const StopSignal&) {
    ++steps;
    const absl::Status status = ScheduleUnder(lease, absl::Minutes(5));
    stepped_.Raise();
    return status;
  });
  Schedule("jobs/a");
  ASSERT_TRUE(stepped_.AwaitCount(1));
  Schedule("jobs/b");
  ASSERT_TRUE(stepped_.AwaitCount(2));
  EXPECT_EQ(steps, 2) << "jobs/a was not due again";
  AdvanceAndPoke(absl::Minutes(5));
  ASSERT_TRUE(stepped_.AwaitCount(4));
}

TEST_F(RunnerTest, FailedStepIsRepeatedAfterDelaysThatGrowToAMinute) {
  std::atomic<bool> fail = true;
  const auto running = Start([&](const Lease& lease, const StopSignal&) -> absl::Status {
    stepped_.Raise();
    if (fail) return Unavailable("PROVIDER_DOWN", "no answer");
    return ScheduleUnder(lease, absl::Seconds(5));
  });
  Schedule("jobs/a");
  const auto await_due_in = [&](int seconds) {
    const auto expected = std::optional<absl::Duration>(absl::Seconds(seconds));
    return committed_.Await([&] { return store_->NextDue().value() == expected; });
  };
  for (const int seconds : {1, 2, 4, 8, 16, 32, 60}) {
    ASSERT_TRUE(await_due_in(seconds)) << seconds;
    AdvanceAndPoke(absl::Seconds(seconds));
  }
  ASSERT_TRUE(await_due_in(60));
  fail = false;
  AdvanceAndPoke(absl::Seconds(60));
  ASSERT_TRUE(await_due_in(5));
  fail = true;
  AdvanceAndPoke(absl::Seconds(5));
  ASSERT_TRUE(await_due_in(1)) << "a success starts the delays anew";
}

TEST_F(RunnerTest, WorkOfAnUnknownKindIsKeptForLater) {
  const auto running = Start([&](const Lease& lease, const StopSignal&) { return Finish(lease); });
  Schedule("gadgets/a");
  EXPECT_TRUE(committed_.Await(
      [&] { return store_->NextDue().value() == std::optional(absl::Seconds(1)); }));
}

TEST_F(RunnerTest, StepsRunAtTheSameTimeUpToTheNumberOfThreads) {
  std::atomic<int> steps = 0;
  std::atomic<int> most = 0;
  std::atomic<bool> go = false;
  const auto running = Start(
      [&](const Lease& lease, const StopSignal&) {
        const int now = ++steps;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        stepped_.Raise();
        EXPECT_TRUE(stepped_.Await([&] { return go.load(); }));
        --steps;
        return Finish(lease);
      },
      3);
  for (int i = 0; i < 10; ++i) Schedule("jobs/" + std::to_string(i));
  ASSERT_TRUE(stepped_.AwaitCount(3));
  go = true;
  stepped_.Raise();
  ASSERT_TRUE(stepped_.AwaitCount(11));
  EXPECT_EQ(most, 3);
}

TEST_F(RunnerTest, StepThatOverrunsItsLeaseIsFencedAndNeverRunsBesideItsSuccessor) {
  options_.longest_step = absl::ZeroDuration();  // as if nobody renewed it
  std::atomic<int> beside = 0;
  std::atomic<bool> go = false;
  std::atomic<bool> first = true;
  absl::Status overrun;
  const auto running = Start([&](const Lease& lease, const StopSignal&) {
    if (lease.name != "jobs/a") {
      stepped_.Raise();
      return Finish(lease);
    }
    EXPECT_EQ(++beside, 1);
    absl::Status status;
    if (first.exchange(false)) {
      stepped_.Raise();
      EXPECT_TRUE(stepped_.Await([&] { return go.load(); }));
      status = overrun = ScheduleUnder(lease, absl::Minutes(5));
    } else {
      status = Finish(lease);
    }
    --beside;
    stepped_.Raise();
    return status;
  });
  Schedule("jobs/a");
  ASSERT_TRUE(stepped_.AwaitCount(1));
  AdvanceAndPoke(absl::Seconds(31));
  // When this one makes its step, the other has been claimed again: it is due longer.
  Schedule("jobs/marker");
  ASSERT_TRUE(stepped_.AwaitCount(2));
  go = true;
  stepped_.Raise();
  ASSERT_TRUE(stepped_.AwaitCount(5));  // the raise above, the overrun step, its successor
  EXPECT_EQ(DetailsOf(overrun).reason, "LEASE_LOST");
}

// Sees leases renewed.
class StoreWithRenewals : public store::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::StatusOr<store::CommitResult> Commit(Transaction transaction) override {
    const bool renewal = transaction.keep_lease;
    auto result = ForwardingStore::Commit(std::move(transaction));
    if (renewal) {
      ++count;
      renewed.Raise();
    }
    return result;
  }
  // The first of two may have begun before what the test has just done.
  testing::AssertionResult AwaitNew() {
    return renewed.Await([this, wanted = count + 2] { return count >= wanted; });
  }
  std::atomic<int> count = 0;
  Signal renewed;
};

TEST_F(RunnerTest, StepThatOutlastsItsLeaseKeepsItAndCanRecordWhatItSaw) {
  StoreWithRenewals store(store_.get());
  options_.lease_duration = absl::Milliseconds(30);
  std::atomic<bool> go = false;
  absl::Status outcome = absl::UnknownError("not there yet");
  const auto running = Start(
      [&](const Lease& lease, const StopSignal&) {
        stepped_.Raise();
        EXPECT_TRUE(stepped_.Await([&] { return go.load(); }));
        outcome = ScheduleUnder(lease, absl::Minutes(5));
        return outcome;
      },
      4, &store);
  Schedule("jobs/a");
  ASSERT_TRUE(stepped_.AwaitCount(1));
  const auto outlast_a_lease = [&] {
    for (int i = 0; i < 3; ++i) {
      clock_.Advance(absl::Milliseconds(20));
      ASSERT_TRUE(store.AwaitNew());
    }
    EXPECT_THAT(*store_->ClaimWork("server-2", absl::Seconds(30), 1), testing::IsEmpty());
  };
  outlast_a_lease();
  runner_->BeginStop();
  outlast_a_lease();  // a server that drains waits for its steps
  go = true;
  stepped_.Raise();
  runner_->Stop();
  EXPECT_TRUE(outcome.ok()) << outcome;
}

TEST_F(RunnerTest, StepThatHangsForEverIsGivenUp) {
  options_.lease_duration = absl::Milliseconds(30);
  options_.longest_step = absl::Minutes(10);
  std::atomic<bool> go = false;
  absl::Status outcome;
  const auto running = Start([&](const Lease& lease, const StopSignal&) {
    stepped_.Raise();
    EXPECT_TRUE(stepped_.Await([&] { return go.load(); }));
    outcome = Finish(lease);
    return outcome;
  });
  Schedule("jobs/a");
  ASSERT_TRUE(stepped_.AwaitCount(1));
  clock_.Advance(absl::Minutes(10));
  const auto is_claimed = [&] {
    clock_.Advance(options_.lease_duration);
    return store_->ClaimWork("server-2", absl::Hours(1), 1)->size() == 1;
  };
  while (!is_claimed()) std::this_thread::yield();
  go = true;
  stepped_.Raise();
  runner_->Stop();
  EXPECT_EQ(DetailsOf(outcome).reason, "LEASE_LOST");
}

TEST_F(RunnerTest, StopAsksStepsToEndAndWaitsForThem) {
  std::atomic<bool> returned = false;
  const auto running = Start([&](const Lease& lease, const StopSignal& stop) {
    stepped_.Raise();
    EXPECT_TRUE(stepped_.Await([&] { return stop.Stopping(); }));
    const absl::Status status = ScheduleUnder(lease, absl::ZeroDuration());
    returned = true;
    return status;
  });
  Schedule("jobs/a");
  ASSERT_TRUE(stepped_.AwaitCount(1));
  std::thread waker([&] {
    // Stop is what sets the flag that the step waits for; raise until it has been seen.
    while (!returned) {
      stepped_.Raise();
      std::this_thread::yield();
    }
  });
  runner_->Stop();
  EXPECT_TRUE(returned);
  waker.join();
  EXPECT_EQ(store_->NextDue().value(), std::optional(absl::ZeroDuration()))
      << "what the step kept due can be claimed by others at once";
}

TEST_F(RunnerTest, StepThatHangsHoldsUpNothingButTheLastOfTheStop) {
  Schedule("jobs/a");
  std::atomic<bool> let_go = false;
  const auto running = Start([&](const Lease& lease, const StopSignal&) {
    stepped_.Raise();
    while (!let_go) std::this_thread::yield();
    return Finish(lease);
  });
  ASSERT_TRUE(stepped_.AwaitCount(1));
  runner_->BeginStop();
  EXPECT_FALSE(runner_->AwaitSteps(absl::Milliseconds(20)));
  Schedule("jobs/b");
  EXPECT_EQ(store_->ClaimWork("server-2", absl::Seconds(30), 1)->size(), 1u)
      << "others work on what is due";
  let_go = true;
  EXPECT_TRUE(runner_->AwaitSteps(absl::Seconds(60)));
}

TEST_F(RunnerTest, StepThatFailsWhileItsServerStopsIsDueAtOnce) {
  Schedule("jobs/a");
  const auto running = Start([&](const Lease&, const StopSignal& stop) -> absl::Status {
    stepped_.Raise();
    while (!stop.Stopping()) std::this_thread::yield();
    return Unavailable("BROKEN_OFF", "the provider was abandoned");
  });
  ASSERT_TRUE(stepped_.AwaitCount(1));
  runner_->Stop();
  EXPECT_EQ(store_->ClaimWork("server-2", absl::Seconds(30), 1)->size(), 1u);
}

TEST_F(RunnerTest, NothingIsClaimedAfterStop) {
  const auto running = Start([&](const Lease& lease, const StopSignal&) {
    stepped_.Raise();
    return Finish(lease);
  });
  runner_->Stop();
  Schedule("jobs/a");
  runner_->Poke();
  runner_->Stop();
  EXPECT_EQ(store_->ClaimWork("server-2", absl::Seconds(30), 1)->size(), 1u);
}

// Fails the first claims.
class StoreWithFailingClaims : public store::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::StatusOr<std::vector<store::ClaimedWork>> ClaimWork(std::string_view owner,
                                                            absl::Duration lease_duration,
                                                            int limit) override {
    if (failures_left-- > 0) return Unavailable("STORE_UNAVAILABLE", "not now");
    return ForwardingStore::ClaimWork(owner, lease_duration, limit);
  }
  std::atomic<int> failures_left = 3;
};

TEST_F(RunnerTest, StoreThatIsAwayForAWhileIsAskedAgain) {
  StoreWithFailingClaims away(store_.get());
  Schedule("jobs/a");
  const auto running = Start(
      [&](const Lease& lease, const StopSignal&) {
        stepped_.Raise();
        return Finish(lease);
      },
      4, &away);
  while (away.failures_left > 0) {
    runner_->Poke();
    std::this_thread::yield();
  }
  runner_->Poke();
  ASSERT_TRUE(stepped_.AwaitCount(1));
  runner_->Stop();
}

TEST_F(RunnerTest, ClaimsAndStepsAreCountedByKindAndOutcome) {
  metrics::Catalogue& metrics = metrics::TheCatalogue();
  const auto count = [&](const char* outcome) {
    return metrics.steps.Of({"jobs", outcome}).value();
  };
  const int64_t claims = metrics.claims.Of({"jobs"}).value();
  const int64_t done = count("done");
  const int64_t failed = count("failed");
  const double waited = metrics.claim_delay.Of({"jobs"}).sum();
  Schedule("jobs/a");
  clock_.Advance(absl::Seconds(40));
  {
    std::atomic<int> steps = 0;
    const auto running = Start([&](const Lease& lease, const StopSignal&) -> absl::Status {
      stepped_.Raise();
      if (++steps == 1) return Unavailable("BUSY", "not now");
      return Finish(lease);
    });
    ASSERT_TRUE(stepped_.AwaitCount(1));
    ASSERT_TRUE(committed_.Await([&] { return store_->NextDue().value() == absl::Seconds(1); }))
        << "when to repeat it";
    AdvanceAndPoke(absl::Seconds(1));
    ASSERT_TRUE(stepped_.AwaitCount(2));
  }
  EXPECT_EQ(metrics.claims.Of({"jobs"}).value(), claims + 2);
  EXPECT_EQ(count("failed"), failed + 1);
  EXPECT_EQ(count("done"), done + 1);
  EXPECT_GE(metrics.claim_delay.Of({"jobs"}).sum(), waited + 40);
  EXPECT_EQ(metrics.steps_in_flight.Of({"jobs"}).value(), 0);
}

TEST_F(RunnerTest, AKindThatLastsLeavesPlacesToOthersAndTakesItsTurns) {
  Mutex mutex;
  CondVar changed;
  bool may_end = false;
  int asking = 0, most = 0;
  std::set<std::string> ended;
  FunctionStepper evaluations([&](const Lease& lease, const StopSignal&) {
    {
      MutexLock lock(mutex);
      most = std::max(most, ++asking);
      changed.NotifyAll();
      changed.Wait(lock, [&] { return may_end; });
      --asking;
      ended.insert(lease.name);
    }
    return Finish(lease);
  });
  FunctionStepper jobs([&](const Lease& lease, const StopSignal&) {
    stepped_.Raise();
    return Finish(lease);
  });
  RunnerOptions options;
  options.owner = "server-1";
  options.threads = 3;
  options.most_at_once = {{"evaluations", 2}};
  options.max_idle = absl::Milliseconds(5);
  for (int i = 0; i < 17; ++i) Schedule("evaluations/" + std::to_string(i));
  Runner runner(store_.get(), {{"evaluations", &evaluations}, {"jobs", &jobs}}, options);
  runner.Start();
  {
    MutexLock lock(mutex);
    ASSERT_TRUE(changed.WaitFor(lock, absl::Seconds(60), [&] { return asking == 2; }));
  }
  Schedule("jobs/a");
  clock_.Advance(absl::Milliseconds(1));
  EXPECT_TRUE(stepped_.AwaitCount(1)) << "17 evaluations hold up a job";
  {
    MutexLock lock(mutex);
    may_end = true;
    changed.NotifyAll();
  }
  for (int i = 0; i < 10'000; ++i) {
    clock_.Advance(kTurn);
    MutexLock lock(mutex);
    if (changed.WaitFor(lock, absl::Milliseconds(5), [&] { return ended.size() == 17; })) break;
  }
  runner.Stop();
  EXPECT_EQ(ended.size(), 17u);
  EXPECT_EQ(most, 2);
}

}  // namespace
}  // namespace tunegate::runner
