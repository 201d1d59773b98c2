// The clocks' promises.
#include "common/clock.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace tunegate {
namespace {

TEST(FakeClockTest, StandsStillUntilAdvanced) {
  const absl::Time start = absl::FromUnixSeconds(1'700'000'000);
  FakeClock clock(start);
  EXPECT_EQ(clock.Now(), start);
  EXPECT_EQ(clock.Now(), start);
  clock.Advance(absl::Milliseconds(1500));
  EXPECT_EQ(clock.Now(), start + absl::Milliseconds(1500));
  EXPECT_EQ(clock.Monotonic(), absl::Milliseconds(1500));
}

TEST(FakeClockTest, AdvancesFromManyThreadsAddUp) {
  FakeClock clock(absl::UnixEpoch());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 1000; ++j) clock.Advance(absl::Microseconds(1));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(clock.Monotonic(), absl::Milliseconds(4));
}

TEST(RealClockTest, MonotonicNeverRunsBackwards) {
  const Clock& clock = RealClock();
  absl::Duration last = clock.Monotonic();
  for (int i = 0; i < 1000; ++i) {
    const absl::Duration now = clock.Monotonic();
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST(RealClockTest, NowIsWallClockTime) {
  EXPECT_GT(RealClock().Now(), absl::FromCivil(absl::CivilDay(2024, 1, 1), absl::UTCTimeZone()));
}

}  // namespace
}  // namespace tunegate
