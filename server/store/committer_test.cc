#include "server/store/committer.h"

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/metrics/catalogue.h"

namespace tunegate::store {
namespace {

// An engine in memory that notes what it is told. It refuses the name "jobs/refused", and its first
// batch can be held up until others wait.
class FakeEngine : public SequentialEngine {
 public:
  absl::Status Begin() override {
    {
      MutexLock lock(mutex_);
      held_ = true;
      gate_changed_.NotifyAll();
      gate_changed_.Wait(lock, [&] { return gate_open_; });
      held_ = false;
    }
    threads.push_back(std::this_thread::get_id());
    batch_.clear();
    return begin_status;
  }
  absl::StatusOr<CommitResult> Apply(const Transaction& transaction) override {
    for (const Put& put : transaction.puts) {
      if (put.record.name == "jobs/refused") return Aborted("REVISION_CHANGED", "refused");
      batch_.push_back(put.record.name);
    }
    return CommitResult{.position = static_cast<int64_t>(batch_.size()), .time = absl::Now()};
  }
  absl::StatusOr<std::vector<ClaimedWork>> Claim(const ClaimRequest& request) override {
    return std::vector<ClaimedWork>(static_cast<size_t>(request.limit));
  }
  absl::Status End() override {
    if (end_status.ok()) batches.push_back(batch_);
    return end_status;
  }

  void Hold(bool hold) {
    MutexLock lock(mutex_);
    gate_open_ = !hold;
    gate_changed_.NotifyAll();
  }

  // Returns when a batch stands before the closed gate.
  void AwaitHeld() {
    MutexLock lock(mutex_);
    gate_changed_.Wait(lock, [&] { return held_ && !gate_open_; });
  }

  absl::Status begin_status;
  absl::Status end_status;
  std::vector<std::thread::id> threads;  // one a batch
  std::vector<std::vector<std::string>> batches;

