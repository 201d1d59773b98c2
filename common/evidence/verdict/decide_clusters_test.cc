// Decisions over examples that are alike: clusters by template family, with and without repeats and
// missing answers.
#include <algorithm>
#include <string>

#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/verdict/decide_fixture.h"
#include "common/evidence/verdict/policy.h"
#include "common/statistics/multiplicity.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::decisions {
namespace {

using fixture::AskCells;
using fixture::Asked;
using fixture::AtEqualSpeed;
using fixture::Cells;
using fixture::DecideOn;
using fixture::Evaluate;
using fixture::ImprovementOf;
using fixture::InFamilies;
using fixture::NoWorseOnSlice;
using fixture::WithoutCandidateAnswers;
using store::v1::CallRecord;
using ::testing::HasSubstr;
using ::testing::Not;
using v1::Decision;

// Families of `size` examples that stand beside each other, so that whole families are gained.
Asked InBlocks(Asked asked, int64_t size) {
  for (auto& example : asked.examples) {
    example.slices["family"] = absl::StrCat("f", (example.line - 1) / size);
  }
  return asked;
}

v1::Policy Clustered(v1::Policy policy, const std::string& key) {
  policy.set_cluster_key(key);
  return policy;
}

// 120 examples in 12 families, of which three are gained whole: by the formula in clustered.h, in
// python3, with t(11) = 2.2009851601 from tables, +25 -+ 28.7 points. Each for itself, the same
// answers give Tango's +18.1 to +33.5.
TEST(DecideClustersTest, ExamplesThatAreAlikeShowLess) {
  const Asked asked = AtEqualSpeed(InBlocks(AskCells({60, 30, 0, 30}), 10));
  const Decision alike = DecideOn(asked, {.policy = ImprovementOf(0.10)});
  EXPECT_EQ(alike.verdict(), Decision::VERDICT_INCONCLUSIVE);
  const auto& criterion = alike.criteria(0);
  EXPECT_EQ(criterion.observed().method(), "cluster-t");
  EXPECT_EQ(criterion.observed().sample_count(), 120);
  EXPECT_DOUBLE_EQ(criterion.observed().value(), 0.25);
  EXPECT_NEAR(criterion.observed().lower(), -0.0373566, 1e-6);
  EXPECT_NEAR(criterion.observed().upper(), 0.5373566, 1e-6);
  EXPECT_EQ(alike.assured_gain(), criterion.observed().lower());
  // Three families gained and none lost: 2 * 2^-3, less half of it.
  EXPECT_THAT(criterion.explanation(), HasSubstr("p = .125, mid-p by family; 30 gained, 0 lost"));
  EXPECT_THAT(criterion.explanation(), HasSubstr("Predicted chance to pass with twice"));
  EXPECT_GT(criterion.examples_needed(), 120);

  const Decision apart = DecideOn(asked, {.policy = Clustered(ImprovementOf(0.10), "none")});
  EXPECT_EQ(apart.verdict(), Decision::VERDICT_GO);
  EXPECT_EQ(apart.criteria(0).observed().method(), "tango");
}

TEST(DecideClustersTest, AFamilyMissingOnOneExampleClustersNothingUnlessAskedFor) {
  Asked asked = AtEqualSpeed(InBlocks(AskCells({60, 30, 0, 30}), 10));
  asked.examples[5].slices.clear();
  EXPECT_EQ(DecideOn(asked, {.policy = ImprovementOf(0.10)}).criteria(0).observed().method(),
            "tango");
  const Decision named = DecideOn(asked, {.policy = Clustered(ImprovementOf(0.10), "family")});
  EXPECT_EQ(named.criteria(0).observed().method(), "cluster-t");
}

TEST(DecideClustersTest, FewerThanTenClustersNeverGiveGo) {
  const Cells cells = {40, 60, 0, 20};
  const Decision nine =
      DecideOn(AtEqualSpeed(InFamilies(AskCells(cells), 9)), {.policy = ImprovementOf(0.10)});
  EXPECT_EQ(nine.verdict(), Decision::VERDICT_INCONCLUSIVE);
  EXPECT_GT(nine.criteria(0).observed().lower(), 0.3);
  EXPECT_THAT(nine.criteria(0).explanation(), HasSubstr("but only 9 clusters by family show it"));
  EXPECT_THAT(nine.criteria(0).explanation(), Not(HasSubstr("would settle it")));
  EXPECT_THAT(nine.explanation(), HasSubstr("only 9 clusters by family, and those of one are "
                                            "alike: there is no GO below 10"));
  EXPECT_THAT(nine.next_step(), HasSubstr("at least 10 values of family"));
  EXPECT_EQ(DecideOn(AtEqualSpeed(InFamilies(AskCells(cells), 10)), {.policy = ImprovementOf(0.10)})
                .verdict(),
            Decision::VERDICT_GO);
}

// No criterion that passes by itself makes up for too few clusters.
TEST(DecideClustersTest, FewClustersLimitEveryPolicy) {
  const v1::Policy policy = fixture::OneCriterion([](auto& c) { c.set_at_least(0.5); });
  const Decision decision =
      DecideOn(AtEqualSpeed(InFamilies(AskCells({100, 0, 0, 0}), 9)), {.policy = policy});
  EXPECT_EQ(decision.criteria(0).outcome(), Decision::OUTCOME_PASS);
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_INCONCLUSIVE);
}

