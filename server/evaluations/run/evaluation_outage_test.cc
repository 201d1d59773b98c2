// An evaluation whose provider does not answer for a while: it waits, tells so once, and goes on by
// itself.
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/evaluations/run/evaluation_fixture.h"

namespace tunegate::evaluations {
namespace {

using providers::ChatAnswer;
using providers::ChatCall;
using providers::FakeProvider;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class EvaluationOutageTest : public EvaluationFixture {
 protected:
  EvaluationOutageTest() {
    provider_->OnChat([this](const ChatCall& call) {
      if (silent_ || call.messages.back().second == poison_) return FakeProvider::Failure(error_);
      if (++answers_ == silent_after_) silent_ = true;
      ++answered_[{call.model, call.messages.back().second}];
      return Answer(call);
    });
  }

  // Makes every step of it that becomes due within this time.
  void RunFor(const std::string& name, absl::Duration time) {
    for (absl::Duration passed; passed < time; passed += absl::Seconds(1)) {
      const absl::Status stepped = Step(name);
      ASSERT_TRUE(stepped.ok() || absl::IsNotFound(stepped)) << stepped;
      clock_.Advance(absl::Seconds(1));
    }
  }
  // Everything that was told of it.
  size_t Told(const std::string& name) {
    size_t told = 0;
    for (const v1::Event::Type type : {v1::Event::TYPE_STATE_CHANGED, v1::Event::TYPE_UPDATED,
                                       v1::Event::TYPE_PROGRESS, v1::Event::TYPE_CREATED}) {
      told += EventsOf(name, type).size();
    }
    return told;
  }

  // The provider's thread reads and writes these while a step runs, and the test between steps.
  std::atomic<bool> silent_{false};
  int answers_ = 0;
  int silent_after_ = -1;
  std::string poison_;  // the query that is never answered
  absl::Status error_ = FakeProvider::HttpError(503, "", "overloaded");
  std::map<std::pair<std::string, std::string>, int> answered_;
};

TEST_F(EvaluationOutageTest, AStormOfMinutesIsWaitedForToldOnceAndNothingIsAnsweredTwice) {
  for (const absl::Status& storm : {FakeProvider::HttpError(503, "", "overloaded"),
                                    FakeProvider::HttpError(429, "rate_limit_exceeded", "slow")}) {
    error_ = storm;
    answers_ = 0;
    silent_after_ = 40;
    answered_.clear();
    v1::Evaluation spec = Spec(60);
    spec.set_max_concurrency(8);
    const std::string name = Create(spec, "workflows/w");
    ASSERT_TRUE(Step(name).ok());
    const v1::Evaluation waiting = Get(name);
    EXPECT_EQ(waiting.state(), v1::Evaluation::STATE_BLOCKED);
    EXPECT_EQ(waiting.failure().reason(), "PROVIDER_UNREACHABLE");
    EXPECT_THAT(waiting.failure().remedy(), HasSubstr("goes on by itself"));
    EXPECT_EQ(Recorded(name).size(), 40u);
    const int asked = provider_->calls("Complete");
    const size_t told = Told(name);

    RunFor(name, absl::Minutes(20));
    EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_BLOCKED);
    EXPECT_EQ(Told(name), told) << "looking again in vain is no news";
    EXPECT_GT(provider_->calls("Complete"), asked + 20);
    EXPECT_LT(provider_->calls("Complete"), asked + 30) << "once a minute, with one call";

    silent_ = false;
    RunFor(name, absl::Minutes(1) + absl::Seconds(1));
    EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
    EXPECT_FALSE(Get(name).has_failure());
    EXPECT_EQ(answered_.size(), 120u);
    for (const auto& [call, times] : answered_) EXPECT_EQ(times, 1) << call.second;
    EXPECT_EQ(Get(name).report().baseline_usage().failed(), 0);
    EXPECT_EQ(Get(name).usage().maybe_repeated_calls(), 0);
    const auto changes = EventsOf(name, v1::Event::TYPE_STATE_CHANGED);
    ASSERT_EQ(changes.size(), 4u) << "runs, is blocked, runs again, has succeeded";
    EXPECT_THAT(changes[2].message(), HasSubstr("the provider answers again"));
    EXPECT_FALSE(GetRecord(name).has_provider_outage());
  }
}

TEST_F(EvaluationOutageTest, ACallThatIsNeverAnsweredDoesNotKeepTheOthersWaiting) {
  const std::string name = Create(Spec(20));
  silent_ = true;
  ASSERT_TRUE(Step(name).ok());
  poison_ = provider_->chat_calls().front().messages.back().second;
  silent_ = false;
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(Get(name).report().baseline_usage().failed(), 1);
  EXPECT_EQ(Get(name).report().candidate_usage().failed(), 1);
}

TEST_F(EvaluationOutageTest, AnswersOfTheOtherProviderAreNoSignOfLife) {
  const auto other = std::make_shared<FakeProvider>(&clock_, "other");
  other->OnChat(&EvaluationFixture::Answer);
  providers_ = providers::ProviderSet({{provider_, true}, {other, true}});
  v1::Evaluation spec = Spec(40);
  spec.mutable_candidate()->set_provider("other");
  const std::string name = Create(spec);
  silent_ = true;
  ASSERT_TRUE(Step(name).ok());
  const size_t told = Told(name);
  RunFor(name, absl::Minutes(5));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(Told(name), told);
  silent_ = false;
  RunFor(name, absl::Minutes(2));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(other->calls("Complete"), 40);
}

TEST_F(EvaluationOutageTest, WhatNeedsAPersonIsToldAlsoWhileItWaits) {
  const std::string name = Create(Spec(20));
  silent_ = true;
  ASSERT_TRUE(Step(name).ok());
  error_ = FakeProvider::HttpError(429, "insufficient_quota", "pay");
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_BLOCKED);
  EXPECT_EQ(Get(name).failure().reason(), "QUOTA_EXHAUSTED");
  const int asked = provider_->calls("Complete");
  RunFor(name, absl::Minutes(5));
  EXPECT_EQ(provider_->calls("Complete"), asked) << "it waits for a person";
  silent_ = false;
  Resume(name);
  RunFor(name, absl::Seconds(1));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
}

