// What an evaluation keeps when its server stops or dies in the middle: no recorded answer is asked
// again, and what may have been asked twice is counted.
#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>

#include "common/errors.h"
#include "common/mutex.h"
#include "gtest/gtest.h"
#include "server/evaluations/run/evaluation_fixture.h"
#include "server/evaluations/run/ledger.h"
#include "server/store/forwarding_store.h"

namespace tunegate::evaluations {
namespace {

using providers::ChatCall;

// A server's view of the store until its death: from then on nothing of it is written.
class MortalStore final : public store::ForwardingStore {
 public:
  MortalStore(store::Store* target, int commits) : ForwardingStore(target), commits_(commits) {}

  absl::StatusOr<store::CommitResult> Commit(store::Transaction transaction) override {
    if (commits_-- <= 0) return Unavailable("STORE_UNAVAILABLE", "dead");
    return ForwardingStore::Commit(std::move(transaction));
  }

 private:
  std::atomic<int> commits_;
};

// Once does not know what became of a commit.
class DoubtfulStore final : public store::ForwardingStore {
 public:
  DoubtfulStore(store::Store* target, int commit, bool kept)
      : ForwardingStore(target), left_(commit), kept_(kept) {}

  absl::StatusOr<store::CommitResult> Commit(store::Transaction transaction) override {
    if (left_-- != 0) return ForwardingStore::Commit(std::move(transaction));
    if (kept_) TG_RETURN_IF_ERROR(ForwardingStore::Commit(std::move(transaction)).status());
    return Error(absl::StatusCode::kUnknown, "COMMIT_OUTCOME_UNKNOWN", "the connection broke");
  }

 private:
  std::atomic<int> left_;
  const bool kept_;
};

class EvaluationRecoveryTest : public EvaluationFixture {
 protected:
  // A server that dies after so many commits of its step, and the wait for its lease to run out.
  void DieAfter(int commits, const std::string& name) {
    MortalStore mortal(store_.get(), commits);
    EXPECT_FALSE(StepOver(mortal, name).ok());
    clock_.Advance(options_.lease_duration + absl::Seconds(1));
  }

  // Calls that were asked more than once.
  int AskedAgain() {
    int again = 0;
    for (const auto& [call, times] : Asked()) again += times - 1;
    return again;
  }
};

TEST_F(EvaluationRecoveryTest, AStopInTheMiddleGoesOnWithoutAskingAnythingAgain) {
  v1::Evaluation spec = Spec(100);
  spec.set_max_concurrency(8);
  const std::string name = Create(spec);
  std::atomic<int> answered{0};
  provider_->OnChat([&](const ChatCall& call) {
    if (++answered == 60) stop_.stopping = true;
    return Answer(call);
  });
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_RUNNING);
  const size_t recorded = Recorded(name).size();
  EXPECT_GE(recorded, 60u);
  EXPECT_LT(recorded, 200u);
  EXPECT_EQ(Get(name).progress().done(), static_cast<int64_t>(recorded));

  stop_.stopping = false;
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(AskedAgain(), 0);
  EXPECT_EQ(Get(name).usage().maybe_repeated_calls(), 0);
}

TEST_F(EvaluationRecoveryTest, CallsThatOutliveAStopAreAskedAgainAndCounted) {
  v1::Evaluation spec = Spec(20);
  spec.set_max_concurrency(4);
  const std::string name = Create(spec);
  provider_->HoldChats();
  stop_.stopping = false;
  // Stops as soon as the first calls are out; they never come back in time.
  options_.drain_time = absl::Milliseconds(1);
  std::atomic<bool> done{false};
  std::thread stopper([&] {
    while (provider_->held_chats() < 4 && !done) std::this_thread::yield();
    stop_.stopping = true;
  });
  ASSERT_TRUE(Step(name).ok());
  done = true;
  stopper.join();
  EXPECT_EQ(Get(name).usage().maybe_repeated_calls(), 4);
  stop_.stopping = false;
  provider_->ReleaseChats();
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(Get(name).usage().maybe_repeated_calls(), 4);
  EXPECT_EQ(AskedAgain(), 4);
}

TEST_F(EvaluationRecoveryTest, ACommitOfWhichNothingIsKnownIsNoEnd) {
  v1::Evaluation spec = Spec(12);
  spec.set_max_concurrency(2);
  for (int commit = 0; commit < 6; ++commit) {
    for (const bool kept : {false, true}) {
      const std::string name = Create(spec);
      DoubtfulStore doubtful(store_.get(), commit, kept);
      const absl::Status status = StepOver(doubtful, name);
      if (!status.ok() && Get(name).state() != v1::Evaluation::STATE_SUCCEEDED) {
        clock_.Advance(options_.lease_duration + absl::Seconds(1));
        ASSERT_TRUE(Step(name).ok()) << commit;
      }
      EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED) << commit;
      EXPECT_EQ(Recorded(name).size(), 24u) << commit;
    }
  }
}