 private:
  Mutex mutex_;
  CondVar gate_changed_;
  bool gate_open_ ABSL_GUARDED_BY(mutex_) = true;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::string> batch_;
};

Transaction PutOf(const std::string& name) {
  Transaction transaction;
  Record record;
  record.name = name;
  transaction.puts.push_back({.record = record, .expected_revision = 0});
  return transaction;
}

TEST(CommitterTest, RefusalIsOneTransactionsAlone) {
  FakeEngine engine;
  Committer committer(&engine);
  EXPECT_TRUE(committer.Commit(PutOf("jobs/a")).ok());
  EXPECT_TRUE(absl::IsAborted(committer.Commit(PutOf("jobs/refused")).status()));
  EXPECT_TRUE(committer.Commit(PutOf("jobs/b")).ok());
}

TEST(CommitterTest, CallerThatIsAloneChangesNoThread) {
  FakeEngine engine;
  Committer committer(&engine);
  EXPECT_TRUE(committer.Commit(PutOf("jobs/a")).ok());
  EXPECT_THAT(engine.threads, testing::ElementsAre(std::this_thread::get_id()));
}

// Returns when `count` wait behind whoever writes.
void AwaitWaiting(const Committer& committer, size_t count) {
  while (committer.WaitingCount() < count) std::this_thread::yield();
}

TEST(CommitterTest, WhoCameMeanwhileIsServedByOneThreadUntilNobodyWaits) {
  FakeEngine engine;
  constexpr size_t kMaxBatch = 2;
  Committer committer(&engine, kMaxBatch);
  engine.Hold(true);
  std::vector<std::thread> callers;
  const auto commit = [&] {
    callers.emplace_back([&] { EXPECT_TRUE(committer.Commit(PutOf("jobs/a")).ok()); });
  };
  commit();
  engine.AwaitHeld();
  for (size_t i = 0; i < 6; ++i) commit();
  AwaitWaiting(committer, 6);
  engine.Hold(false);
  std::vector<std::thread::id> ids;
  for (std::thread& caller : callers) ids.push_back(caller.get_id());
  for (std::thread& caller : callers) caller.join();
  ASSERT_EQ(engine.threads.size(), 4u);
  EXPECT_EQ(engine.threads.front(), ids.front()) << "who came while nobody wrote";
  const std::set<std::thread::id> others(engine.threads.begin() + 1, engine.threads.end());
  EXPECT_EQ(others.size(), 1u);
  EXPECT_THAT(ids, testing::Not(testing::Contains(*others.begin())));
}

TEST(CommitterTest, EndWaitsForWhoStillCommits) {
  FakeEngine engine;
  auto committer = std::make_unique<Committer>(&engine);
  engine.Hold(true);
  const auto commit = [&committer = *committer] {
    EXPECT_TRUE(committer.Commit(PutOf("jobs/a")).ok());
  };
  std::thread first(commit);
  engine.AwaitHeld();
  std::thread second(commit);
  AwaitWaiting(*committer, 1);
  std::atomic<bool> ending = false, ended = false;
  std::thread end([&] {
    ending = true;
    committer.reset();
    ended = true;
  });
  while (!ending) std::this_thread::yield();
  for (int i = 0; i < 1000; ++i) std::this_thread::yield();  // time enough to end too early
  EXPECT_FALSE(ended);
  engine.Hold(false);
  for (std::thread* thread : {&end, &first, &second}) thread->join();
  EXPECT_EQ(engine.batches.size(), 2u);
}

TEST(CommitterTest, WhatWaitsIsCommittedTogetherUpToTheLimit) {
  FakeEngine engine;
  constexpr size_t kMaxBatch = 8;
  Committer committer(&engine, kMaxBatch);
  engine.Hold(true);
  std::vector<std::thread> callers;
  const auto commit = [&](size_t i) {
    callers.emplace_back(
        [&, i] { EXPECT_TRUE(committer.Commit(PutOf("jobs/" + std::to_string(i))).ok()); });
  };
  commit(0);
  engine.AwaitHeld();
  for (size_t i = 1; i <= 20; ++i) commit(i);
  AwaitWaiting(committer, 20);
  engine.Hold(false);
  for (std::thread& caller : callers) caller.join();
  std::vector<size_t> sizes;
  for (const auto& batch : engine.batches) sizes.push_back(batch.size());
  EXPECT_THAT(sizes, testing::ElementsAre(1, kMaxBatch, kMaxBatch, 4));
}

TEST(CommitterTest, FailureOfTheBatchReachesEveryCallerAlsoTheRefused) {
  FakeEngine engine;
  engine.end_status = Unavailable("STORE_UNAVAILABLE", "disk full");
  Committer committer(&engine);
  engine.Hold(true);
  std::vector<absl::Status> results(6);
  std::vector<std::thread> callers;
  for (size_t i = 0; i < results.size(); ++i) {
    callers.emplace_back([&, i] {
      results[i] = committer.Commit(PutOf(i % 2 == 0 ? "jobs/a" : "jobs/refused")).status();
    });
  }
  engine.Hold(false);
  for (std::thread& caller : callers) caller.join();
  for (const absl::Status& result : results) {
    EXPECT_EQ(DetailsOf(result).reason, "STORE_UNAVAILABLE") << result;
  }
}

TEST(CommitterTest, GoesOnAfterAFailure) {
  FakeEngine engine;
  Committer committer(&engine);
  engine.begin_status = Unavailable("STORE_UNAVAILABLE", "locked");
  EXPECT_TRUE(absl::IsUnavailable(committer.Commit(PutOf("jobs/a")).status()));
  EXPECT_TRUE(absl::IsUnavailable(
      committer.Claim({.owner = "s", .lease_duration = absl::Seconds(1), .limit = 1}).status()));
  engine.begin_status = absl::OkStatus();
  EXPECT_TRUE(committer.Commit(PutOf("jobs/b")).ok());
  EXPECT_EQ(committer.Claim({.owner = "s", .lease_duration = absl::Seconds(1), .limit = 3})->size(),
            3u);
}

TEST(CommitterTest, MalformedTransactionDoesNotReachTheEngine) {
  FakeEngine engine;
  {
    Committer committer(&engine);
    EXPECT_EQ(DetailsOf(committer.Commit(PutOf("nameless")).status()).reason, "NAME_INVALID");
    Transaction event;
    event.events.push_back({.resource = "", .payload = ""});
    EXPECT_EQ(DetailsOf(committer.Commit(event).status()).reason, "NAME_INVALID");
    Transaction work;
    work.schedule.push_back({.name = "jobs/", .delay = absl::ZeroDuration()});
    EXPECT_EQ(DetailsOf(committer.Commit(work).status()).reason, "NAME_INVALID");
  }
  EXPECT_TRUE(engine.batches.empty());
}

TEST(CommitterTest, ListenerHearsOfEventsAndWorkButNotOfPutsOrRefusals) {
  FakeEngine engine;
  std::atomic<int> calls = 0;
  {
    Committer committer(&engine);
    committer.SetListener([&] { ++calls; });
    Transaction with_event = PutOf("jobs/a");
    with_event.events.push_back({.resource = "jobs/a", .payload = ""});
    EXPECT_TRUE(committer.Commit(with_event).ok());
    EXPECT_TRUE(committer.Commit(PutOf("jobs/a")).ok());
    Transaction refused = PutOf("jobs/refused");
    refused.events = with_event.events;
    EXPECT_FALSE(committer.Commit(refused).ok());
    Transaction with_work;
    with_work.schedule.push_back({.name = "jobs/a", .delay = absl::ZeroDuration()});
    EXPECT_TRUE(committer.Commit(with_work).ok());
  }  // waits for whoever calls
  EXPECT_EQ(calls, 2);
}

TEST(CommitterTest, RemovedListenerIsNotRunningAnyMore) {
  FakeEngine engine;
  Committer committer(&engine);
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    Transaction with_event = PutOf("jobs/a");
    with_event.events.push_back({.resource = "jobs/a", .payload = ""});
    while (!stop) EXPECT_TRUE(committer.Commit(with_event).ok());
  });
  for (int i = 0; i < 200; ++i) {
    std::atomic<int> running = 0, calls = 0;
    committer.SetListener([&] {
      ++running;
      ++calls;
      std::this_thread::yield();
      --running;
    });
    while (calls == 0) std::this_thread::yield();
    committer.SetListener(nullptr);
    EXPECT_EQ(running, 0);
  }
  stop = true;
  writer.join();
}

