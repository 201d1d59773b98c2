#include "common/evidence/verdict/decide.h"

#include <string>

#include "common/errors.h"
#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/verdict/decide_fixture.h"
#include "common/evidence/verdict/policy.h"
#include "common/statistics/multiplicity.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::decisions {
namespace {

using evaluations::fixture::Failed;
using fixture::AskCells;
using fixture::Asked;
using fixture::AtEqualSpeed;
using fixture::Cells;
using fixture::DecideOn;
using fixture::DecideOnCells;
using fixture::Evaluate;
using fixture::ImprovementOf;
using fixture::NoWorseOnSlice;
using fixture::OneCriterion;
using fixture::WithoutCandidateAnswers;
using store::v1::CallRecord;
using ::testing::HasSubstr;
using ::testing::Not;
using v1::Decision;

TEST(DecideTest, AllCriteriaHoldingGivesGo) {
  const Decision decision = DecideOnCells({67, 24, 2, 7});
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_GO) << decision.DebugString();
  EXPECT_EQ(decision.effective_verdict(), Decision::VERDICT_GO);
  ASSERT_EQ(decision.criteria_size(), 4);
  const auto& improvement = decision.criteria(0);
  EXPECT_EQ(improvement.outcome(), Decision::OUTCOME_PASS);
  EXPECT_DOUBLE_EQ(improvement.observed().value(), 0.22);
  EXPECT_NEAR(improvement.observed().lower(), 0.13326858649908724, 1e-9);
  EXPECT_DOUBLE_EQ(improvement.required(), 0.10);
  EXPECT_DOUBLE_EQ(improvement.baseline(), 0.69);
  EXPECT_DOUBLE_EQ(improvement.candidate(), 0.91);
  EXPECT_FALSE(improvement.has_examples_needed());
  EXPECT_NEAR(decision.assured_gain(), 0.13326858649908724, 1e-9);
  EXPECT_EQ(decision.example_count(), 100);
  EXPECT_FALSE(decision.post_hoc());
  EXPECT_THAT(decision.explanation(), HasSubstr("+22.0 points reaches the target of +10.0 points, "
                                                "and +13.3 is assured: better (p < .001"));
  EXPECT_THAT(decision.next_step(), HasSubstr("new"));
  EXPECT_DOUBLE_EQ(decision.criteria(3).observed().value(), 1);
  EXPECT_DOUBLE_EQ(decision.criteria(3).required(), 1.25);
}

// The screen's example: 86 against 94 of 100, 11 gained, 3 lost.
TEST(DecideTest, BetterButNotByTheTargetIsInconclusive) {
  const Decision decision = DecideOnCells({83, 11, 3, 3});
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_INCONCLUSIVE);
  const auto& improvement = decision.criteria(0);
  EXPECT_EQ(improvement.outcome(), Decision::OUTCOME_INCONCLUSIVE);
  EXPECT_NEAR(improvement.observed().lower(), 0.007597552021106856, 1e-9);
  EXPECT_NEAR(improvement.observed().upper(), 0.16187459521218472, 1e-9);
  EXPECT_EQ(decision.criteria(1).outcome(), Decision::OUTCOME_PASS);
  EXPECT_THAT(improvement.explanation(),
              HasSubstr("+8.0 points is below the target of +10.0 points, but the interval reaches "
                        "+16.2: better (p = .035, mid-p; 11 gained, 3 lost), not shown to miss"));
  EXPECT_THAT(improvement.explanation(),
              HasSubstr("GO if 2 more of the candidate's 6 wrong answers were right."));
  // Settled as FAIL, with the next look's confidence: more than a thousand examples.
  EXPECT_GT(improvement.examples_needed(), 1000);
  EXPECT_THAT(improvement.explanation(), HasSubstr("as FAIL; no number as PASS"));
  EXPECT_THAT(decision.next_step(), HasSubstr("would only show that it misses"));
}

TEST(DecideTest, AGainRuledOutIsNoGo) {
  const Decision decision = DecideOnCells({70, 1, 1, 28}, {.policy = ImprovementOf(0.10)});
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_NO_GO);
  EXPECT_EQ(decision.criteria(0).outcome(), Decision::OUTCOME_FAIL);
  EXPECT_THAT(decision.criteria(0).explanation(), HasSubstr("is ruled out"));
  EXPECT_THAT(decision.next_step(), HasSubstr("Keep the baseline"));
}

