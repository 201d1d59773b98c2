#include "common/evidence/verdict/evidence.h"

#include "common/evidence/verdict/decide_fixture.h"
#include "common/evidence/verdict/judge.h"
#include "gtest/gtest.h"

namespace tunegate::decisions {
namespace {

using fixture::AskCells;
using fixture::Asked;
using fixture::Evaluate;
using fixture::InFamilies;
using fixture::WithoutCandidateAnswers;

ShareEvidence EvidenceOn(const Asked& asked, const char* metric, int repeats = 1) {
  const v1::Evaluation evaluation = Evaluate(asked, {.repeats = repeats});
  return ShareEvidence(evaluation.report(), *FindMetric(evaluation.report(), metric, ""),
                       repeats > 1, v1::Policy::INTERVAL_UNSPECIFIED);
}

// Structure has no slices, so the clusters' counts are not known: the report's interval is moved
// and widened, and holds whatever the missing answers would have been.
TEST(ShareEvidenceTest, AnIntervalThatCannotBeMadeAgainHoldsTheWorstCase) {
  for (const int64_t gone : {1, 4, 10}) {
    for (const int64_t families : {5, 10, 20}) {
      const Asked all = InFamilies(AskCells({70, 10, 10, 10}), families);
      Asked worst = all;
      for (auto& call : worst.calls) {
        const bool lost =
            call.arm() == store::v1::CallRecord::ARM_CANDIDATE && call.example() <= gone;
        if (lost) call.set_text("prose");
      }
      const ShareEvidence moved =
          EvidenceOn(WithoutCandidateAnswers(all, 1, gone), "schema_valid_rate");
      EXPECT_FALSE(moved.can_change());
      const ShareEvidence happened = EvidenceOn(worst, "schema_valid_rate");
      EXPECT_LE(moved.DifferenceInterval(Missing::kAgainstCandidate, 0.95).lower,
                happened.DifferenceInterval(Missing::kLeftOut, 0.95).lower);
      EXPECT_LE(moved.CandidateInterval(Missing::kAgainstCandidate, 0.95).lower,
                happened.CandidateInterval(Missing::kLeftOut, 0.95).lower);
      EXPECT_EQ(moved.Pairs(Missing::kAgainstCandidate).lost, gone);
      EXPECT_EQ(moved.Pairs(Missing::kForCandidate).lost, 0);
    }
  }
}

TEST(ShareEvidenceTest, ClustersMakeTheReportsIntervalAgainToTheLastDigit) {
  const Asked asked = InFamilies(AskCells({70, 13, 6, 11}), 17);
  const v1::Evaluation evaluation = Evaluate(asked);
  const auto& metric = *FindMetric(evaluation.report(), "overall_accuracy", "");
  const ShareEvidence evidence = EvidenceOn(asked, "overall_accuracy");
  EXPECT_TRUE(evidence.can_change());
  EXPECT_EQ(evidence.cluster_count(), 17);
  const stats::Interval points = evidence.DifferenceInterval(Missing::kLeftOut, 0.95);
  EXPECT_EQ(points.lower, metric.paired().points().lower());
  EXPECT_EQ(points.upper, metric.paired().points().upper());
  const stats::Interval share = evidence.CandidateInterval(Missing::kLeftOut, 0.95);
  EXPECT_EQ(share.lower, metric.candidate().lower());
  EXPECT_EQ(share.upper, metric.candidate().upper());
}

TEST(ShareEvidenceTest, TheDesignEffectIsOneWhereNothingIsAlikeAndGrowsWithLikeness) {
  Asked asked = AskCells({60, 30, 0, 30});
  EXPECT_EQ(EvidenceOn(asked, "overall_accuracy").DesignEffect(0.95), 1);
  EXPECT_EQ(EvidenceOn(InFamilies(asked, 12), "overall_accuracy").DesignEffect(0.95), 1);
  for (auto& example : asked.examples) {
    example.slices["family"] = absl::StrCat("f", (example.line - 1) / 10);
  }
  const ShareEvidence blocks = EvidenceOn(asked, "overall_accuracy");
  // (28.7 / 7.7)^2 points.
  EXPECT_NEAR(blocks.DesignEffect(0.95), 13.9, 0.3);
  EXPECT_GT(blocks.ShareDesignEffect(0.95), 5);
}

// Tails by the clusters' t reach exactly alpha / 2 at the interval's ends.
TEST(ShareEvidenceTest, PValuesAgreeWithIntervals) {
  Asked asked = AskCells({60, 30, 0, 30});
  for (auto& example : asked.examples) {
    example.slices["family"] = absl::StrCat("f", (example.line - 1) / 10);
  }
  const ShareEvidence evidence = EvidenceOn(asked, "overall_accuracy");
  const stats::Interval points = evidence.DifferenceInterval(Missing::kLeftOut, 0.95);
  EXPECT_NEAR(evidence.DifferencePValue(points.upper), 0.025, 1e-9);
  EXPECT_NEAR(evidence.DifferencePValue(0.25), 0.5, 1e-9);
  EXPECT_GT(evidence.CandidatePValue(0.8), 0.025);
  EXPECT_LT(evidence.CandidatePValue(0.8), 0.5);
}

TEST(ShareEvidenceTest, OfNoAnswersNothingIsSurprising) {
  const ShareEvidence evidence = EvidenceOn(Asked{}, "overall_accuracy");
  EXPECT_EQ(evidence.DifferencePValue(0.1), 1);
  EXPECT_EQ(evidence.CandidatePValue(0.85), 1);
  EXPECT_EQ(evidence.DesignEffect(0.95), 1);
}

}  // namespace
}  // namespace tunegate::decisions
