// Bad input has a defined verdict: test sets that show nothing, candidates that answer nonsense,
// calls that fail, figures without a denominator. Policies that cannot be are policy_test.cc's.
#include <string>

#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/verdict/decide_fixture.h"
#include "common/evidence/verdict/policy.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::decisions {
namespace {

using evaluations::fixture::Failed;
using evaluations::fixture::kBug;
using fixture::AskCells;
using fixture::Asked;
using fixture::AtEqualSpeed;
using fixture::DecideOn;
using fixture::DecideOnCells;
using fixture::ImprovementOf;
using fixture::WithoutCandidateAnswers;
using store::v1::CallRecord;
using ::testing::HasSubstr;
using v1::Decision;

// What both would have said, but for the candidate's answers to the first `count` examples.
Asked WithCandidateSaying(const std::string& text, int64_t count) {
  Asked asked = AtEqualSpeed(AskCells({60, 30, 0, 10}));
  for (CallRecord& call : asked.calls) {
    if (call.arm() == CallRecord::ARM_CANDIDATE && call.example() <= count) call.set_text(text);
  }
  return asked;
}

// --- test sets ---

TEST(DecideBadInputTest, OneClassIsJudgedLikeAnyOther) {
  Asked asked = AtEqualSpeed(AskCells({0, 0, 0, 0}));
  for (int64_t line = 1; line <= 100; ++line) {
    asked.examples.push_back(evaluations::fixture::MakeExample(line, kBug));
    for (const auto arm : {CallRecord::ARM_BASELINE, CallRecord::ARM_CANDIDATE}) {
      const bool wrong = arm == CallRecord::ARM_BASELINE && line <= 30;
      asked.calls.push_back(evaluations::fixture::MakeCall(line, arm, wrong ? "{}" : kBug));
    }
  }
  asked = AtEqualSpeed(asked);
  const Decision decision = DecideOn(asked);
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_GO) << decision.DebugString();
  EXPECT_NEAR(decision.criteria(0).observed().value(), 0.3, 1e-12);
}

TEST(DecideBadInputTest, OneExampleDecidesNothing) {
  EXPECT_EQ(DecideOnCells({0, 1, 0, 0}).verdict(), Decision::VERDICT_INCONCLUSIVE);
}

TEST(DecideBadInputTest, NoChangeAtAllIsJudgedByItsInterval) {
  // At n = 100 the interval ends at +3.7 points, at n = 30 at +11.4.
  EXPECT_EQ(DecideOnCells({60, 0, 0, 40}, {.policy = ImprovementOf(0.10)}).verdict(),
            Decision::VERDICT_NO_GO);
  EXPECT_EQ(DecideOnCells({20, 0, 0, 10}, {.policy = ImprovementOf(0.10)}).verdict(),
            Decision::VERDICT_INCONCLUSIVE);
}

TEST(DecideBadInputTest, AllRightAndAllWrongHaveVerdicts) {
  EXPECT_EQ(DecideOnCells({100, 0, 0, 0}).criteria(0).outcome(), Decision::OUTCOME_INFEASIBLE);
  const Decision wrong = DecideOnCells({0, 0, 0, 100});
  EXPECT_EQ(wrong.criteria(0).outcome(), Decision::OUTCOME_FAIL);
  EXPECT_EQ(wrong.criteria(1).outcome(), Decision::OUTCOME_FAIL);
  EXPECT_EQ(wrong.verdict(), Decision::VERDICT_NO_GO);
}

TEST(DecideBadInputTest, ARelativeGainOverNothingHasNoValue) {
  const Decision decision =
      DecideOnCells({0, 60, 0, 40}, {.policy = ImprovementOf(0.10, v1::Policy::BASIS_RELATIVE)});
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_INCONCLUSIVE);
  EXPECT_THAT(decision.criteria(0).explanation(), HasSubstr("relative to 0 % has no value"));
}

// The baseline made no error: an error reduction divides by nothing, and there is nothing to gain.
TEST(DecideBadInputTest, AnErrorReductionOfNoErrorsIsInfeasible) {
  const Decision decision = DecideOnCells(
      {98, 0, 2, 0}, {.policy = ImprovementOf(0.10, v1::Policy::BASIS_ERROR_REDUCTION)});
  EXPECT_EQ(decision.criteria(0).outcome(), Decision::OUTCOME_INFEASIBLE);
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_NO_GO);
}

TEST(DecideBadInputTest, NoExamplesAtAllAreInconclusive) {
  const Decision decision = DecideOn(Asked{});
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_INCONCLUSIVE);
  EXPECT_THAT(decision.criteria(0).explanation(), HasSubstr("No example was answered by both"));
  EXPECT_THAT(decision.explanation(), HasSubstr("Only 0 examples were judged"));
}

// --- answers ---

