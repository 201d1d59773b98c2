// What is wrong with a workflow is said by the path of its field, before anything is kept; and what
// it plans.
#include "server/workflows/workflow_spec.h"

#include <string>
#include <utility>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/workflows/workflow_fixture.h"

namespace tunegate::workflows {
namespace {

using testing::HasSubstr;
using Workflow = v1::Workflow;

class WorkflowSpecTest : public WorkflowTest {
 protected:
  absl::StatusOr<Workflow> Validate(const Workflow& spec, const std::string& id = "w") {
    v1::CreateWorkflowRequest request;
    *request.mutable_workflow() = spec;
    request.set_workflow_id(id);
    request.set_validate_only(true);
    TG_ASSIGN_OR_RETURN(const auto response, workflows_.CreateWorkflow({}, request));
    return response.workflow();
  }
  // The first field that the refusal names.
  std::string Refused(const Workflow& spec, const std::string& id = "w") {
    const ErrorDetails details = DetailsOf(Validate(spec, id).status());
    return details.field_violations.empty() ? "" : details.field_violations[0].first;
  }
};

TEST_F(WorkflowSpecTest, ValidateOnlyKeepsNothing) {
  const auto planned = Validate(Spec());
  ASSERT_TRUE(planned.ok()) << planned.status();
  EXPECT_TRUE(absl::IsNotFound(store_.Get("workflows/w").status()));
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(WorkflowSpecTest, DefaultsAreFilledInAndThePolicyIsFrozen) {
  const Workflow planned = *Validate(Spec());
  EXPECT_EQ(planned.baseline().model(), "base");
  EXPECT_EQ(planned.stop_after(), Workflow::STAGE_DECISION);
  EXPECT_EQ(planned.state(), Workflow::STATE_PENDING);
  EXPECT_GT(planned.policy().criteria_size(), 0);
}

TEST_F(WorkflowSpecTest, BaselineIsTheModelThatIsTrainedUnlessSaidOtherwise) {
  Workflow spec = Spec();
  spec.mutable_job_template()->set_base_model("larger");
  EXPECT_EQ(Validate(spec)->baseline().model(), "larger");
  spec.mutable_baseline()->set_model("rival");
  EXPECT_EQ(Validate(spec)->baseline().model(), "rival");
}

TEST_F(WorkflowSpecTest, DatasetsAreRefusedByTheirField) {
  Workflow spec = Spec();
  spec.set_test_dataset("datasets/toy-train");
  EXPECT_EQ(Refused(spec), "workflow.test_dataset");
  spec = Spec();
  spec.set_training_dataset("datasets/toy-test");
  EXPECT_EQ(Refused(spec), "workflow.training_dataset");
  spec = Spec();
  spec.set_validation_dataset("datasets/toy-train");
  EXPECT_EQ(Refused(spec), "workflow.validation_dataset");
  spec = Spec();
  spec.set_training_dataset("datasets/train");  // of another task
  EXPECT_EQ(Refused(spec), "workflow.training_dataset");
  spec = Spec();
  spec.clear_training_dataset();
  EXPECT_EQ(Refused(spec), "workflow.training_dataset");
  spec = Spec();
  spec.clear_test_dataset();
  EXPECT_EQ(Refused(spec), "workflow.test_dataset") << "a generated one would not fit";
  spec.clear_training_dataset();
  EXPECT_EQ(Refused(spec), "workflow.test_dataset") << "the toy task has no generator";
  spec = Spec();
  spec.set_test_dataset("datasets/none");
  EXPECT_TRUE(absl::IsNotFound(Validate(spec).status()));
}

TEST_F(WorkflowSpecTest, OtherFieldsAreRefusedByTheirField) {
  Workflow spec = Spec();
  spec.set_task("toy");
  EXPECT_EQ(Refused(spec), "workflow.task");
  spec = Spec();
  spec.mutable_candidate()->set_temperature(0);
  EXPECT_EQ(Refused(spec), "workflow.candidate.model");
  spec.mutable_candidate()->set_model("tuned");
  spec.set_stop_after(Workflow::STAGE_TRAINING);
  EXPECT_EQ(Refused(spec), "workflow.stop_after");
  spec = Spec();
  spec.mutable_job_template()->set_provider("nobody");
  EXPECT_EQ(Refused(spec), "workflow.job_template.provider");
  spec = Spec();
  spec.mutable_baseline()->set_provider("nobody");
  EXPECT_EQ(Refused(spec), "workflow.baseline.provider");
  spec = Spec();
  spec.mutable_budget()->set_max_calls(-1);
  EXPECT_EQ(Refused(spec), "workflow.budget.max_calls");
  spec = Spec();
  spec.mutable_policy()->set_confidence(2);
  EXPECT_EQ(Refused(spec), "workflow.policy.confidence");
  spec = Spec();
  spec.set_display_name(std::string(201, 'x'));
  EXPECT_EQ(Refused(spec), "workflow.display_name");
  EXPECT_EQ(Refused(Spec(), "w" + std::string(46, 'x')), "workflow_id");
  EXPECT_EQ(Refused(Spec(), "Upper"), "workflow_id");
}

TEST_F(WorkflowSpecTest, CandidateOfAnUnknownProviderIsRefused) {
  Workflow spec = Spec();
  spec.mutable_candidate()->set_model("tuned");
  spec.mutable_candidate()->set_provider("nobody");
  EXPECT_EQ(Refused(spec), "workflow.candidate.provider");
}

TEST_F(WorkflowSpecTest, SettingsOfTheJobAreCheckedBeforeAnythingIsSpent) {
  Workflow spec = Spec();
  spec.mutable_job_template()->mutable_supervised()->set_n_epochs(99);
  EXPECT_EQ(Refused(spec), "workflow.job_template.supervised.n_epochs");
}

TEST_F(WorkflowSpecTest, ChildrensNamesBeginWithItsId) {
  store::v1::WorkflowRecord record;
  record.mutable_resource()->set_name("workflows/nov");
  EXPECT_EQ(JobName(record), "jobs/nov");
  EXPECT_EQ(BaselineEvaluationName(record), "evaluations/nov-baseline");
  EXPECT_EQ(EvaluationName(record), "evaluations/nov");
  EXPECT_EQ(DecisionName(record), "decisions/nov");
  EXPECT_EQ(SplitNamesOf(record).validation, "datasets/nov-validation");
  record.set_retry(1);
  EXPECT_EQ(JobName(record), "jobs/nov-r2");
  EXPECT_EQ(SplitNamesOf(record).test, "datasets/nov-r2-test");
}

TEST_F(WorkflowSpecTest, TrainedCandidateDiffersFromTheBaselineByItsModelOnly) {
  Workflow workflow = Spec();
  workflow.mutable_baseline()->set_model("base");
  workflow.mutable_baseline()->set_system_prompt("Prompt");
  workflow.mutable_baseline()->set_strict_schema(true);
  workflow.set_job("jobs/w");
  const v1::Evaluation evaluation = EvaluationSpecOf(workflow, true);
  EXPECT_EQ(evaluation.candidate().model(), "jobs/w");
  EXPECT_EQ(evaluation.candidate().system_prompt(), "Prompt");
  EXPECT_TRUE(evaluation.candidate().strict_schema());
  EXPECT_FALSE(EvaluationSpecOf(workflow, false).has_candidate());
}

TEST_F(WorkflowSpecTest, BudgetAndLabelsAreHandedOn) {
  Workflow workflow = Spec();
  workflow.mutable_budget()->set_max_calls(7);
  (*workflow.mutable_labels())["team"] = "search";
  EXPECT_EQ(JobSpecOf(workflow).budget().max_calls(), 7);
  EXPECT_EQ(JobSpecOf(workflow).labels().at("team"), "search");
  EXPECT_EQ(EvaluationSpecOf(workflow, false).budget().max_calls(), 7);
  EXPECT_EQ(EvaluationSpecOf(workflow, false).labels().at("team"), "search");
}

// --- The plan ----------------------------------------------------------------------------------

TEST_F(WorkflowSpecTest, PlanForecastsFromTheSizeOfTheTestSet) {
  const Workflow planned = *Validate(Spec());
  const v1::Forecast& forecast = planned.plan().forecast();
  EXPECT_EQ(forecast.example_count(), 100);
  EXPECT_NEAR(forecast.go_probability() + forecast.no_go_probability() +
                  forecast.inconclusive_probability(),
              1.0, 1e-9);
}

TEST_F(WorkflowSpecTest, ModelWithoutAPriceIsNamedInsteadOfQuoted) {
  const Workflow planned = *Validate(Spec());
  EXPECT_FALSE(planned.plan().has_quote());
  ASSERT_GT(planned.plan().warnings_size(), 0);
  EXPECT_THAT(planned.plan().warnings(0), HasSubstr("base is not in the price table"));
}

TEST_F(WorkflowSpecTest, QuoteGrowsWithEachStageThatCosts) {
  Workflow spec = Spec();
  spec.mutable_baseline()->set_model("gpt-4o-mini-2024-07-18");
  spec.mutable_job_template()->set_base_model("gpt-4o-mini-2024-07-18");
  int64_t last = 0;
  for (const auto stage :
       {Workflow::STAGE_BASELINE, Workflow::STAGE_TRAINING, Workflow::STAGE_EVALUATION}) {
    spec.set_stop_after(stage);
    const auto planned = Validate(spec);
    ASSERT_TRUE(planned.ok()) << planned.status();
    EXPECT_EQ(planned->plan().quote().currency_code(), "USD");
    EXPECT_GT(planned->plan().quote().micros(), last) << stage;
    last = planned->plan().quote().micros();
  }
  spec.set_stop_after(Workflow::STAGE_DECISION);
  EXPECT_EQ(Validate(spec)->plan().quote().micros(), last) << "deciding costs nothing";
}

TEST_F(WorkflowSpecTest, MoreEpochsCostMore) {
  Workflow spec = Spec();
  spec.mutable_job_template()->set_base_model("gpt-4o-mini-2024-07-18");
  spec.mutable_job_template()->mutable_supervised()->set_n_epochs(1);
  const int64_t one = Validate(spec)->plan().quote().micros();
  spec.mutable_job_template()->mutable_supervised()->set_n_epochs(6);
  EXPECT_GT(Validate(spec)->plan().quote().micros(), one);
}

}  // namespace
}  // namespace tunegate::workflows
