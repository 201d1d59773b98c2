#include "server/evaluations/run/call_pump.h"

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/errors.h"
#include "gtest/gtest.h"
#include "server/metrics/catalogue.h"
#include "server/providers/fake_provider.h"

namespace tunegate::evaluations {
namespace {

using providers::ChatAnswer;
using providers::ChatCall;
using providers::FakeProvider;

constexpr CallPump::Wait kPatient{
    .gather = absl::ZeroDuration(), .idle = absl::Seconds(30), .enough = 1, .more_to_come = false};

std::vector<ReadyCall> Calls(size_t from, size_t to, size_t lane = 0) {
  std::vector<ReadyCall> calls;
  for (size_t i = from; i < to; ++i) {
    ChatCall chat;
    chat.model = std::to_string(i);
    calls.push_back({i, lane, std::move(chat)});
  }
  return calls;
}

std::vector<FinishedCall> TakeCount(CallPump& pump, size_t count) {
  std::vector<FinishedCall> all;
  while (all.size() < count) {
    for (FinishedCall& call : pump.Take(kPatient)) all.push_back(std::move(call));
  }
  return all;
}

class CallPumpTest : public testing::Test {
 protected:
  std::vector<PumpLane> Lanes(int window) { return {{&provider_, Pacer(window)}}; }