TEST(DecideClustersTest, OneFamilyShowsNothing) {
  const Decision decision = DecideOn(AtEqualSpeed(InFamilies(AskCells({40, 60, 0, 20}), 1)));
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_INCONCLUSIVE);
  EXPECT_EQ(decision.criteria(0).observed().lower(), -1);
  EXPECT_EQ(decision.criteria(0).observed().upper(), 1);
}

// The clusters' own counts stand in the report: the worst case is judged as if it had happened.
TEST(DecideClustersTest, MissingAnswersAreCountedInTheirOwnCluster) {
  const v1::Policy policy = ImprovementOf(0.10);
  const Asked all = AtEqualSpeed(InFamilies(AskCells({67, 24, 2, 7}), 20));
  Asked worst = all;
  for (CallRecord& call : worst.calls) {
    const bool gone = call.arm() == CallRecord::ARM_CANDIDATE && call.example() <= 3;
    if (gone) call.set_text("wrong");
  }
  const Decision missing = DecideOn(WithoutCandidateAnswers(all, 1, 3), {.policy = policy});
  EXPECT_NEAR(missing.assured_gain(), DecideOn(worst, {.policy = policy}).assured_gain(), 1e-12);
  EXPECT_EQ(missing.verdict(), Decision::VERDICT_GO);
  EXPECT_THAT(missing.criteria(0).explanation(), HasSubstr("3 answers never came: the outcome"));
  const Decision open = DecideOn(WithoutCandidateAnswers(all, 1, 13), {.policy = policy});
  EXPECT_EQ(open.verdict(), Decision::VERDICT_INCONCLUSIVE);
  EXPECT_THAT(open.criteria(0).explanation(), HasSubstr("so it is open"));
}

// With the clusters' counts a later look needs no other report.
TEST(DecideClustersTest, LaterLooksMakeTheirOwnIntervals) {
  const Asked asked = AtEqualSpeed(InFamilies(AskCells({84, 12, 2, 2}), 20));
  const Decision first = DecideOn(asked, {.policy = ImprovementOf(0.10)});
  const Decision second = DecideOn(asked, {.policy = ImprovementOf(0.10), .look = 2});
  EXPECT_LT(second.criteria(0).observed().lower(), first.criteria(0).observed().lower());
  EXPECT_DOUBLE_EQ(second.criteria(0).observed().confidence(), stats::ConfidenceAtLook(0.95, 2));
  const Decision prepared =
      DecideOn(asked, {.policy = ImprovementOf(0.10),
                       .look = 2,
                       .report_confidence = stats::ConfidenceAtLook(0.95, 2)});
  EXPECT_EQ(prepared.criteria(0).observed().lower(), second.criteria(0).observed().lower());
}

// The slices of the cluster key are clusters themselves: guards on them judge their examples.
TEST(DecideClustersTest, AGuardOnOneFamilyTakesItsExamplesAsTheyAre) {
  const Asked asked = AtEqualSpeed(InFamilies(AskCells({380, 10, 10, 0}), 10));
  const Decision family = DecideOn(asked, {.policy = NoWorseOnSlice("family=f0", 0.20)});
  EXPECT_EQ(family.criteria(0).observed().method(), "tango");
  EXPECT_EQ(family.criteria(0).outcome(), Decision::OUTCOME_PASS);
  const Decision kind = DecideOn(asked, {.policy = NoWorseOnSlice("kind=bug", 0.20)});
  EXPECT_EQ(kind.criteria(0).observed().method(), "cluster-t");
}