TEST(DecideTest, ATargetWithoutRoomIsInfeasibleAndNoGo) {
  const Decision decision = DecideOnCells({95, 5, 0, 0}, {.policy = ImprovementOf(0.10)});
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_NO_GO);
  EXPECT_EQ(decision.criteria(0).outcome(), Decision::OUTCOME_INFEASIBLE);
  EXPECT_THAT(decision.criteria(0).explanation(),
              HasSubstr("wrong on only 5 of 100 examples; the target of +10.0 points needs 10"));
}

TEST(DecideTest, FailBeatsInconclusive) {
  v1::Policy policy = ImprovementOf(0.10);
  auto& accuracy = *policy.add_criteria();
  accuracy.set_id("accuracy");
  accuracy.set_metric("overall_accuracy");
  accuracy.set_at_least(0.9999);
  const Decision decision = DecideOnCells({83, 11, 3, 3}, {.policy = policy});
  EXPECT_EQ(decision.criteria(0).outcome(), Decision::OUTCOME_INCONCLUSIVE);
  EXPECT_EQ(decision.criteria(1).outcome(), Decision::OUTCOME_FAIL);
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_NO_GO);
  EXPECT_THAT(decision.explanation(), HasSubstr("accuracy: "));
  EXPECT_THAT(decision.explanation(), Not(HasSubstr("c: ")));
}

// 0.95 - 0.85 is below 0.10 in doubles.
TEST(DecideTest, ThresholdsAreComparedInIntegers) {
  EXPECT_EQ(DecideOnCells({84, 11, 1, 4}, {.policy = ImprovementOf(0.10)}).verdict(),
            Decision::VERDICT_GO);
  EXPECT_EQ(DecideOnCells({84, 10, 1, 5}, {.policy = ImprovementOf(0.10)}).verdict(),
            Decision::VERDICT_INCONCLUSIVE);
  const auto at_least = [](double share) {
    return OneCriterion([&](auto& c) { c.set_at_least(share); });
  };
  EXPECT_EQ(DecideOnCells({85, 0, 0, 15}, {.policy = at_least(0.85)}).verdict(),
            Decision::VERDICT_GO);
  EXPECT_EQ(DecideOnCells({84, 0, 0, 16}, {.policy = at_least(0.85)}).verdict(),
            Decision::VERDICT_INCONCLUSIVE);
  // Wilson's upper limit for 77 of 100 is 0.8418.
  EXPECT_EQ(DecideOnCells({77, 0, 0, 23}, {.policy = at_least(0.85)}).verdict(),
            Decision::VERDICT_NO_GO);
}

TEST(DecideTest, AGainReachedByChanceIsInconclusive) {
  const Decision decision = DecideOnCells({30, 15, 10, 5}, {.policy = ImprovementOf(0.08)});
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_INCONCLUSIVE);
  EXPECT_THAT(decision.criteria(0).explanation(), HasSubstr("not told apart from chance"));
  EXPECT_THAT(decision.criteria(0).explanation(), HasSubstr("would settle it as PASS"));
  EXPECT_THAT(decision.next_step(), HasSubstr("fresh test set of about"));
}

TEST(DecideTest, TheSuperiorityMarginRaisesTheBar) {
  v1::Policy policy = ImprovementOf(0.10);
  policy.mutable_criteria(0)->mutable_improvement()->set_superiority_margin(0.14);
  // The lower bound is +13.3 points.
  EXPECT_EQ(DecideOnCells({67, 24, 2, 7}, {.policy = policy}).verdict(),
            Decision::VERDICT_INCONCLUSIVE);
}