  FakeClock clock_{absl::FromUnixSeconds(1'000'000)};
  FakeProvider provider_{&clock_};
};

TEST_F(CallPumpTest, WhatItsPacesAllowIsShownForAsLongAsItSends) {
  FakeProvider busy(&clock_, "busy");
  busy.OnChat([](const ChatCall&) {
    return FakeProvider::Failure(FakeProvider::HttpError(429, "rate_limit_exceeded", "slow"));
  });
  const metrics::Gauge& allowed = metrics::TheCatalogue().chats_allowed.Of({"busy"});
  {
    CallPump one({{&busy, Pacer(100)}}, 100, &clock_);
    CallPump other({{&busy, Pacer(8)}}, 8, &clock_);
    EXPECT_EQ(allowed.value(), 108);
    one.Add(Calls(0, 200));
    TakeCount(one, 200);
    EXPECT_LT(allowed.value(), 80) << "a provider that is busy is asked less at once";
  }
  EXPECT_EQ(allowed.value(), 0);
}

TEST_F(CallPumpTest, AnswersEveryCallOnce) {
  CallPump pump(Lanes(8), 8, &clock_);
  pump.Add(Calls(0, 500));
  std::set<size_t> seen;
  for (const FinishedCall& call : TakeCount(pump, 500)) {
    EXPECT_TRUE(seen.insert(call.sequence).second);
    EXPECT_TRUE(call.answer.status.ok());
  }
  EXPECT_EQ(seen.size(), 500u);
  EXPECT_EQ(provider_.chat_calls().size(), 500u);
}

TEST_F(CallPumpTest, SendsInTheOrderInWhichCallsWereAdded) {
  // One at a time: two threads that send at once may overtake each other on their way out.
  CallPump pump(Lanes(1), 1, &clock_);
  pump.Add(Calls(0, 100));
  pump.Add(Calls(100, 200));
  TakeCount(pump, 200);
  const std::vector<ChatCall> calls = provider_.chat_calls();
  ASSERT_EQ(calls.size(), 200u);
  for (size_t i = 0; i < calls.size(); ++i) EXPECT_EQ(calls[i].model, std::to_string(i));
}

TEST_F(CallPumpTest, NeverHasMoreInFlightThanAllowed) {
  provider_.HoldChats();
  CallPump pump(Lanes(5), 5, &clock_);
  pump.Add(Calls(0, 20));
  EXPECT_EQ(provider_.held_chats(), 5u);
  provider_.ReleaseChats();
  EXPECT_EQ(TakeCount(pump, 20).size(), 20u);
}

TEST_F(CallPumpTest, NothingIsSentOnceItsTimeIsOverUntilThereIsMore) {
  provider_.HoldChats();
  CallPump pump(Lanes(5), 5, &clock_);
  pump.SendUntil(clock_.Monotonic() + absl::Seconds(30));
  pump.Add(Calls(0, 20));
  clock_.Advance(absl::Seconds(30));
  provider_.ReleaseChats();
  EXPECT_EQ(TakeCount(pump, 5).size(), 5u);
  pump.Add(Calls(20, 21));
  EXPECT_EQ(provider_.chat_calls().size(), 5u) << "the lease may be another's";
  pump.SendUntil(clock_.Monotonic() + absl::Seconds(30));
  EXPECT_EQ(TakeCount(pump, 16).size(), 16u);
}

TEST_F(CallPumpTest, AnAnswersCallbackSendsTheNextCallWithoutTheTakingThread) {
  CallPump pump(Lanes(1), 1, &clock_);
  pump.Add(Calls(0, 100));
  // Nobody takes, and yet all are asked.
  const std::vector<FinishedCall> all = [&] {
    CallPump::Wait all_at_once = kPatient;
    all_at_once.gather = absl::Seconds(30);
    all_at_once.enough = 100;
    return pump.Take(all_at_once);
  }();
  EXPECT_EQ(all.size(), 100u);
}

TEST_F(CallPumpTest, TakeReturnsAtOnceWhenNothingIsOut) {
  CallPump pump(Lanes(4), 4, &clock_);
  CallPump::Wait for_ever = kPatient;
  for_ever.gather = absl::Hours(1);
  EXPECT_TRUE(pump.Take(for_ever).empty());
}

TEST_F(CallPumpTest, SlotsThatRunDryAreTold) {
  provider_.HoldChats();
  CallPump pump(Lanes(4), 4, &clock_);
  pump.Add(Calls(0, 4));
  EXPECT_FALSE(pump.TookStarved());
  provider_.ReleaseChats();
  TakeCount(pump, 4);
  EXPECT_TRUE(pump.TookStarved());
  EXPECT_FALSE(pump.TookStarved());
}

TEST_F(CallPumpTest, StopGivesBackWhatWasNeverSentAndDrainTakesTheRest) {
  provider_.HoldChats();
  CallPump pump(Lanes(3), 3, &clock_);
  pump.Add(Calls(0, 10));
  const std::vector<size_t> unsent = pump.Stop();
  ASSERT_EQ(unsent.size(), 7u);
  EXPECT_EQ(unsent.front(), 3u);
  provider_.ReleaseChats();
  EXPECT_EQ(pump.Drain(absl::Seconds(30)).size(), 3u);
  EXPECT_EQ(provider_.chat_calls().size(), 3u);
}

TEST_F(CallPumpTest, DrainGivesUpOnCallsThatDoNotComeBack) {
  provider_.HoldChats();
  CallPump pump(Lanes(3), 3, &clock_);
  pump.Add(Calls(0, 3));
  (void)pump.Stop();
  EXPECT_TRUE(pump.Drain(absl::Milliseconds(1)).empty());
}

TEST_F(CallPumpTest, AnswersAfterItsEndDoNoHarm) {
  provider_.HoldChats();
  {
    CallPump pump(Lanes(3), 3, &clock_);
    pump.Add(Calls(0, 10));
  }
  provider_.ReleaseChats();
  EXPECT_EQ(provider_.chat_calls().size(), 3u);
}

TEST_F(CallPumpTest, TellsHowLongACallTookAndWhen) {
  provider_.HoldChats();
  CallPump pump(Lanes(1), 1, &clock_);
  pump.Add(Calls(0, 1));
  clock_.Advance(absl::Seconds(3));
  provider_.ReleaseChats();
  const FinishedCall call = TakeCount(pump, 1).front();
  EXPECT_EQ(call.user_time, absl::Seconds(3));
  EXPECT_EQ(call.time, clock_.Now());
}

TEST_F(CallPumpTest, ARetryAfterHoldsItsProviderUntilTheClockHasMoved) {
  provider_.OnChat([](const ChatCall& call) {
    if (call.model != "0") return FakeProvider::Answer("{}");
    return FakeProvider::Failure(
        ResourceExhausted("PROVIDER_ERROR", "slow down").RetryAfter(absl::Seconds(5)));
  });
  CallPump pump(Lanes(4), 4, &clock_);
  pump.Add(Calls(0, 1));
  EXPECT_FALSE(TakeCount(pump, 1).front().answer.status.ok());
  pump.Add(Calls(1, 2));
  EXPECT_EQ(provider_.calls("Complete"), 1);
  clock_.Advance(absl::Seconds(5));
  EXPECT_TRUE(TakeCount(pump, 1).front().answer.status.ok());
}

TEST_F(CallPumpTest, TwoProvidersEachHaveTheirOwnWindow) {
  FakeProvider other(&clock_, "other");
  provider_.HoldChats();
  other.HoldChats();
  CallPump pump({{&provider_, Pacer(2)}, {&other, Pacer(2)}}, 100, &clock_);
  std::vector<ReadyCall> calls = Calls(0, 2, 0);
  for (ReadyCall& call : Calls(2, 4, 1)) calls.push_back(std::move(call));
  pump.Add(std::move(calls));
  EXPECT_EQ(provider_.held_chats(), 2u);
  EXPECT_EQ(other.held_chats(), 2u);
  provider_.ReleaseChats();
  other.ReleaseChats();
  EXPECT_EQ(TakeCount(pump, 4).size(), 4u);
}

TEST_F(CallPumpTest, ManyThreadsOfAProviderLoseNothing) {
  // Answers come from several threads at once, as they would from several providers.
  FakeProvider a(&clock_, "a"), b(&clock_, "b"), c(&clock_, "c");
  CallPump pump({{&a, Pacer(16)}, {&b, Pacer(16)}, {&c, Pacer(16)}}, 32, &clock_);
  std::vector<ReadyCall> calls;
  for (size_t i = 0; i < 3000; ++i) {
    for (ReadyCall& call : Calls(i, i + 1, i % 3)) calls.push_back(std::move(call));
  }
  pump.Add(std::move(calls));
  std::set<size_t> seen;
  for (const FinishedCall& call : TakeCount(pump, 3000)) seen.insert(call.sequence);
  EXPECT_EQ(seen.size(), 3000u);
}

// A provider whose calls fail, wait and are answered when the test says so.
class ScriptedProvider : public FakeProvider {
 public:
  using FakeProvider::FakeProvider;

