// The rule on its own, and the pacer with it against providers that are simulated: time is a queue
// of events, so that a minute of calls takes a millisecond.
#include "server/evaluations/run/latency_watch.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>
#include <vector>

#include "common/random.h"
#include "gtest/gtest.h"
#include "server/evaluations/run/pacer.h"

namespace tunegate::evaluations {
namespace {

using Kind = LatencyWatch::Advice::Kind;

LatencyWatch::Advice Round(LatencyWatch& watch, double milliseconds, double window) {
  for (int i = 0; i < 20; ++i) watch.Add(absl::Milliseconds(milliseconds));
  return watch.EndRound(window);
}

TEST(LatencyWatchTest, TwoSlowRoundsShrinkAndOneDoesNot) {
  LatencyWatch watch;
  EXPECT_EQ(Round(watch, 500, 64).kind, Kind::kCalm);
  EXPECT_EQ(Round(watch, 4'000, 64).kind, Kind::kHold);
  EXPECT_EQ(Round(watch, 500, 64).kind, Kind::kCalm);
  EXPECT_EQ(Round(watch, 4'000, 64).kind, Kind::kHold);
  const LatencyWatch::Advice advice = Round(watch, 4'000, 64);
  EXPECT_EQ(advice.kind, Kind::kShrink);
  EXPECT_EQ(advice.window, 40);  // half, and its root
}

TEST(LatencyWatchTest, WhatIsStillQuickIsNoReason) {
  LatencyWatch watch;
  (void)Round(watch, 20, 64);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Round(watch, 200, 64).kind, Kind::kCalm);
}

TEST(LatencyWatchTest, ARoundOfFewAnswersSaysNothing) {
  LatencyWatch watch;
  (void)Round(watch, 500, 64);
  for (int i = 0; i < 9; ++i) watch.Add(absl::Seconds(10));
  EXPECT_EQ(watch.EndRound(64).kind, Kind::kCalm);
}

TEST(LatencyWatchTest, TwoModelsOfDifferentSpeedAreNoRise) {
  LatencyWatch watch;
  Random random(3, "times");
  for (int round = 0; round < 200; ++round) {
    for (int i = 0; i < 32; ++i) {
      watch.Add(absl::Milliseconds(300 + random.Below(100)));
      watch.Add(absl::Milliseconds(3'000 + random.Below(1'000)));
    }
    ASSERT_EQ(watch.EndRound(64).kind, Kind::kCalm) << round;
  }
}

// A provider with so many workers, each of which takes `service(random)` for a call, asked by a
// pacer with a maximum of 64.
class Simulation {
 public:
  int workers = 64;
  std::function<absl::Duration(Random&)> service = [](Random&) { return absl::Seconds(0.5); };

  Pacer& pacer() { return pacer_; }

  // Asks `calls` calls; how long they took together.
  absl::Duration Ask(int calls) {
    const absl::Duration begin = now_;
    while (calls > 0 || !ends_.empty()) {
      while (calls > 0 && pacer_.MaySend(static_cast<int>(ends_.size()), now_)) {
        Send();
        --calls;
      }
      const Call call = ends_.top();
      ends_.pop();
      now_ = call.end;
      PaceOutcome outcome;
      outcome.ticket = call.ticket;
      outcome.response_time = call.end - call.begin;
      pacer_.OnAnswer(outcome, now_);
    }
    return now_ - begin;
  }

 private:
  struct Call {
    absl::Duration end;
    absl::Duration begin;
    int64_t ticket;
    bool operator<(const Call& other) const { return end > other.end; }
  };

  // First come, first served.
  void Send() {
    free_.resize(static_cast<size_t>(workers), now_);
    const auto worker = std::min_element(free_.begin(), free_.end());
    *worker = std::max(*worker, now_) + service(random_);
    ends_.push({*worker, now_, pacer_.OnSend(now_)});
  }

  Pacer pacer_{64};
  Random random_{11, "service"};
  absl::Duration now_ = absl::Seconds(1);
  std::vector<absl::Duration> free_;
  std::priority_queue<Call> ends_;
};

TEST(PacerLatencyTest, AQueueOfOurMakingIsShortenedAndCostsNoThroughput) {
  Simulation simulation;
  simulation.Ask(500);
  EXPECT_EQ(simulation.pacer().window(), 64);
  simulation.workers = 8;
  simulation.Ask(1'000);
  // With 8 workers 16 calls wait no longer than twice the calm time.
  EXPECT_GE(simulation.pacer().window(), 8);
  EXPECT_LE(simulation.pacer().window(), 28);
  const absl::Duration took = simulation.Ask(1'600);
  EXPECT_LE(took, absl::Seconds(100 * 1.05));  // 16 calls/s is all that 8 workers do
}

TEST(PacerLatencyTest, TheWindowOpensAgainWhenTheProviderRecovers) {
  Simulation simulation;
  simulation.Ask(500);
  simulation.workers = 8;
  simulation.Ask(1'000);
  ASSERT_LT(simulation.pacer().window(), 32);
  simulation.workers = 64;
  simulation.Ask(1'000);
  EXPECT_EQ(simulation.pacer().window(), 64);
}

TEST(PacerLatencyTest, TheLoadOfOthersIsAcceptedAfterOneTry) {
  Simulation simulation;
  simulation.Ask(500);
  simulation.service = [](Random&) { return absl::Seconds(4); };
  simulation.Ask(2'000);
  EXPECT_EQ(simulation.pacer().window(), 64);
}

TEST(PacerLatencyTest, NoiseDoesNotSlow) {
  Simulation simulation;
  // Long tails, as language models have them: one in ten takes up to twenty times as long.
  simulation.service = [](Random& random) {
    const double base = 0.3 + 0.4 * random.Uniform();
    return absl::Seconds(random.Chance(0.1) ? base * (1 + 19 * random.Uniform()) : base);
  };
  for (int i = 0; i < 100; ++i) {
    simulation.Ask(200);
    ASSERT_EQ(simulation.pacer().window(), 64) << i;
  }
}

TEST(PacerLatencyTest, AConstantProviderIsNeverSlowed) {
  Simulation simulation;
  simulation.service = [](Random& random) { return absl::Milliseconds(20 + random.Below(40)); };
  for (int i = 0; i < 50; ++i) {
    simulation.Ask(1'000);
    ASSERT_EQ(simulation.pacer().window(), 64) << i;
  }
}

}  // namespace
}  // namespace tunegate::evaluations
