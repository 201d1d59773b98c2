// Decisions over a real evaluation: made, listed, overridden for a reason, judged anew after the
// fact.
#include "server/decisions/decision_api.h"

#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/workflows/workflow_fixture.h"

namespace tunegate::decisions {
namespace {

using testing::HasSubstr;
using v1::Decision;

class DecisionApiTest : public workflows::WorkflowTest {
 protected:
  DecisionApiTest() : decisions_(&repository_, &issuer_) {
    v1::Workflow spec = Spec();
    spec.clear_training_dataset();
    spec.mutable_candidate()->set_model("tuned");
    spec.set_stop_after(v1::Workflow::STAGE_EVALUATION);
    CreateWorkflow(spec);
    RunDue();
  }

  static v1::CreateDecisionRequest Request(const std::string& id = "d") {
    v1::CreateDecisionRequest request;
    request.mutable_decision()->set_evaluation("evaluations/w");
    request.set_decision_id(id);
    return request;
  }
  Decision Create(const v1::CreateDecisionRequest& request = Request()) {
    const auto response = decisions_.CreateDecision({}, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->decision() : Decision();
  }
  static v1::OverrideDecisionRequest OverrideTo(Decision::Verdict verdict,
                                                const std::string& reason) {
    v1::OverrideDecisionRequest request;
    request.set_name("decisions/d");
    request.set_verdict(verdict);
    request.set_reason(reason);
    return request;
  }
  static std::string Field(const absl::Status& status) {
    const ErrorDetails details = DetailsOf(status);
    return details.field_violations.empty() ? "" : details.field_violations[0].first;
  }

  DecisionApi decisions_;
};

TEST_F(DecisionApiTest, DecisionJudgesByTheFrozenPolicy) {
  const Decision decision = Create();
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_GO);
  EXPECT_EQ(decision.effective_verdict(), Decision::VERDICT_GO);
  EXPECT_FALSE(decision.post_hoc());
  EXPECT_GT(decision.criteria_size(), 0);
  EXPECT_EQ(decision.example_count(), 100);
  EXPECT_TRUE(decision.has_end_time());
  EXPECT_THAT(EventsOf("decisions/d").back().message(), HasSubstr("GO: "));
}

TEST_F(DecisionApiTest, PolicyOfOnesOwnIsMarkedAsPostHoc) {
  v1::CreateDecisionRequest request = Request();
  auto* criterion = request.mutable_decision()->mutable_policy()->add_criteria();
  criterion->set_id("accuracy");
  criterion->set_metric("overall_accuracy");
  criterion->set_at_least(0.5);
  const Decision decision = Create(request);
  EXPECT_TRUE(decision.post_hoc());
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_GO);
  EXPECT_EQ(decision.effective_verdict(), Decision::VERDICT_INCONCLUSIVE) << "it promotes nothing";
  EXPECT_THAT(EventsOf(decision.name()).back().message(), HasSubstr("INCONCLUSIVE: "));
  EXPECT_EQ(decision.criteria_size(), 1);
  EXPECT_NE(decision.policy_digest(), Create(Request("other")).policy_digest());
}

TEST_F(DecisionApiTest, ValidateOnlyKeepsNothing) {
  v1::CreateDecisionRequest request = Request();
  request.set_validate_only(true);
  EXPECT_EQ(Create(request).verdict(), Decision::VERDICT_GO);
  EXPECT_TRUE(absl::IsNotFound(store_.Get("decisions/d").status()));
}

TEST_F(DecisionApiTest, RepeatedRequestGivesTheSameDecision) {
  v1::CreateDecisionRequest request = Request("");
  request.set_request_id("r1");
  EXPECT_EQ(Create(request).name(), Create(request).name());
}

TEST_F(DecisionApiTest, BadRequestsAreRefusedByTheirField) {
  v1::CreateDecisionRequest request = Request();
  request.mutable_decision()->set_evaluation("w");
  EXPECT_EQ(Field(decisions_.CreateDecision({}, request).status()), "decision.evaluation");
  request.mutable_decision()->set_evaluation("evaluations/none");
  EXPECT_TRUE(absl::IsNotFound(decisions_.CreateDecision({}, request).status()));
  request = Request();
  request.mutable_decision()->mutable_policy()->set_confidence(7);
  EXPECT_EQ(Field(decisions_.CreateDecision({}, request).status()), "decision.policy.confidence");
}

TEST_F(DecisionApiTest, EvaluationWithoutAReportCannotBeJudged) {
  v1::Workflow spec = Spec();
  v1::CreateWorkflowRequest unfinished;
  *unfinished.mutable_workflow() = spec;
  unfinished.set_workflow_id("u");
  provider().OnChat([](const providers::ChatCall&) {
    return providers::FakeProvider::Failure(
        providers::FakeProvider::HttpError(429, "insufficient_quota", "pay"));
  });
  ASSERT_TRUE(workflows_.CreateWorkflow({}, unfinished).ok());
  RunDue();
  v1::CreateDecisionRequest request = Request();
  request.mutable_decision()->set_evaluation("evaluations/u-baseline");
  const absl::Status status = decisions_.CreateDecision({}, request).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
}

TEST_F(DecisionApiTest, OverrideChangesWhatHoldsAndKeepsWhatWasFound) {
  Create();
  v1::OverrideDecisionRequest request = OverrideTo(Decision::VERDICT_NO_GO, "legal says no");
  request.set_actor("eve");
  const auto overridden = decisions_.OverrideDecision({}, request);
  ASSERT_TRUE(overridden.ok()) << overridden.status();
  const Decision& decision = overridden->decision();
  EXPECT_EQ(decision.verdict(), Decision::VERDICT_GO);
  EXPECT_EQ(decision.effective_verdict(), Decision::VERDICT_NO_GO);
  ASSERT_EQ(decision.overrides_size(), 1);
  EXPECT_EQ(decision.overrides(0).reason(), "legal says no");
  EXPECT_EQ(decision.overrides(0).actor(), "eve");
  EXPECT_THAT(EventsOf("decisions/d").back().message(),
              HasSubstr("overridden to NO_GO by eve: legal says no"));
}

TEST_F(DecisionApiTest, OverridesAreKeptForEver) {
  Create();
  for (const auto verdict : {Decision::VERDICT_NO_GO, Decision::VERDICT_GO}) {
    ASSERT_TRUE(decisions_.OverrideDecision({}, OverrideTo(verdict, "again")).ok());
  }
  v1::GetDecisionRequest request;
  request.set_name("decisions/d");
  const auto read = decisions_.GetDecision({}, request);
  ASSERT_EQ(read->decision().overrides_size(), 2);
  EXPECT_EQ(read->decision().effective_verdict(), Decision::VERDICT_GO);
}

TEST_F(DecisionApiTest, AuthenticatedCallerCannotSignForAnother) {
  Create();
  v1::OverrideDecisionRequest request = OverrideTo(Decision::VERDICT_NO_GO, "because");
  request.set_actor("somebody else");
  const auto overridden = decisions_.OverrideDecision({"alice", true}, request);
  EXPECT_EQ(overridden->decision().overrides(0).actor(), "alice");
}

TEST_F(DecisionApiTest, OverrideWantsAReasonAClearVerdictAndTheStateThatWasRead) {
  Create();
  EXPECT_EQ(Field(decisions_.OverrideDecision({}, OverrideTo(Decision::VERDICT_GO, "")).status()),
            "reason");
  EXPECT_EQ(
      Field(
          decisions_.OverrideDecision({}, OverrideTo(Decision::VERDICT_GO, std::string(2001, 'x')))
              .status()),
      "reason");
  for (const auto verdict : {Decision::VERDICT_UNSPECIFIED, Decision::VERDICT_INCONCLUSIVE}) {
    EXPECT_EQ(Field(decisions_.OverrideDecision({}, OverrideTo(verdict, "why")).status()),
              "verdict");
  }
  v1::OverrideDecisionRequest stale = OverrideTo(Decision::VERDICT_NO_GO, "why");
  stale.set_etag("99");
  EXPECT_EQ(DetailsOf(decisions_.OverrideDecision({}, stale).status()).reason, "ETAG_MISMATCH");
}

TEST_F(DecisionApiTest, DecisionsAreListed) {
  Create(Request("a"));
  Create(Request("b"));
  v1::ListDecisionsRequest request;
  request.set_order_by("create_time");
  const auto listed = decisions_.ListDecisions({}, request);
  ASSERT_EQ(listed->decisions_size(), 2);
  EXPECT_EQ(listed->decisions(0).name(), "decisions/a");
}

TEST_F(DecisionApiTest, ForecastIsMadeForWhatIsAsked) {
  v1::ForecastDecisionRequest request;
  request.set_baseline_accuracy(0.99);
  request.set_example_count(100);
  const auto forecast = decisions_.ForecastDecision({}, request);
  ASSERT_TRUE(forecast.ok()) << forecast.status();
  EXPECT_TRUE(forecast->forecast().infeasible());
  request.set_baseline_accuracy(2);
  EXPECT_EQ(Field(decisions_.ForecastDecision({}, request).status()), "baseline_accuracy");
}

}  // namespace
}  // namespace tunegate::decisions