  void Complete(ChatCall call, std::function<void(ChatAnswer)> done) override {
    calls.push_back({std::move(call), std::move(done)});
  }
  // The call's attempt fails: another is to come.
  void Fail(size_t call) {
    ++calls[call].attempts;
    calls[call].chat.gate->OnBackOff();
  }
  // That attempt is due.
  void BeDue(size_t call) {
    calls[call].chat.gate->WhenFree([this, call](bool may) {
      (may ? began : ended).push_back(call);
      if (!may) Answer(call, FakeProvider::Failure(FakeProvider::HttpError(503, "", "busy")));
    });
  }
  void Answer(size_t call, ChatAnswer answer = FakeProvider::Answer("{}")) {
    answer.attempts = calls[call].attempts + 1;
    calls[call].done(std::move(answer));
  }

  struct Call {
    ChatCall chat;
    std::function<void(ChatAnswer)> done;
    int attempts = 0;  // that failed
  };
  std::vector<Call> calls;
  std::vector<size_t> began, ended;  // further attempts
};

class CallPumpRetryTest : public testing::Test {
 protected:
  FakeClock clock_{absl::FromUnixSeconds(1'000'000)};
  ScriptedProvider provider_{&clock_};
  CallPump pump_{{{&provider_, Pacer(2)}}, 2, &clock_};
};

TEST_F(CallPumpRetryTest, ACallThatBacksOffLeavesItsSlotToAnother) {
  pump_.Add(Calls(0, 10));
  ASSERT_EQ(provider_.calls.size(), 2u);
  provider_.Fail(0);
  EXPECT_EQ(provider_.calls.size(), 3u);
  EXPECT_EQ(pump_.BackingOff(), 1u);
}

TEST_F(CallPumpRetryTest, AnAttemptThatIsDueGoesBeforeNewCallsAndWithinTheSlots) {
  pump_.Add(Calls(0, 10));
  provider_.Fail(0);
  provider_.BeDue(0);  // calls 1 and 2 have both slots
  EXPECT_TRUE(provider_.began.empty());
  provider_.Answer(1);
  EXPECT_EQ(provider_.began, std::vector<size_t>{0});
  EXPECT_EQ(provider_.calls.size(), 3u);
  provider_.Answer(2);
  EXPECT_EQ(provider_.calls.size(), 4u);
}

TEST_F(CallPumpRetryTest, OutAreAtMostSoManyTimesTheSlots) {
  pump_.Add(Calls(0, 100));
  for (size_t i = 0; i < provider_.calls.size(); ++i) provider_.Fail(i);
  EXPECT_EQ(provider_.calls.size(), 2 * kMostOutTimes);
}

TEST_F(CallPumpRetryTest, StopEndsCallsThatWaitForAnAttemptWithTheirLastFailure) {
  pump_.Add(Calls(0, 3));
  provider_.Fail(0);
  provider_.Fail(1);
  provider_.BeDue(0);  // goes on at once
  EXPECT_EQ(provider_.began, std::vector<size_t>{0});
  provider_.Fail(0);
  EXPECT_TRUE(pump_.Stop().empty());
  provider_.BeDue(0);
  provider_.BeDue(1);
  EXPECT_EQ(provider_.ended, (std::vector<size_t>{0, 1}));
  provider_.Answer(2);
  const std::vector<FinishedCall> drained = pump_.Drain(absl::Seconds(30));
  ASSERT_EQ(drained.size(), 3u);
  EXPECT_EQ(drained[0].answer.attempts, 3);
  EXPECT_FALSE(drained[0].answer.status.ok());
  EXPECT_TRUE(drained[2].answer.status.ok());
}

TEST_F(CallPumpRetryTest, AFullQueueOfDueAttemptsIsEndedByStop) {
  pump_.Add(Calls(0, 4));
  provider_.Fail(0);
  provider_.BeDue(0);  // 1 and 2 have the slots
  EXPECT_TRUE(provider_.began.empty());
  (void)pump_.Stop();
  EXPECT_EQ(provider_.ended, std::vector<size_t>{0});
}

TEST(CallPumpRateTest, FurtherAttemptsCountAgainstTheCallersLimit) {
  FakeClock clock(absl::FromUnixSeconds(1'000'000));
  ScriptedProvider provider(&clock);
  CallPump pump({{&provider, Pacer(8, {.requests_per_minute = 3})}}, 8, &clock);
  pump.Add(Calls(0, 10));
  EXPECT_EQ(provider.calls.size(), 3u);
  provider.Fail(0);
  provider.BeDue(0);
  EXPECT_TRUE(provider.began.empty());
  clock.Advance(absl::Seconds(30));
  provider.Answer(1);
  EXPECT_TRUE(provider.began.empty());
  clock.Advance(absl::Seconds(31));
  (void)pump.Take({.gather = absl::ZeroDuration(), .idle = absl::ZeroDuration()});
  EXPECT_EQ(provider.began, std::vector<size_t>{0});
  EXPECT_EQ(provider.calls.size(), 5u);
}

}  // namespace
}  // namespace tunegate::evaluations