TEST(DecideTest, TheBasisChangesWhatTheTargetCounts) {
  // 60 to 66 of 100: +6 points, +10 % relative, 15 % of errors.
  const Cells cells = {60, 6, 0, 34};
  EXPECT_EQ(DecideOnCells(cells, {.policy = ImprovementOf(0.10)}).verdict(),
            Decision::VERDICT_INCONCLUSIVE);
  const Decision relative =
      DecideOnCells(cells, {.policy = ImprovementOf(0.10, v1::Policy::BASIS_RELATIVE)});
  EXPECT_EQ(relative.verdict(), Decision::VERDICT_GO) << relative.DebugString();
  EXPECT_NEAR(relative.criteria(0).observed().value(), 0.1, 1e-12);
  EXPECT_DOUBLE_EQ(relative.criteria(0).required(), 0.10);
  const Decision errors =
      DecideOnCells(cells, {.policy = ImprovementOf(0.15, v1::Policy::BASIS_ERROR_REDUCTION)});
  EXPECT_EQ(errors.verdict(), Decision::VERDICT_GO);
  EXPECT_NEAR(errors.criteria(0).observed().value(), 0.15, 1e-12);
}

// --- what limits a GO ---

TEST(DecideTest, FewerThanTheLeastExamplesNeverGiveGo) {
  const Cells cells = {20, 25, 0, 4};
  const Decision few = DecideOnCells(cells, {.policy = ImprovementOf(0.10)});
  EXPECT_EQ(few.criteria(0).outcome(), Decision::OUTCOME_PASS);
  EXPECT_EQ(few.verdict(), Decision::VERDICT_INCONCLUSIVE);
  EXPECT_THAT(few.explanation(), HasSubstr("Only 49 examples were judged"));
  EXPECT_THAT(few.next_step(), HasSubstr("about 50 examples"));
}

TEST(DecideTest, FewExamplesStillGiveNoGo) {
  EXPECT_EQ(DecideOnCells({0, 0, 30, 0}, {.policy = ImprovementOf(0.10)}).verdict(),
            Decision::VERDICT_NO_GO);
}

// Z(0) of 12 gained and 2 lost is 2.67: above 2.64 (look 3), below 2.87 (look 4).
TEST(DecideTest, LaterLooksMustShowMore) {
  const Cells cells = {84, 12, 2, 2};
  EXPECT_EQ(DecideOnCells(cells, {.policy = ImprovementOf(0.10), .look = 1}).verdict(),
            Decision::VERDICT_GO);
  EXPECT_EQ(DecideOnCells(cells, {.policy = ImprovementOf(0.10), .look = 3}).verdict(),
            Decision::VERDICT_GO);
  const Decision fourth = DecideOnCells(cells, {.policy = ImprovementOf(0.10), .look = 4});
  EXPECT_EQ(fourth.verdict(), Decision::VERDICT_INCONCLUSIVE);
  EXPECT_THAT(fourth.explanation(), HasSubstr("look 4 at the same test set: intervals are made "
                                              "with 99.58 % confidence"));
}

TEST(DecideTest, ALaterLookNamesWhoAsksTheSameQuestions) {
  v1::Evaluation evaluation = Evaluate(AskCells({67, 24, 2, 7}), {.look = 2});
  const auto words = [&] { return Decide({&evaluation, evaluation.policy()})->explanation(); };
  evaluation.add_related_datasets("datasets/a");
  EXPECT_THAT(words(), HasSubstr("This is look 2 at the same questions (datasets/a asks them as "
                                 "well): intervals are made with 97.50 % confidence"));
  evaluation.add_related_datasets("datasets/b");
  EXPECT_THAT(words(), HasSubstr("(datasets/a and another dataset ask them as well)"));
  evaluation.add_related_datasets("datasets/c");
  EXPECT_THAT(words(), HasSubstr("(datasets/a and 2 other datasets ask them as well)"));
}

TEST(DecideTest, WhatIsNoTestSetJudgesNobody) {
  const v1::Evaluation evaluation = Evaluate(AskCells({67, 24, 2, 7}), {.look = 0});
  const auto decision = Decide({&evaluation, evaluation.policy()});
  EXPECT_EQ(DetailsOf(decision.status()).reason, "NOT_A_TEST_SET");
}

TEST(DecideTest, APolicyMadeAfterwardsKeepsItsNoGo) {
  const v1::Evaluation evaluation = Evaluate(AtEqualSpeed(AskCells({90, 0, 10, 0})));
  const auto decision = Decide({&evaluation, ImprovementOf(0.05)});
  ASSERT_TRUE(decision.ok());
  EXPECT_TRUE(decision->post_hoc());
  EXPECT_EQ(decision->effective_verdict(), Decision::VERDICT_NO_GO);
}