TEST(DecideClustersTest, RepeatsAndClustersTogetherAreJudgedByClusters) {
  Asked asked;
  for (int64_t line = 1; line <= 60; ++line) {
    const Asked one = AskCells({0, 1, 0, 0});
    asked.examples.push_back(one.examples[0]);
    asked.examples.back().line = line;
    asked.examples.back().slices["family"] = absl::StrCat("f", (line - 1) / 5);
    for (int repeat = 0; repeat < 2; ++repeat) {
      for (CallRecord call : one.calls) {
        call.set_example(line);
        call.set_repeat(repeat);
        // Of the first 40 examples the baseline has one repeat right, of the others none.
        const bool right = line <= 40 && repeat == 0 && call.arm() == CallRecord::ARM_BASELINE;
        if (right) call.set_text(evaluations::fixture::kBug);
        asked.calls.push_back(call);
      }
    }
  }
  const Decision decision =
      DecideOn(AtEqualSpeed(asked), {.policy = ImprovementOf(0.10), .repeats = 2});
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_GO) << decision.DebugString();
  const auto& observed = decision.criteria(0).observed();
  EXPECT_EQ(observed.method(), "cluster-t");
  EXPECT_EQ(observed.sample_count(), 60);
  EXPECT_NEAR(observed.value(), 40.0 / 60, 1e-12);
  // Eight families of five at 1/2 and four at 1: 2/3 -+ t(11) * 0.0710669, in python3.
  EXPECT_NEAR(observed.lower(), 0.5102495, 1e-6);
}

TEST(DecideClustersTest, APolicyMadeAfterwardsCannotFormOtherClusters) {
  const v1::Evaluation evaluation =
      Evaluate(AtEqualSpeed(InFamilies(AskCells({67, 24, 2, 7}), 20)));
  const auto other = Decide({&evaluation, Clustered(DefaultPolicy(), "none")});
  ASSERT_TRUE(other.ok());
  EXPECT_TRUE(other->post_hoc());
  EXPECT_EQ(other->criteria(0).observed().method(), "cluster-t");
  EXPECT_THAT(other->explanation(), HasSubstr("clusters of the evaluation's policy stand"));
  const auto same = Decide({&evaluation, DefaultPolicy()});
  EXPECT_THAT(same->explanation(), Not(HasSubstr("stand")));
}

// --- the interval where nothing is alike ---

TEST(DecideIntervalTest, IsThePolicys) {
  const Asked asked = AtEqualSpeed(AskCells({83, 11, 3, 3}));
  v1::Policy policy = ImprovementOf(0.05);
  const Decision tango = DecideOn(asked, {.policy = policy});
  EXPECT_EQ(tango.criteria(0).observed().method(), "tango");
  policy.set_interval(v1::Policy::INTERVAL_NEWCOMBE);
  const Decision newcombe = DecideOn(asked, {.policy = policy});
  EXPECT_EQ(newcombe.criteria(0).observed().method(), "newcombe10");
  EXPECT_EQ(newcombe.verdict(), Decision::VERDICT_GO);
  EXPECT_EQ(newcombe.assured_gain(), newcombe.criteria(0).observed().lower());
  EXPECT_LT(newcombe.assured_gain(), tango.assured_gain());
  policy.set_interval(v1::Policy::INTERVAL_BONETT_PRICE);
  const Decision bonett = DecideOn(asked, {.policy = policy});
  EXPECT_EQ(bonett.criteria(0).observed().method(), "bonett-price");
  EXPECT_NE(bonett.assured_gain(), newcombe.assured_gain());
}

TEST(DecideIntervalTest, JudgesMarginsAsWell) {
  // 90 both right, 2 gained, 5 lost, 3 both wrong: Tango ends at -9.5, Bonett-Price at -8.7 points.
  v1::Policy policy = fixture::OneCriterion([](auto& c) { c.set_no_worse_than(0.09); });
  const Asked asked = AtEqualSpeed(AskCells({90, 2, 5, 3}));
  EXPECT_EQ(DecideOn(asked, {.policy = policy}).criteria(0).outcome(),
            Decision::OUTCOME_INCONCLUSIVE);
  policy.set_interval(v1::Policy::INTERVAL_BONETT_PRICE);
  const Decision decision = DecideOn(asked, {.policy = policy});
  EXPECT_EQ(decision.criteria(0).outcome(), Decision::OUTCOME_PASS);
  EXPECT_EQ(decision.criteria(0).observed().method(), "bonett-price");
}

}  // namespace
}  // namespace tunegate::decisions