TEST(DecideBadInputTest, ACandidateThatNeverAnsweredIsInconclusive) {
  const Decision decision =
      DecideOn(WithoutCandidateAnswers(AtEqualSpeed(AskCells({60, 0, 0, 40})), 1, 100));
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_NO_GO);  // infinite response times
  EXPECT_EQ(decision.criteria(0).outcome(), Decision::OUTCOME_INCONCLUSIVE);
  EXPECT_FALSE(decision.criteria(0).has_candidate());
  EXPECT_THAT(decision.criteria(3).explanation(), HasSubstr("half of the candidate's calls"));
}

TEST(DecideBadInputTest, ACandidateOfProseIsNoGo) {
  Asked asked = AtEqualSpeed(AskCells({60, 0, 0, 40}));
  for (CallRecord& call : asked.calls) {
    if (call.arm() == CallRecord::ARM_CANDIDATE) call.set_text("I would say it is a bug.");
  }
  const Decision decision = DecideOn(asked);
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_NO_GO);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(decision.criteria(i).outcome(), Decision::OUTCOME_FAIL) << i;
  }
  EXPECT_EQ(decision.criteria(3).outcome(), Decision::OUTCOME_PASS);
}

// Members that the task does not know break the schema and not the accuracy.
TEST(DecideBadInputTest, ExtraFieldsCountAgainstStructureOnly) {
  Asked asked = AtEqualSpeed(AskCells({60, 30, 0, 10}));
  for (CallRecord& call : asked.calls) {
    if (call.arm() != CallRecord::ARM_CANDIDATE) continue;
    std::string text = call.text();
    text.insert(text.size() - 1, R"(,"why":"because")");
    call.set_text(text);
  }
  const Decision decision = DecideOn(asked);
  EXPECT_EQ(decision.criteria(0).outcome(), Decision::OUTCOME_PASS);
  EXPECT_EQ(decision.criteria(1).outcome(), Decision::OUTCOME_PASS);
  EXPECT_EQ(decision.criteria(2).outcome(), Decision::OUTCOME_FAIL);
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_NO_GO);
}

TEST(DecideBadInputTest, AMegabyteAndInvalidUtf8AreWrongAnswers) {
  for (const std::string& text : {std::string(1 << 20, 'a'), std::string("{\"kind\":\"\xff\"}"),
                                  std::string("\xc3"), std::string()}) {
    const Decision decision = DecideOn(WithCandidateSaying(text, 60));
    EXPECT_EQ(decision.verdict(), Decision::VERDICT_NO_GO);
    EXPECT_NEAR(decision.criteria(0).candidate(), 0.3, 1e-12);
    std::string bytes;
    EXPECT_TRUE(decision.SerializeToString(&bytes));
    EXPECT_TRUE(Decision().ParseFromString(bytes));
    EXPECT_LT(bytes.size(), 20'000u);
  }
}

TEST(DecideBadInputTest, RefusalsAndCutAnswersAreWrongEvenWhereTheyParse) {
  Asked refused = AtEqualSpeed(AskCells({60, 30, 0, 10}));
  Asked cut = refused;
  for (size_t i = 0; i < refused.calls.size(); ++i) {
    if (refused.calls[i].arm() != CallRecord::ARM_CANDIDATE) continue;
    refused.calls[i].set_refused(true);
    cut.calls[i].set_finish_reason("length");
  }
  for (const Asked& asked : {refused, cut}) {
    const Decision decision = DecideOn(asked);
    EXPECT_EQ(decision.criteria(0).outcome(), Decision::OUTCOME_FAIL);
    EXPECT_EQ(decision.criteria(0).candidate(), 0);
    EXPECT_EQ(decision.verdict(), Decision::VERDICT_NO_GO);
  }
}

// --- calls that failed ---

TEST(DecideBadInputTest, ATenthOfTheCallsFailingLeavesAMarginalCaseOpen) {
  Asked asked = AtEqualSpeed(AskCells({84, 12, 2, 2}));
  for (size_t i = 0; i < asked.calls.size(); i += 10) asked.calls[i] = Failed(asked.calls[i]);
  EXPECT_EQ(DecideOn(asked, {.policy = ImprovementOf(0.10)}).verdict(),
            Decision::VERDICT_INCONCLUSIVE);
}

TEST(DecideBadInputTest, ATenthOfTheCallsFailingLeavesAClearCaseAsItIs) {
  Asked asked = AtEqualSpeed(AskCells({40, 150, 0, 10}));
  for (size_t i = 0; i < asked.calls.size(); i += 10) asked.calls[i] = Failed(asked.calls[i]);
  const Decision decision = DecideOn(asked, {.policy = ImprovementOf(0.10)});
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_GO);
  EXPECT_THAT(decision.criteria(0).explanation(), HasSubstr("40 answers never came: the outcome"));
}

}  // namespace
}  // namespace tunegate::decisions