TEST(DecideTest, AnIntervalMadeForAnEarlierLookCannotBeJudged) {
  const Decision decision = DecideOnCells({67, 24, 2, 7}, {.look = 2});
  EXPECT_EQ(decision.criteria(3).outcome(), Decision::OUTCOME_INCONCLUSIVE);
  EXPECT_THAT(decision.criteria(3).explanation(), HasSubstr("needs 97.5 %"));
  const Decision prepared = DecideOnCells(
      {67, 24, 2, 7}, {.look = 2, .report_confidence = stats::ConfidenceAtLook(0.95, 2)});
  EXPECT_EQ(prepared.criteria(3).outcome(), Decision::OUTCOME_PASS);
}

TEST(DecideTest, APolicyMadeAfterwardsPromotesNothing) {
  const v1::Evaluation evaluation = Evaluate(AtEqualSpeed(AskCells({67, 24, 2, 7})));
  const auto decision = Decide({&evaluation, ImprovementOf(0.05)});
  ASSERT_TRUE(decision.ok());
  EXPECT_TRUE(decision->post_hoc());
  EXPECT_EQ(decision->verdict(), Decision::VERDICT_GO);
  EXPECT_EQ(decision->effective_verdict(), Decision::VERDICT_INCONCLUSIVE);
  EXPECT_THAT(decision->explanation(), HasSubstr("exploratory and promotes nothing"));
  EXPECT_THAT(decision->next_step(), HasSubstr("Freeze this policy"));
}

// --- structure and latency ---

TEST(DecideTest, StructureIsNonInferiorityAndNotTheAbsenceOfADifference) {
  const v1::Policy policy = OneCriterion([](auto& c) {
    c.set_metric("schema_valid_rate");
    c.set_no_worse_than(0.05);
  });
  // No change at all: the interval is -+3.7 points at n = 100, -+7.1 at n = 50.
  EXPECT_EQ(DecideOnCells({100, 0, 0, 0}, {.policy = policy}).verdict(), Decision::VERDICT_GO);
  const Decision few = DecideOnCells({50, 0, 0, 0}, {.policy = policy});
  EXPECT_EQ(few.verdict(), Decision::VERDICT_INCONCLUSIVE);
  // z^2 / (n + z^2) < 0.05 from n = 73 at 95 %; the next look's confidence asks for more.
  EXPECT_EQ(few.criteria(0).examples_needed(), 96);
  Asked broken = AtEqualSpeed(AskCells({100, 0, 0, 0}));
  for (CallRecord& call : broken.calls) {
    if (call.arm() == CallRecord::ARM_CANDIDATE && call.example() <= 30) call.set_text("prose");
  }
  const Decision fail = DecideOn(broken, {.policy = policy});
  EXPECT_EQ(fail.verdict(), Decision::VERDICT_NO_GO);
  EXPECT_THAT(fail.criteria(0).explanation(), HasSubstr("worse by more than 5.0 points"));
  EXPECT_DOUBLE_EQ(fail.criteria(0).required(), -0.05);
}

TEST(DecideTest, ASlowerCandidateFails) {
  const v1::Policy policy = OneCriterion([](auto& c) {
    c.set_metric("latency_ratio");
    c.set_no_worse_than(0.25);
  });
  const Decision decision = DecideOn(AskCells({60, 0, 0, 0}), {.policy = policy});
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_NO_GO);
  EXPECT_DOUBLE_EQ(decision.criteria(0).observed().value(), 1.5);
  EXPECT_DOUBLE_EQ(decision.criteria(0).baseline(), 0.02);
  EXPECT_DOUBLE_EQ(decision.criteria(0).candidate(), 0.03);
  const Decision few = DecideOn(AskCells({25, 0, 0, 0}), {.policy = policy});
  EXPECT_EQ(few.criteria(0).outcome(), Decision::OUTCOME_INCONCLUSIVE);
  EXPECT_THAT(few.criteria(0).explanation(), HasSubstr("at least 30 are needed"));
}