TEST(CommitterTest, WhatBatchesDoIsCounted) {
  metrics::Catalogue& metrics = metrics::TheCatalogue();
  const auto count = [&](const char* outcome) {
    return metrics.transactions.Of({outcome}).value();
  };
  const int64_t committed = count("committed");
  const int64_t refused = count("refused");
  const int64_t failed = count("failed");
  const int64_t batches = metrics.store_batches.value();
  const int64_t events = metrics.events_appended.value();
  FakeEngine engine;
  Committer committer(&engine);
  Transaction with_events = PutOf("jobs/a");
  with_events.events.resize(2, {.resource = "jobs/a", .payload = "x"});
  EXPECT_TRUE(committer.Commit(with_events).ok());
  EXPECT_FALSE(committer.Commit(PutOf("jobs/refused")).ok());
  EXPECT_TRUE(committer.Claim({"me", absl::Seconds(30), 1}).ok());
  engine.end_status = Unavailable("STORE_UNAVAILABLE", "the disk is full");
  EXPECT_FALSE(committer.Commit(with_events).ok());
  EXPECT_EQ(count("committed"), committed + 1);
  EXPECT_EQ(count("refused"), refused + 1);
  EXPECT_EQ(count("failed"), failed + 1);
  EXPECT_EQ(metrics.store_batches.value(), batches + 4);
  EXPECT_EQ(metrics.events_appended.value(), events + 2) << "of what was kept alone";
}

}  // namespace
}  // namespace tunegate::store
