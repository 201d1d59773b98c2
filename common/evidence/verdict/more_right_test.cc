#include "common/evidence/verdict/more_right.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "common/evidence/verdict/decide_fixture.h"
#include "common/statistics/improvement_rule.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::decisions {
namespace {

using fixture::AskCells;
using fixture::Asked;
using fixture::AtEqualSpeed;
using fixture::Cells;
using fixture::DecideOn;
using fixture::DecideOnCells;
using fixture::Evaluate;
using fixture::ImprovementOf;
using fixture::InFamilies;
using ::testing::HasSubstr;
using ::testing::Not;
using v1::Decision;

std::optional<MoreRight> MoreOf(const Asked& asked, const v1::Policy& policy) {
  const v1::Evaluation evaluation = Evaluate(asked, {.policy = policy});
  return MoreRightToPass(policy, {.report = &evaluation.report()});
}

TEST(MoreRightTest, TheVerdictSaysHowManyWouldDo) {
  const Decision near = DecideOnCells({83, 11, 3, 3});
  EXPECT_THAT(near.explanation(), HasSubstr("GO if 2 more of the candidate's 6 wrong answers were "
                                            "right."));
  // And so it is, whichever two they are.
  EXPECT_EQ(DecideOnCells({85, 11, 1, 3}).verdict(), Decision::VERDICT_GO);
  EXPECT_EQ(DecideOnCells({83, 13, 3, 1}).verdict(), Decision::VERDICT_GO);
  EXPECT_EQ(DecideOnCells({84, 11, 2, 3}).verdict(), Decision::VERDICT_INCONCLUSIVE);
  EXPECT_THAT(DecideOnCells({67, 24, 2, 7}).explanation(), Not(HasSubstr("GO if")));
}

TEST(MoreRightTest, ANoGoSaysItToo) {
  const Decision decision = DecideOnCells({70, 1, 1, 28}, {.policy = ImprovementOf(0.10)});
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_NO_GO);
  EXPECT_THAT(decision.explanation(), HasSubstr("GO if 10 more of the candidate's 29 wrong"));
  EXPECT_EQ(DecideOnCells({71, 10, 0, 19}, {.policy = ImprovementOf(0.10)}).verdict(),
            Decision::VERDICT_GO);
  // What cannot be made up for is not promised.
  EXPECT_THAT(DecideOnCells({95, 5, 0, 0}, {.policy = ImprovementOf(0.10)}).explanation(),
              Not(HasSubstr("GO if")));
}

// +9 of 60, with 7 lost: regaining losses narrows the interval, new wins widen it.
TEST(MoreRightTest, WhereItMattersWhichItSaysSo) {
  const Cells cells = {5, 16, 7, 32};
  v1::Policy policy = ImprovementOf(0.10);
  policy.mutable_criteria(0)->mutable_improvement()->set_superiority_margin(0.10);
  const Decision apart = DecideOnCells(cells, {.policy = policy});
  EXPECT_THAT(apart.explanation(), HasSubstr("the most helpful ones; "));
  EXPECT_THAT(apart.explanation(), HasSubstr(", whichever they are."));
  const Decision alike =
      DecideOn(AtEqualSpeed(InFamilies(AskCells(cells), 20)), {.policy = policy});
  EXPECT_THAT(alike.explanation(), HasSubstr("were right, the most helpful ones."));
}

TEST(MoreRightTest, OtherCriteriaMayStandInTheWay) {
  // Half as slow again: accuracy alone gives no GO.
  const Decision decision = DecideOn(AskCells({83, 11, 3, 3}));
  EXPECT_THAT(decision.criteria(0).explanation(), HasSubstr("Accuracy would suffice if 2 more"));
  EXPECT_THAT(decision.criteria(0).explanation(), Not(HasSubstr("GO if")));
}

TEST(MoreRightTest, AccuracyMayAskForMoreThanImprovement) {
  v1::Policy policy = ImprovementOf(0.10);
  const Asked asked = AskCells({40, 20, 5, 35});  // +15, 60 % right
  EXPECT_EQ(MoreOf(asked, policy), std::nullopt);
  auto& accuracy = *policy.add_criteria();
  accuracy.set_id("accuracy");
  accuracy.set_metric("overall_accuracy");
  accuracy.set_at_least(0.85);
  const auto more = MoreOf(asked, policy);
  ASSERT_TRUE(more.has_value());
  EXPECT_EQ(more->fewest, 25);
  EXPECT_EQ(more->whichever, 25);
  EXPECT_EQ(more->wrong, 40);
}