TEST_F(EvaluationOutageTest, APersonNeedNotWait) {
  const std::string name = Create(Spec(20));
  silent_ = true;
  ASSERT_TRUE(Step(name).ok());
  RunFor(name, absl::Minutes(10));
  silent_ = false;
  Resume(name);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
}

TEST_F(EvaluationOutageTest, ItCanBeCancelledWhileItWaits) {
  const std::string name = Create(Spec(20));
  silent_ = true;
  ASSERT_TRUE(Step(name).ok());
  Cancel(name);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_CANCELLED);
  EXPECT_FALSE(Get(name).has_failure());
  EXPECT_THAT(ClaimAll(), Not(Contains(name)));
}

TEST_F(EvaluationOutageTest, PausedWorkDoesNotEvenLook) {
  const std::string name = Create(Spec(20));
  silent_ = true;
  ASSERT_TRUE(Step(name).ok());
  ASSERT_TRUE(pause_.Set(true, "cost review").ok());
  const int asked = provider_->calls("Complete");
  silent_ = false;
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(provider_->calls("Complete"), asked);
  ASSERT_TRUE(pause_.Set(false, "").ok());
  RunFor(name, absl::Minutes(1));
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
}

TEST_F(EvaluationOutageTest, AStopWhileItLooksLeavesItToAnotherServer) {
  const std::string name = Create(Spec(20));
  silent_ = true;
  ASSERT_TRUE(Step(name).ok());
  clock_.Advance(absl::Seconds(2));
  stop_.stopping = true;
  ASSERT_TRUE(Step(name).ok());
  stop_.stopping = false;
  silent_ = false;
  ASSERT_TRUE(Step(name).ok()) << "due at once";
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(Get(name).usage().maybe_repeated_calls(), 0);
}

}  // namespace
}  // namespace tunegate::evaluations
