// Mutual exclusion and waiting.
#include "common/mutex.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace tunegate {
namespace {

TEST(MutexTest, GuardsACounterAgainstManyThreads) {
  Mutex mutex;
  int count = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) {
        MutexLock lock(mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(count, 4000);
}

TEST(CondVarTest, WaitForEverEndsOnlyWithTheCondition) {
  Mutex mutex;
  CondVar changed;
  bool asked = false, done = false;
  std::thread other([&] {
    MutexLock lock(mutex);
    changed.Wait(lock, [&] { return asked; });
    done = true;
    changed.NotifyAll();
  });
  {
    MutexLock lock(mutex);
    EXPECT_TRUE(changed.WaitFor(lock, absl::InfiniteDuration(), [&] {
      asked = true;
      changed.NotifyAll();
      return done;
    }));
  }
  other.join();
}

TEST(CondVarTest, WaitReturnsOnceTheConditionHolds) {
  Mutex mutex;
  CondVar changed;
  int stage = 0;
  std::thread other([&] {
    MutexLock lock(mutex);
    changed.Wait(lock, [&] { return stage == 1; });
    stage = 2;
    changed.NotifyAll();
  });
  {
    MutexLock lock(mutex);
    stage = 1;
    changed.NotifyAll();
    changed.Wait(lock, [&] { return stage == 2; });
    EXPECT_EQ(stage, 2);
  }
  other.join();
}

TEST(CondVarTest, WaitForGivesUpWithTheConditionsAnswer) {
  Mutex mutex;
  CondVar changed;
  MutexLock lock(mutex);
  EXPECT_FALSE(changed.WaitFor(lock, absl::Milliseconds(1), [] { return false; }));
  EXPECT_TRUE(changed.WaitFor(lock, absl::ZeroDuration(), [] { return true; }));
}

TEST(CondVarTest, WaitForEndsEarlyWhenNotified) {
  Mutex mutex;
  CondVar changed;
  bool ready = false;
  std::thread other([&] {
    MutexLock lock(mutex);
    ready = true;
    changed.NotifyOne();
  });
  {
    MutexLock lock(mutex);
    EXPECT_TRUE(changed.WaitFor(lock, absl::Hours(1), [&] { return ready; }));
  }
  other.join();
}

}  // namespace
}  // namespace tunegate