// Every way to choose them, for all tables with n = 16.
TEST(MoreRightTest, EqualsEveryChoiceOfAnswers) {
  constexpr int kN = 16;
  const v1::Policy policy = ImprovementOf(0.10);
  for (int g = 0; g <= kN; ++g) {
    for (int l = 0; g + l <= kN; ++l) {
      for (int right = 0; g + l + right <= kN; ++right) {
        const int wrong = kN - g - l - right;
        std::optional<int64_t> best, worst;
        for (int k = 0; k <= l + wrong && !worst.has_value(); ++k) {
          bool any = false, all = true;
          for (int j = std::max(0, k - wrong); j <= std::min(k, l); ++j) {
            const stats::PairedCounts flipped = {right + j, g + k - j, l - j, wrong - (k - j)};
            const bool pass = stats::ImprovementOutcome(flipped, {}) == stats::Outcome::kPass;
            any = any || pass;
            all = all && pass;
          }
          if (any && !best.has_value()) best = k;
          if (all) worst = k;
        }
        const auto more = MoreOf(AskCells({right, g, l, wrong}), policy);
        if (best == 0 || !best.has_value()) {
          EXPECT_EQ(more, std::nullopt);
          continue;
        }
        ASSERT_TRUE(more.has_value()) << right << " " << g << " " << l;
        EXPECT_EQ(more->fewest, *best);
        EXPECT_EQ(more->whichever, worst);
      }
    }
  }
}

// Twelve families of five examples, every way to make answers right in the four that have wrong
// ones.
TEST(MoreRightTest, ByClustersEqualsEveryChoiceOfClusters) {
  Asked asked = AtEqualSpeed(AskCells({45, 3, 0, 12}));
  for (auto& example : asked.examples) {
    // The wrong ones (lines 49 to 60) lie in four families, unevenly: 5, 4, 2 and 1.
    const int64_t line = example.line;
    const int64_t family = line <= 48   ? (line - 1) % 8
                           : line <= 53 ? 8
                           : line <= 57 ? 9
                           : line <= 59 ? 10
                                        : 11;
    example.slices["family"] = absl::StrCat("f", family);
  }
  const v1::Policy policy = ImprovementOf(0.10);
  const auto more = MoreOf(asked, policy);
  ASSERT_TRUE(more.has_value());
  EXPECT_FALSE(more->whichever.has_value());
  EXPECT_EQ(more->wrong, 12);
  int64_t fewest = 99;
  for (int a = 0; a <= 5; ++a) {
    for (int b = 0; b <= 4; ++b) {
      for (int c = 0; c <= 2; ++c) {
        for (int d = 0; d <= 1; ++d) {
          Asked chosen = asked;
          for (size_t i = 0; i < chosen.calls.size(); ++i) {
            auto& call = chosen.calls[i];
            if (call.arm() != store::v1::CallRecord::ARM_CANDIDATE) continue;
            const int64_t line = call.example();
            const bool right = (line > 48 && line <= 48 + a) || (line > 53 && line <= 53 + b) ||
                               (line > 57 && line <= 57 + c) || (line > 59 && line <= 59 + d);
            if (right) {
              const std::string& expected = chosen.examples[static_cast<size_t>(line - 1)].expected;
              call.set_text(expected);
            }
          }
          if (DecideOn(chosen, {.policy = policy}).verdict() == Decision::VERDICT_GO) {
            fewest = std::min<int64_t>(fewest, a + b + c + d);
          }
        }
      }
    }
  }
  EXPECT_EQ(more->fewest, fewest);
}

TEST(MoreRightTest, RepeatsSayNothing) {
  const v1::Evaluation evaluation =
      Evaluate(AskCells({83, 11, 3, 3}), {.policy = ImprovementOf(0.10), .repeats = 2});
  EXPECT_EQ(
      MoreRightToPass(ImprovementOf(0.10), {.report = &evaluation.report(), .repeated = true}),
      std::nullopt);
}

}  // namespace
}  // namespace tunegate::decisions