TEST_F(EvaluationRecoveryTest, ADeathRepeatsOnlyWhatWasNotRecorded) {
  v1::Evaluation spec = Spec(100);
  spec.set_max_concurrency(8);
  const std::string name = Create(spec);
  DieAfter(6, name);
  std::set<std::pair<std::string, std::string>> recorded;
  for (const auto& call : Recorded(name)) {
    const char intent = call.example() % 2 == 1 ? 'A' : 'B';
    recorded.insert({call.arm() == kCandidate ? "tuned" : "base",
                     std::string(1, intent) + " " + std::to_string(call.example() - 1)});
  }
  ASSERT_FALSE(recorded.empty());
  ASSERT_LT(recorded.size(), 200u);

  ASSERT_TRUE(Step(name).ok());
  const v1::Evaluation done = Get(name);
  EXPECT_EQ(done.state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(Recorded(name).size(), 200u);
  for (const auto& [call, times] : Asked()) {
    if (recorded.count(call) == 0) continue;
    EXPECT_EQ(times, 1) << call.first << " " << call.second;
  }
  EXPECT_GT(done.usage().maybe_repeated_calls(), 0);
  EXPECT_GE(done.usage().maybe_repeated_calls(), AskedAgain());
  // In flight, and those whose intents are ahead of them.
  EXPECT_LE(done.usage().maybe_repeated_calls(), 8 * 17);
  EXPECT_EQ(done.report().baseline_usage().usage().maybe_repeated_calls() +
                done.report().candidate_usage().usage().maybe_repeated_calls(),
            done.usage().maybe_repeated_calls());
}

TEST_F(EvaluationRecoveryTest, EveryDeathAtEveryCommitEndsInTheSameReport) {
  v1::Evaluation spec = Spec(12);
  spec.set_max_concurrency(2);
  const std::string whole = Create(spec);
  ASSERT_TRUE(Step(whole).ok());
  const v1::Report expected = Get(whole).report();
  for (int commits = 0; commits < 12; ++commits) {
    const std::string name = Create(spec);
    MortalStore mortal(store_.get(), commits);
    if (!StepOver(mortal, name).ok()) {
      clock_.Advance(options_.lease_duration + absl::Seconds(1));
      ASSERT_TRUE(Step(name).ok()) << commits;
    }
    const v1::Evaluation done = Get(name);
    EXPECT_EQ(done.state(), v1::Evaluation::STATE_SUCCEEDED) << commits;
    EXPECT_EQ(Recorded(name).size(), 24u) << commits;
    ASSERT_GT(done.report().metrics_size(), 0);
    EXPECT_EQ(done.report().metrics(0).paired().gained(), expected.metrics(0).paired().gained());
  }
}

TEST_F(EvaluationRecoveryTest, EachDeathIsCountedOnce) {
  v1::Evaluation spec = Spec(100);
  spec.set_max_concurrency(4);
  const std::string name = Create(spec);
  DieAfter(4, name);
  DieAfter(5, name);
  ASSERT_TRUE(Step(name).ok());
  const int64_t counted = Get(name).usage().maybe_repeated_calls();
  EXPECT_GE(counted, AskedAgain());
  EXPECT_LE(counted, 2 * 4 * 17);
}

TEST_F(EvaluationRecoveryTest, AnotherServersClaimStopsTheOldOne) {
  v1::Evaluation spec = Spec(100);
  const std::string name = Create(spec);
  std::atomic<int> answered{0};
  provider_->OnChat([&](const ChatCall& call) {
    if (++answered == 30) {
      // The lease runs out, and another server claims the work.
      clock_.Advance(options_.lease_duration + absl::Seconds(1));
      EXPECT_EQ(ClaimAll().size(), 1u);
    }
    return Answer(call);
  });
  const absl::Status status = Step(name);
  EXPECT_EQ(DetailsOf(status).reason, "LEASE_LOST");
  EXPECT_LT(Recorded(name).size(), 200u);
}

TEST_F(EvaluationRecoveryTest, ACancelThatCameWithTheLastAnswerWins) {
  const std::string name = Create(Spec(10));
  std::atomic<int> answered{0};
  provider_->OnChat([&](const ChatCall& call) {
    if (++answered == 20) Cancel(name);
    return Answer(call);
  });
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_CANCELLED);
}

// Through the real runner: claims, steps, and a stop in the middle.
TEST_F(EvaluationRecoveryTest, TheRunnerTakesItToItsEndOverARestart) {
  v1::Evaluation spec = Spec(60);
  spec.set_max_concurrency(4);
  const std::string name = Create(spec);
  EvaluationStepper stepper(&repository_, &providers_, &pause_, options_);
  Mutex mutex;
  CondVar changed;
  int answered = 0;
  provider_->OnChat([&](const ChatCall& call) {
    MutexLock lock(mutex);
    ++answered;
    changed.NotifyAll();
    return Answer(call);
  });
  {
    runner::Runner runner(store_.get(), {{"evaluations", &stepper}}, {.owner = "first"});
    runner.Start();
    MutexLock lock(mutex);
    changed.Wait(lock, [&] { return answered >= 20; });
  }
  EXPECT_NE(Get(name).state(), v1::Evaluation::STATE_FAILED);
  bool ended = false;
  store_->SetCommitListener([&] {
    MutexLock lock(mutex);
    changed.NotifyAll();
  });
  runner::Runner runner(store_.get(), {{"evaluations", &stepper}}, {.owner = "second"});
  runner.Start();
  while (!ended) {
    ended = Get(name).has_end_time();
    MutexLock lock(mutex);
    if (!ended) (void)changed.WaitFor(lock, absl::Milliseconds(50), [] { return false; });
  }
  runner.Stop();
  store_->SetCommitListener(nullptr);
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  for (const auto& [call, times] : Asked()) EXPECT_EQ(times, 1) << call.second;
}

}  // namespace
}  // namespace tunegate::evaluations