TEST(DecideTest, TooFewFreshPairsLeaveLatencyOpen) {
  Asked asked = AskCells({67, 24, 2, 7});
  for (CallRecord& call : asked.calls) call.set_fresh_connection(true);
  const Decision decision = DecideOn(asked);
  EXPECT_EQ(decision.criteria(3).outcome(), Decision::OUTCOME_INCONCLUSIVE);
  EXPECT_THAT(decision.criteria(3).explanation(), HasSubstr("at least 30 are needed"));
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_INCONCLUSIVE);
}

TEST(DecideTest, ABatchHasNoResponseTimesAndSkipsThemUnlessThePolicyInsists) {
  v1::Policy policy = DefaultPolicy();
  Asked asked = AskCells({67, 24, 2, 7});
  for (CallRecord& call : asked.calls) call.set_batch(true);
  const auto decide = [&] {
    v1::Evaluation evaluation = Evaluate(asked, {.policy = policy});
    evaluation.set_mode(v1::Evaluation::MODE_BATCH);
    return *Decide({&evaluation, policy});
  };
  const Decision skipped = decide();
  EXPECT_THAT(skipped.criteria(3).explanation(), HasSubstr("came in batches"));
  EXPECT_EQ(skipped.criteria(3).outcome(), Decision::OUTCOME_SKIPPED);
  EXPECT_THAT(skipped.criteria(3).explanation(), HasSubstr("does not insist"));
  EXPECT_EQ(skipped.verdict(), Decision::VERDICT_GO);
  policy.mutable_criteria(3)->set_required_when_missing(true);
  const Decision insisted = decide();
  EXPECT_EQ(insisted.criteria(3).outcome(), Decision::OUTCOME_INCONCLUSIVE);
  EXPECT_EQ(insisted.verdict(), Decision::VERDICT_INCONCLUSIVE);
}

TEST(DecideTest, NothingJudgedIsNoReasonToGo) {
  const Decision decision =
      DecideOnCells({67, 24, 2, 7}, {.policy = NoWorseOnSlice("colour=red", 0.05)});
  EXPECT_EQ(decision.criteria(0).outcome(), Decision::OUTCOME_SKIPPED);
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_INCONCLUSIVE);
  EXPECT_THAT(decision.explanation(), HasSubstr("No criterion could be judged"));
}

// --- slices ---

TEST(DecideTest, SmallSlicesAreDescribedNotJudged) {
  Asked asked = AtEqualSpeed(AskCells({60, 0, 29, 0}));
  for (auto& example : asked.examples) {
    if (example.line > 60) example.slices["noise"] = "typo";
  }
  v1::Policy policy = NoWorseOnSlice("noise=typo", 0.05);
  const Decision decision = DecideOn(asked, {.policy = policy});
  EXPECT_EQ(decision.criteria(0).outcome(), Decision::OUTCOME_SKIPPED);
  EXPECT_THAT(decision.criteria(0).explanation(), HasSubstr("Only 29 examples are of the slice"));
  EXPECT_DOUBLE_EQ(decision.criteria(0).observed().value(), -1);  // described all the same
}

// One slice of 40 with 0 gained and 6 lost fails a margin of 1 point on its own
// (Z = -2.15 at -1 point); among 12 slices it may be chance, and 0 gained, 20 lost is not.
TEST(DecideTest, FailsOfSlicesHoldAfterHolmsCorrection) {
  const auto asked_with = [](int lost) {
    Asked asked = AtEqualSpeed(AskCells({520 - lost, 0, lost, 0}));
    for (auto& example : asked.examples) {
      example.slices["part"] = absl::StrCat((example.line - 1) / 40);  // part 12 holds the losses
    }
    return asked;
  };
  v1::Policy alone = NoWorseOnSlice("part=12", 0.01);
  EXPECT_EQ(DecideOn(asked_with(6), {.policy = alone}).criteria(0).outcome(),
            Decision::OUTCOME_FAIL);
  v1::Policy many = alone;
  for (int part = 0; part < 12; ++part) {
    auto& criterion = *many.add_criteria();
    criterion = alone.criteria(0);
    criterion.set_id(absl::StrCat("part", part));
    criterion.set_slice(absl::StrCat("part=", part));
  }
  const Decision chance = DecideOn(asked_with(6), {.policy = many});
  EXPECT_EQ(chance.criteria(0).outcome(), Decision::OUTCOME_INCONCLUSIVE);
  EXPECT_THAT(chance.criteria(0).explanation(), HasSubstr("Holm's correction"));
  EXPECT_EQ(DecideOn(asked_with(20), {.policy = many}).criteria(0).outcome(),
            Decision::OUTCOME_FAIL);
}

