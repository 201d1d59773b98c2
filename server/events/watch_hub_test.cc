#include "server/events/watch_hub.h"

#include <atomic>
#include <cstdint>
#include <thread>

#include "common/mutex.h"
#include "gtest/gtest.h"
#include "server/events/test_log.h"

namespace tunegate::events {
namespace {

class FakeWatcher final : public IdleWatcher {
 public:
  void Wake() override {
    MutexLock lock(mutex_);
    ++woken_;
    changed_.NotifyAll();
  }
  bool BookmarkDue() override { return due; }
  int64_t SentPosition() const override { return sent; }
  bool AwaitWoken(int times = 1) {
    MutexLock lock(mutex_);
    return changed_.WaitFor(lock, absl::Seconds(60), [&] { return woken_ >= times; });
  }
  int woken() {
    MutexLock lock(mutex_);
    return woken_;
  }
  std::atomic<bool> due{false};
  std::atomic<int64_t> sent{kNothingSent};

 private:
  Mutex mutex_;
  CondVar changed_;
  int woken_ ABSL_GUARDED_BY(mutex_) = 0;
};

class WatchHubTest : public testing::Test {
 protected:
  FakeWatcher a_, b_;
  TestLog log_;
  WatchHub hub_{&log_.feed};
};

TEST_F(WatchHubTest, GrownLogWakesAllWhoWait) {
  const uint64_t seen = hub_.generation();
  ASSERT_TRUE(hub_.Wait(&a_, seen));
  ASSERT_TRUE(hub_.Wait(&b_, seen));
  log_.Commit("jobs/x");
  EXPECT_TRUE(a_.AwaitWoken());
  EXPECT_TRUE(b_.AwaitWoken());
  EXPECT_FALSE(hub_.Remove(&a_)) << "who was woken is no longer registered";
}

TEST_F(WatchHubTest, WhoLooksAwayWhileTheLogGrowsIsNotPutToSleep) {
  const uint64_t seen = hub_.generation();
  log_.Commit("jobs/x");
  ASSERT_TRUE(log_.Await([&] { return hub_.generation() != seen; }));
  EXPECT_FALSE(hub_.Wait(&a_, seen));
  EXPECT_FALSE(hub_.Remove(&a_));
}

TEST_F(WatchHubTest, RemovedWatcherIsNotWoken) {
  ASSERT_TRUE(hub_.Wait(&a_, hub_.generation()));
  ASSERT_TRUE(hub_.Wait(&b_, hub_.generation()));
  EXPECT_TRUE(hub_.Remove(&a_));
  EXPECT_FALSE(hub_.Remove(&a_));
  log_.Commit("jobs/x");
  EXPECT_TRUE(b_.AwaitWoken());
  EXPECT_EQ(a_.woken(), 0);
}

TEST_F(WatchHubTest, DueBookmarkWakesWhoOwesItAndNobodyElse) {
  a_.due = true;
  ASSERT_TRUE(hub_.Wait(&b_, hub_.generation()));
  ASSERT_TRUE(hub_.Wait(&a_, hub_.generation()));
  EXPECT_TRUE(a_.AwaitWoken());
  EXPECT_EQ(b_.woken(), 0);
  EXPECT_TRUE(hub_.Remove(&b_));
}

// A cancel may come between a watcher's last look and its Wait; it must not then sleep on it.
TEST_F(WatchHubTest, WhoeverIsRemovedBeforeItWaitsIsRefusedOnce) {
  hub_.Enter(&a_);
  EXPECT_FALSE(hub_.Remove(&a_));
  EXPECT_FALSE(hub_.Wait(&a_, hub_.generation()));
  EXPECT_TRUE(hub_.Wait(&a_, hub_.generation()));
  EXPECT_TRUE(hub_.Remove(&a_));
  hub_.Leave(&a_);
}

TEST_F(WatchHubTest, DrainWakesEverybodyAndLetsNobodySleepAgain) {
  ASSERT_TRUE(hub_.Wait(&a_, hub_.generation()));
  EXPECT_FALSE(hub_.draining());
  hub_.Drain();
  EXPECT_TRUE(a_.AwaitWoken());
  EXPECT_TRUE(hub_.draining());
  EXPECT_FALSE(hub_.Wait(&a_, hub_.generation()));
}

TEST_F(WatchHubTest, AwaitEmptyWaitsForTheLastToLeave) {
  EXPECT_TRUE(hub_.AwaitEmpty(absl::ZeroDuration())) << "nobody came";
  hub_.Enter(&a_);
  hub_.Enter(&b_);
  hub_.Leave(&a_);
  EXPECT_FALSE(hub_.AwaitEmpty(absl::Milliseconds(1)));
  std::thread last([&] { hub_.Leave(&b_); });
  EXPECT_TRUE(hub_.AwaitEmpty(absl::Seconds(60)));
  last.join();
}

TEST_F(WatchHubTest, LagIsThatOfTheSlowestWhoDoesNotWait) {
  EXPECT_EQ(hub_.Lag(100), 0) << "nobody watches";
  hub_.Enter(&a_);
  hub_.Enter(&b_);
  EXPECT_EQ(hub_.Lag(100), 0) << "who was sent nothing yet has only just come";
  a_.sent = 90;
  b_.sent = 30;
  EXPECT_EQ(hub_.Lag(100), 70);
  ASSERT_TRUE(hub_.Wait(&b_, hub_.generation()));
  EXPECT_EQ(hub_.Lag(100), 10) << "who waits has seen all that it wants to see";
  EXPECT_TRUE(hub_.Remove(&b_));
  hub_.Leave(&b_);
  hub_.Leave(&a_);
  EXPECT_EQ(hub_.Lag(100), 0);
}

}  // namespace
}  // namespace tunegate::events
