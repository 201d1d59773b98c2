#include "client/cli/decision.h"

#include "client/cli/testing/cli_test.h"
#include "client/cli/testing/verdict_fixture.h"
#include "common/errors.h"
#include "tunegate/v1/dataset.pb.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::cli {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using v1::Decision;

class DecisionTest : public CliTest {
 protected:
  DecisionTest()
      : decision_(Proto<Decision>(kDecision)), evaluation_(Proto<v1::Evaluation>(kEvaluation)) {
    server_.On<v1::GetDecisionRequest>([this](const v1::GetDecisionRequest&) {
      v1::GetDecisionResponse response;
      *response.mutable_decision() = decision_;
      return response;
    });
    server_.On<v1::CreateDecisionRequest>([this](const v1::CreateDecisionRequest&) {
      v1::CreateDecisionResponse response;
      *response.mutable_decision() = decision_;
      return response;
    });
    server_.On<v1::GetEvaluationRequest>([this](const v1::GetEvaluationRequest&) {
      v1::GetEvaluationResponse response;
      *response.mutable_evaluation() = evaluation_;
      return response;
    });
    server_.On<v1::GetDatasetRequest>([](const v1::GetDatasetRequest&) {
      v1::GetDatasetResponse response;
      FromText(kTestSet, response.mutable_dataset());
      return response;
    });
  }

  Decision decision_;
  v1::Evaluation evaluation_;
};

