// Work runs once, in order, bounded, and before the pool goes.
#include "common/worker_pool.h"

#include <atomic>

#include "common/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate {
namespace {

using ::testing::ElementsAre;

// Holds threads back until opened.
class Gate {
 public:
  void Open() {
    MutexLock lock(mutex_);
    open_ = true;
    changed_.NotifyAll();
  }
  // Tells AwaitArrivals, then waits for Open.
  void Pass() {
    MutexLock lock(mutex_);
    ++arrived_;
    changed_.NotifyAll();
    changed_.Wait(lock, [this] { return open_; });
  }
  void AwaitArrivals(int count) {
    MutexLock lock(mutex_);
    changed_.Wait(lock, [&] { return arrived_ >= count; });
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int arrived_ = 0;
  bool open_ = false;
};

TEST(WorkerPoolTest, DestructorRunsWhatWasAccepted) {
  std::atomic<int> ran = 0;
  {
    WorkerPool pool(3, 1000);
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(pool.Submit([&] { ++ran; }));
  }
  EXPECT_EQ(ran, 500);
}

TEST(WorkerPoolTest, OneThreadRunsInTheOrderOfSubmission) {
  std::vector<int> order;
  {
    WorkerPool pool(1, 10);
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(pool.Submit([&order, i] { order.push_back(i); }));
  }
  EXPECT_THAT(order, ElementsAre(0, 1, 2, 3));
}

TEST(WorkerPoolTest, ThreadsRunSideBySide) {
  Gate gate;
  WorkerPool pool(2, 10);
  ASSERT_TRUE(pool.Submit([&] { gate.Pass(); }));
  ASSERT_TRUE(pool.Submit([&] { gate.Pass(); }));
  gate.AwaitArrivals(2);
  gate.Open();
}

TEST(WorkerPoolTest, RefusesWhenTheQueueIsFull) {
  Gate gate;
  std::atomic<int> ran = 0;
  WorkerPool pool(1, 2);
  ASSERT_TRUE(pool.Submit([&] { gate.Pass(); }));
  gate.AwaitArrivals(1);
  EXPECT_TRUE(pool.Submit([&] { ++ran; }));
  EXPECT_TRUE(pool.Submit([&] { ++ran; }));
  EXPECT_EQ(pool.QueuedCount(), 2u);
  EXPECT_FALSE(pool.Submit([&] { ++ran; }));
  gate.Open();
  pool.Shutdown();
  EXPECT_EQ(ran, 2);
}

TEST(WorkerPoolTest, RefusesAfterShutdownWhichMayBeRepeated) {
  WorkerPool pool(2, 2);
  pool.Shutdown();
  pool.Shutdown();
  EXPECT_FALSE(pool.Submit([] {}));
  EXPECT_EQ(pool.QueuedCount(), 0u);
}

TEST(WorkerPoolTest, WorkMaySubmitMoreWork) {
  Gate gate;
  WorkerPool pool(1, 2);
  ASSERT_TRUE(pool.Submit([&] { EXPECT_TRUE(pool.Submit([&] { gate.Pass(); })); }));
  gate.AwaitArrivals(1);
  gate.Open();
}

}  // namespace
}  // namespace tunegate