// --- missing answers ---

TEST(DecideTest, APassMustSurviveTheWorstOfMissingAnswers) {
  const Asked all = AtEqualSpeed(AskCells({67, 24, 2, 7}));
  const v1::Policy policy = ImprovementOf(0.10);
  // Two of both_right gone: at worst 65 both right, 24 gained, 4 lost, 7 both wrong: +20, still.
  const Decision survives = DecideOn(WithoutCandidateAnswers(all, 1, 2), {.policy = policy});
  EXPECT_EQ(survives.verdict(), Decision::VERDICT_GO);
  EXPECT_THAT(survives.criteria(0).explanation(),
              HasSubstr("2 answers never came: the outcome is the same"));
  // Thirteen gone: at worst 24 gained, 15 lost: +9.
  const Decision open = DecideOn(WithoutCandidateAnswers(all, 1, 13), {.policy = policy});
  EXPECT_EQ(open.verdict(), Decision::VERDICT_INCONCLUSIVE);
  EXPECT_THAT(open.criteria(0).explanation(), HasSubstr("so it is open"));
  EXPECT_NEAR(open.assured_gain(),
              DecideOnCells({54, 24, 15, 7}, {.policy = policy}).assured_gain(), 1e-12);
}

TEST(DecideTest, AFailMustSurviveTheBestOfMissingAnswers) {
  const v1::Policy policy = ImprovementOf(0.10);
  const Asked all = AtEqualSpeed(AskCells({70, 1, 1, 28}));
  EXPECT_EQ(DecideOn(all, {.policy = policy}).verdict(), Decision::VERDICT_NO_GO);
  // Ten both_wrong gone, at best gained: 11 against 1.
  EXPECT_EQ(DecideOn(WithoutCandidateAnswers(all, 73, 82), {.policy = policy}).verdict(),
            Decision::VERDICT_INCONCLUSIVE);
}

// --- repeats ---

TEST(DecideTest, RepeatsAreJudgedByExamplesNotByAnswers) {
  Asked asked;
  for (int64_t line = 1; line <= 60; ++line) {
    const auto one = AskCells({0, 1, 0, 0});
    asked.examples.push_back(one.examples[0]);
    asked.examples.back().line = line;
    for (int repeat = 0; repeat < 2; ++repeat) {
      for (CallRecord call : one.calls) {
        call.set_example(line);
        call.set_repeat(repeat);
        const bool stays = line <= 40 && call.arm() == CallRecord::ARM_BASELINE;
        if (stays) call.set_text(evaluations::fixture::kBug);
        asked.calls.push_back(call);
      }
    }
  }
  const Decision decision = DecideOn(asked, {.policy = ImprovementOf(0.10), .repeats = 2});
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_GO) << decision.DebugString();
  EXPECT_EQ(decision.criteria(0).observed().method(), "cluster-t");
  EXPECT_EQ(decision.criteria(0).observed().sample_count(), 60);
  EXPECT_NEAR(decision.criteria(0).observed().value(), 20.0 / 60, 1e-12);
}

// --- refused ---

TEST(DecideTest, AnUnfinishedEvaluationCannotBeDecided) {
  v1::Evaluation evaluation = Evaluate(AskCells({1, 0, 0, 0}));
  evaluation.set_state(v1::Evaluation::STATE_RUNNING);
  const auto decision = Decide({&evaluation, DefaultPolicy()});
  EXPECT_EQ(decision.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(DetailsOf(decision.status()).reason, "EVALUATION_NOT_FINISHED");
}

TEST(DecideTest, ABaselineAloneCannotBeDecided) {
  v1::Evaluation evaluation = Evaluate(AskCells({1, 0, 0, 0}));
  evaluation.clear_candidate();
  EXPECT_EQ(DetailsOf(Decide({&evaluation, DefaultPolicy()}).status()).reason, "NO_CANDIDATE");
}

}  // namespace
}  // namespace tunegate::decisions