TEST_F(DecisionTest, ShowTellsEveryCriterionWithItsEvidence) {
  environment_["NO_COLOR"] = "1";
  const Ran ran = RunOnTerminal({"decision", "show", "nov"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("decisions/nov"));
  EXPECT_THAT(ran.out, HasSubstr("INCONCLUSIVE: keep the baseline"));
  EXPECT_THAT(ran.out, HasSubstr("2026-11-22 10:27 UTC"));
  EXPECT_THAT(ran.out, HasSubstr("86.0 %     94.0 %  +8.0 points (+1 to +15)"));
  EXPECT_THAT(ran.out, HasSubstr(">= +10       INCONCLUSIVE"));
  EXPECT_THAT(ran.out, HasSubstr("(87.5 to 97.2)"));
  EXPECT_THAT(ran.out, HasSubstr(">= 85 %"));
  EXPECT_THAT(ran.out, HasSubstr("all > -5"));
  EXPECT_THAT(ran.out, HasSubstr("1.31 s     1.27 s  x0.97 (0.92 to 1.03)"));
  EXPECT_THAT(ran.out, HasSubstr("all < x1.25"));
}

TEST_F(DecisionTest, ShowNamesWhoReallyAnswered) {
  environment_["NO_COLOR"] = "1";
  const Ran ran = RunOnTerminal({"decision", "show", "nov"});
  EXPECT_THAT(ran.out, HasSubstr("openai gpt-4o-mini-2024-07-18, task's prompt, temperature 0"));
  EXPECT_THAT(ran.out,
              HasSubstr("openai ft:gpt-4o-mini-2024-07-18:acme:product-intent:B1x (jobs/nov)"));
}

TEST_F(DecisionTest, ShowSaysWhyHowNearAndWhatWouldSettleIt) {
  environment_["NO_COLOR"] = "1";
  const Ran ran = RunOnTerminal({"decision", "show", "nov"});
  EXPECT_THAT(ran.out, HasSubstr("why         The evidence does not suffice; the baseline stays."));
  EXPECT_THAT(ran.out, HasSubstr("improvement: +8.0 points is below the target of +10.0 points"));
  EXPECT_THAT(ran.out, HasSubstr("near        GO if 2 more of the candidate's 6 wrong answers were "
                                 "right."));
  EXPECT_THAT(ran.out, HasSubstr("settle      At these rates about 1,290 examples would settle it "
                                 "as FAIL"));
  EXPECT_THAT(ran.out, HasSubstr("+8.0 points  =  +9.3 % relative  =  57.1 % of errors removed"));
  EXPECT_THAT(ran.out, HasSubstr("tunegate dataset generate --test 1300"));
}

TEST_F(DecisionTest, ShowBeginsWithWhatIsAssuredAndOnWhatItStands) {
  environment_["NO_COLOR"] = "1";
  const std::string out = RunOnTerminal({"decision", "show", "nov"}).out;
  EXPECT_THAT(out,
              HasSubstr("gain        +0.5 points assured (measured +8.0; the lower end of its 95 % "
                        "interval)"));
  EXPECT_LT(out.find("+0.5 points assured"), out.find("criterion"));
  EXPECT_THAT(out, HasSubstr("datasets/nov-test, 100 examples in 40 clusters by family, look 1, "));
  EXPECT_THAT(out, HasSubstr("alpha .05"));
  EXPECT_THAT(out, HasSubstr("opened 1"));
  decision_.set_assured_gain(-0.02);
  decision_.set_look(2);
  decision_.mutable_criteria(0)->mutable_observed()->set_confidence(0.975);
  const std::string second = RunOnTerminal({"decision", "show", "nov"}).out;
  EXPECT_THAT(
      second,
      HasSubstr("gain        none assured (measured +8.0; its 95 % interval begins at -2.0)"));
  EXPECT_THAT(second, HasSubstr("look 2, alpha .025 "));
  EXPECT_THAT(second, HasSubstr("difference, 97.5 %"));
}

TEST_F(DecisionTest, ShowSaysWhoChangedSidesAndWhereItIsWorst) {
  environment_["NO_COLOR"] = "1";
  const Ran ran = RunOnTerminal({"decision", "show", "nov"});
  EXPECT_THAT(ran.out, HasSubstr("11 gained, 3 lost, p = .035 (mid-p)"));
  EXPECT_THAT(ran.out,
              HasSubstr("lost        URGENT in place of GIFT 2x, BUSINESS in place of GIFT 1x"));
  EXPECT_THAT(ran.out,
              HasSubstr("gained      GIFT in place of BUSINESS 6x, no valid answer in place of "
                        "URGENT 5x"));
  EXPECT_THAT(ran.out, HasSubstr("worst       noise=typo 81.8 % of 11"));
}

TEST_F(DecisionTest, VerdictIsTheLastLineAndTheExitCodeOnlyIfAsked) {
  EXPECT_THAT(Run({"decision", "show", "nov"}).out, EndsWith("\nverdict: INCONCLUSIVE\n"));
  EXPECT_EQ(Run({"decision", "show", "nov"}).code, 0);
  EXPECT_EQ(Run({"decision", "show", "nov", "--exit-status"}).code, 4);
  decision_.set_effective_verdict(Decision::VERDICT_NO_GO);
  EXPECT_EQ(Run({"decision", "show", "nov", "--exit-status"}).code, 3);
  decision_.set_effective_verdict(Decision::VERDICT_GO);
  EXPECT_EQ(Run({"decision", "show", "nov", "--exit-status"}).code, 0);
}

TEST_F(DecisionTest, GoByAPolicyMadeAfterwardsIsNoGoForScripts) {
  decision_.set_verdict(Decision::VERDICT_GO);
  decision_.set_effective_verdict(Decision::VERDICT_INCONCLUSIVE);
  decision_.set_post_hoc(true);
  const Ran ran = Run({"decision", "show", "nov", "--exit-status"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_THAT(ran.out, HasSubstr("GO, exploratory: by a policy made afterwards"));
  EXPECT_THAT(ran.out, EndsWith("\nverdict: INCONCLUSIVE\n"));
}

TEST_F(DecisionTest, ShowSaysWhoElseAsksTheSameQuestions) {
  evaluation_.set_look(2);
  evaluation_.add_related_datasets("datasets/oct-test");
  evaluation_.add_related_datasets("datasets/sep-test");
  environment_["NO_COLOR"] = "1";
  const std::string out = RunOnTerminal({"decision", "show", "nov"}).out;
  EXPECT_THAT(out, HasSubstr("datasets/oct-test and 1"));
  EXPECT_THAT(out, HasSubstr("ask the same"));
}

TEST_F(DecisionTest, ColoursAreNeverAlone) {
  const std::string coloured = RunOnTerminal({"decision", "show", "nov"}).out;
  EXPECT_THAT(coloured, HasSubstr("\x1b[32mPASS\x1b[0m"));
  EXPECT_THAT(coloured, HasSubstr("\x1b[33mINCONCLUSIVE\x1b[0m"));
  environment_["NO_COLOR"] = "1";
  EXPECT_EQ(WithoutColours(coloured), RunOnTerminal({"decision", "show", "nov"}).out);
}

TEST_F(DecisionTest, OverrideCountsAndTheComputedVerdictStaysInSight) {
  decision_.set_verdict(Decision::VERDICT_NO_GO);
  decision_.set_effective_verdict(Decision::VERDICT_GO);
  FromText(R"(overrides { verdict: VERDICT_GO reason: "agreed" actor: "ana"
                          time { seconds: 1795343300 } })",
           &decision_);
  const Ran ran = Run({"decision", "show", "nov"});
  EXPECT_THAT(ran.out, HasSubstr("GO by ana, 2026-11-22 10:28 UTC: \"agreed\""));
  EXPECT_THAT(ran.out, HasSubstr("NO_GO, before the override"));
  EXPECT_THAT(ran.out, EndsWith("\nverdict: GO\n"));
}

TEST_F(DecisionTest, ShowNamesTheCertificateShortly) {
  EXPECT_THAT(Run({"decision", "show", "nov"}).out, Not(HasSubstr("certificate")));
  decision_.set_certificate_digest("c0ffee0123456789");
  EXPECT_THAT(Run({"decision", "show", "nov"}).out,
              HasSubstr("sha256 c0ffee012345, the first: tunegate decision certificate "
                        "decisions/nov"));
  decision_.set_previous_certificate_digest("beef0123456789");
  EXPECT_THAT(Run({"decision", "show", "nov"}).out, HasSubstr(", follows beef01234567: "));
}

TEST_F(DecisionTest, ShowWorksWithoutTheEvaluation) {
  server_.On<v1::GetEvaluationRequest>(
      [](const v1::GetEvaluationRequest&) -> absl::StatusOr<v1::GetEvaluationResponse> {
        return NotFound("EVALUATION_NOT_FOUND", "gone");
      });
  const Ran ran = Run({"decision", "show", "nov"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("x0.97 (0.92 to 1.03)"));
  EXPECT_THAT(ran.out, EndsWith("\nverdict: INCONCLUSIVE\n"));
}

TEST_F(DecisionTest, JsonHasNoVerdictLine) {
  const Ran ran = Run({"decision", "show", "nov", "--output", "json"});
  EXPECT_TRUE(IsJsonLines(ran.out));
  EXPECT_THAT(ran.out, HasSubstr("VERDICT_INCONCLUSIVE"));
}

TEST_F(DecisionTest, CreateReadsThePolicy) {
  const std::string policy = WriteFile("policy.textproto", "min_examples: 80");
  const Ran ran = Run({"decision", "create", "nov", "--policy", policy, "--exit-status"});
  EXPECT_EQ(ran.code, 4);
  EXPECT_EQ(Sent<v1::CreateDecisionRequest>().decision().evaluation(), "evaluations/nov");
  EXPECT_EQ(Sent<v1::CreateDecisionRequest>().decision().policy().min_examples(), 80);
}

TEST_F(DecisionTest, OverrideNeedsAVerdictAndAReason) {
  EXPECT_THAT(UsageErrorOf({"decision", "override", "nov", "--verdict", "GO"}),
              StartsWith("--reason: missing"));
  EXPECT_THAT(UsageErrorOf({"decision", "override", "nov", "--verdict", "MAYBE", "--reason", "x"}),
              StartsWith("--verdict: expected GO or NO_GO, got 'MAYBE'"));
  server_.On<v1::OverrideDecisionRequest>([this](const v1::OverrideDecisionRequest&) {
    v1::OverrideDecisionResponse response;
    *response.mutable_decision() = decision_;
    return response;
  });
  Run({"decision", "override", "nov", "--verdict", "NO_GO", "--reason", "cost"});
  EXPECT_EQ(Sent<v1::OverrideDecisionRequest>().verdict(), Decision::VERDICT_NO_GO);
  EXPECT_EQ(Sent<v1::OverrideDecisionRequest>().reason(), "cost");
}

TEST_F(DecisionTest, ForecastTellsTheChances) {
  server_.On<v1::ForecastDecisionRequest>([](const v1::ForecastDecisionRequest&) {
    return Proto<v1::ForecastDecisionResponse>(R"(
      forecast { go_probability: 0.55 no_go_probability: 0.05 inconclusive_probability: 0.4
                 baseline_accuracy: 0.86 expected_gain: 0.1 discordance: 0.2 example_count: 100
                 minimum_detectable_gain: 0.13 examples_for_80_percent: 420 })");
  });
  const Ran ran = Run({"decision", "forecast", "--baseline", "0.86", "--n", "100"});
  EXPECT_FALSE(Sent<v1::ForecastDecisionRequest>().has_expected_gain());
  EXPECT_EQ(Sent<v1::ForecastDecisionRequest>().example_count(), 100);
  EXPECT_THAT(ran.out, HasSubstr("GO 55.0 %   NO_GO 5.0 %   INCONCLUSIVE 40.0 %"));
  EXPECT_THAT(ran.out, HasSubstr("420 examples at this gain"));
  EXPECT_THAT(UsageErrorOf({"decision", "forecast", "--baseline", "86", "--n", "100"}),
              StartsWith("--baseline: expected a number from 0 to 1, got '86'"));
}

TEST_F(DecisionTest, ListIsATable) {
  server_.On<v1::ListDecisionsRequest>([this](const v1::ListDecisionsRequest&) {
    v1::ListDecisionsResponse response;
    *response.add_decisions() = decision_;
    return response;
  });
  EXPECT_EQ(Run({"decision", "list"}).out,
            "decisions/nov\tINCONCLUSIVE\tjobs/nov\tevaluations/nov\t100\t2026-11-22 10:27 UTC\n");
}

}  // namespace
}  // namespace tunegate::cli
