// What an evaluation takes from earlier ones, and what it asks afresh.
#include "server/evaluations/run/answer_reuse.h"

#include <atomic>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/evaluations/run/evaluation_fixture.h"
#include "server/evaluations/run/ledger.h"

namespace tunegate::evaluations {
namespace {

using providers::ChatCall;
using providers::FakeProvider;
using testing::Contains;
using testing::HasSubstr;

constexpr char kSnapshot[] = "base-2024-07-18";

class AnswerReuseTest : public EvaluationFixture {
 protected:
  // A snapshot against an alias, over `count` examples.
  v1::Evaluation Pinned(int count) {
    v1::Evaluation spec = Spec(count);
    spec.mutable_baseline()->set_model(kSnapshot);
    return spec;
  }
  // Steps a new evaluation to its end; answers of others are taken when `reuse`.
  std::string Ask(v1::Evaluation spec, bool reuse) {
    spec.set_reuse_answers(reuse);
    clock_.Advance(absl::Seconds(1));
    const std::string name = Create(spec);
    EXPECT_TRUE(Step(name).ok());
    EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
    return name;
  }
  int64_t ReusedBaseline(const std::string& name) {
    return Get(name).report().baseline_usage().reused();
  }
};

TEST_F(AnswerReuseTest, AnswersOfASnapshotAreTakenAndTheOthersAskedAfresh) {
  const v1::Evaluation spec = Pinned(20);
  const std::string earlier = Ask(spec, false);
  const int asked = provider_->calls("Complete");
  const std::string name = Ask(spec, true);
  EXPECT_EQ(provider_->calls("Complete") - asked, 20);  // the alias
  const v1::Evaluation done = Get(name);
  EXPECT_EQ(done.report().baseline_usage().reused(), 20);
  EXPECT_EQ(done.report().candidate_usage().reused(), 0);
  EXPECT_EQ(done.usage().calls(), 20);
  EXPECT_EQ(done.progress().figures().at("reused_answers"), 20);
  EXPECT_EQ(done.progress().figures().at("baseline_accuracy"), 0.5);
  EXPECT_EQ(done.progress().done(), 40);
  EXPECT_FALSE(done.report().has_latency_ratio());
  for (const store::v1::CallRecord& call : Recorded(name)) {
    EXPECT_EQ(call.reused_from(), call.arm() == kBaseline ? earlier : "");
    EXPECT_EQ(call.session() != 0, call.arm() == kCandidate);
    EXPECT_EQ(call.attempts(), call.arm() == kCandidate ? 1 : 0);
  }
  EXPECT_THAT(done.report().warnings(), Contains(HasSubstr("tuned is no dated snapshot")));
}

TEST_F(AnswerReuseTest, NothingIsTakenUnlessItIsAskedFor) {
  const v1::Evaluation spec = Pinned(10);
  Ask(spec, false);
  EXPECT_EQ(ReusedBaseline(Ask(spec, false)), 0);
}

TEST_F(AnswerReuseTest, WhereNoModelIsPinnedAllIsAskedAfreshAndTheReportSaysSo) {
  const v1::Evaluation spec = Spec(10);
  Ask(spec, false);
  const std::string name = Ask(spec, true);
  EXPECT_EQ(Get(name).usage().calls(), 20);
  EXPECT_THAT(Get(name).report().warnings(), Contains(HasSubstr("base is no dated snapshot")));
}

TEST_F(AnswerReuseTest, AnotherQuestionIsAnotherAnswer) {
  v1::Evaluation spec = Pinned(10);
  Ask(spec, false);
  spec.mutable_baseline()->set_system_prompt("Say it otherwise.");
  EXPECT_EQ(ReusedBaseline(Ask(spec, true)), 0);
}

TEST_F(AnswerReuseTest, AnswersOlderThanThePolicysLimitAreNotTaken) {
  v1::Evaluation spec = Pinned(10);
  spec.mutable_policy()->mutable_max_reuse_age()->set_seconds(3600);
  Ask(spec, false);
  clock_.Advance(absl::Minutes(59));
  EXPECT_EQ(ReusedBaseline(Ask(spec, true)), 10);
  clock_.Advance(absl::Minutes(2));
  // The second one's are younger, but were not asked there.
  EXPECT_EQ(ReusedBaseline(Ask(spec, true)), 0);
}

TEST_F(AnswerReuseTest, WithoutALimitInThePolicyItIsSevenDays) {
  const v1::Evaluation spec = Pinned(10);
  Ask(spec, false);
  clock_.Advance(absl::Hours(7 * 24) - absl::Minutes(1));
  EXPECT_EQ(ReusedBaseline(Ask(spec, true)), 10);
  clock_.Advance(absl::Minutes(2));
  EXPECT_EQ(ReusedBaseline(Ask(spec, true)), 0);
}

TEST_F(AnswerReuseTest, AnotherEndpointOfTheSameNameIsAnotherProvider) {
  const v1::Evaluation spec = Pinned(10);
  Ask(spec, false);
  const auto elsewhere = std::make_shared<FakeProvider>(&clock_, "fake", "fake://elsewhere");
  elsewhere->OnChat(&AnswerReuseTest::Answer);
  providers_ = providers::ProviderSet({{elsewhere, true}});
  EXPECT_EQ(ReusedBaseline(Ask(spec, true)), 0);
  EXPECT_EQ(elsewhere->calls("Complete"), 20);
}

TEST_F(AnswerReuseTest, FailuresAreAskedAgain) {
  const v1::Evaluation spec = Pinned(20);
  std::atomic<int> calls{0};
  provider_->OnChat([&](const ChatCall& call) {
    if (call.model == kSnapshot && ++calls % 4 == 0) {
      return FakeProvider::Failure(FakeProvider::LostAnswer());
    }
    return Answer(call);
  });
  Ask(spec, false);
  provider_->OnChat(&AnswerReuseTest::Answer);
  const std::string name = Ask(spec, true);
  EXPECT_EQ(ReusedBaseline(name), 15);
  EXPECT_EQ(Get(name).report().baseline_usage().failed(), 0);
}

TEST_F(AnswerReuseTest, RepeatsAreTakenByTheirIndexAndTheRestIsAsked) {
  v1::Evaluation spec = Pinned(10);
  spec.set_repeat_count(2);
  Ask(spec, false);
  spec.set_repeat_count(3);
  const std::string name = Ask(spec, true);
  EXPECT_EQ(ReusedBaseline(name), 20);
  for (const store::v1::CallRecord& call : Recorded(name)) {
    const bool fresh = call.arm() == kCandidate || call.repeat() == 2;
    EXPECT_EQ(call.reused_from().empty(), fresh);
  }
}

TEST_F(AnswerReuseTest, ALongerTestSetTakesWhatTheShorterAsked) {
  const v1::Evaluation shorter = Pinned(10);
  Ask(shorter, false);
  const std::string name = Ask(Pinned(30), true);
  EXPECT_EQ(ReusedBaseline(name), 10);
}

TEST_F(AnswerReuseTest, AModelAgainstItselfGetsNoAnswerTwice) {
  v1::Evaluation alone = Pinned(10);
  alone.clear_candidate();
  Ask(alone, false);
  v1::Evaluation both = alone;
  both.mutable_candidate()->set_model(kSnapshot);
  const std::string name = Ask(both, true);
  EXPECT_EQ(Get(name).report().baseline_usage().reused(), 10);
  EXPECT_EQ(Get(name).report().candidate_usage().reused(), 0);
}

TEST_F(AnswerReuseTest, ACancelledEvaluationsAnswersAreGood) {
  const v1::Evaluation spec = Pinned(20);
  const std::string cancelled = Create(spec);
  std::atomic<int> calls{0};
  provider_->OnChat([&](const ChatCall& call) {
    if (++calls == 20) Cancel(cancelled);
    return Answer(call);
  });
  ASSERT_TRUE(Step(cancelled).ok());
  const int64_t reused = ReusedBaseline(Ask(spec, true));
  EXPECT_GE(reused, 10);
  EXPECT_LT(reused, 20);
}

TEST_F(AnswerReuseTest, OfManyEarlierOnesTheNewestAreRead) {
  const v1::Evaluation spec = Pinned(3);
  Ask(spec, false);
  v1::Evaluation others = spec;
  others.mutable_baseline()->set_system_prompt("of no use");
  for (int i = 0; i < kMostRead - 1; ++i) Ask(others, false);
  EXPECT_EQ(ReusedBaseline(Ask(spec, true)), 3);
  // That one is in the way now: what it took is nobody's to take again.
  EXPECT_EQ(ReusedBaseline(Ask(spec, true)), 0);
}

TEST_F(AnswerReuseTest, AResumedEvaluationGoesOnWithWhatItTook) {
  v1::Evaluation spec = Pinned(20);
  Ask(spec, false);
  spec.set_reuse_answers(true);
  spec.mutable_budget()->set_max_calls(5);
  const std::string name = Create(spec);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).failure().reason(), "BUDGET_EXHAUSTED");
  EXPECT_EQ(Get(name).progress().done(), 25);
  EXPECT_EQ(Get(name).usage().calls(), 5);  // reused answers take none of it
  v1::Budget larger;
  larger.set_max_calls(100);
  Resume(name, &larger);
  ASSERT_TRUE(Step(name).ok());
  EXPECT_EQ(Get(name).state(), v1::Evaluation::STATE_SUCCEEDED);
  EXPECT_EQ(Get(name).usage().calls(), 20);
  EXPECT_EQ(ReusedBaseline(name), 20);
}

}  // namespace
}  // namespace tunegate::evaluations
