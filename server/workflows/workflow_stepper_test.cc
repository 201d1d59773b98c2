// A workflow from its data to its verdict.
#include "server/workflows/workflow_stepper.h"

#include <string>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/datasets/dataset_kind.h"
#include "server/workflows/workflow_fixture.h"

namespace tunegate::workflows {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using Workflow = v1::Workflow;

using WorkflowStepperTest = WorkflowTest;

TEST_F(WorkflowStepperTest, ModelThatLearntEndsInGo) {
  CreateWorkflow();
  RunUntilTrained();
  const Workflow done = GetWorkflow();
  EXPECT_EQ(done.state(), Workflow::STATE_SUCCEEDED);
  EXPECT_EQ(done.stage(), Workflow::STAGE_DECISION);
  EXPECT_EQ(done.verdict(), v1::Decision::VERDICT_GO);
  EXPECT_EQ(done.baseline_evaluation(), "evaluations/w-baseline");
  EXPECT_EQ(done.job(), "jobs/w");
  EXPECT_EQ(done.evaluation(), "evaluations/w");
  EXPECT_EQ(done.decision(), "decisions/w");
  EXPECT_EQ(done.usage().calls(), 300) << "the baseline alone, then both";
  EXPECT_EQ(done.usage().trained_tokens(), 1000);
  EXPECT_DOUBLE_EQ(done.plan().forecast().baseline_accuracy(), 0.5) << "the measured one";
  EXPECT_TRUE(done.has_end_time());
  EXPECT_TRUE(NothingIsDue());
  EXPECT_TRUE(EventsOf("workflows/w").back().terminal());
  EXPECT_THAT(EventsOf("workflows/w").back().message(), HasSubstr("GO: "));
  for (const char* child : {"evaluations/w-baseline", "jobs/w", "evaluations/w", "decisions/w"}) {
    EXPECT_EQ(store_.Get(child)->owner, "workflows/w") << child;
  }
}

TEST_F(WorkflowStepperTest, ModelThatLearntNothingEndsInNoGo) {
  CreateWorkflow();
  RunUntilTrained("ft:stubborn");
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_SUCCEEDED) << "a verdict is a success";
  EXPECT_EQ(GetWorkflow().verdict(), v1::Decision::VERDICT_NO_GO);
}

TEST_F(WorkflowStepperTest, BaselineWithoutRoomIsNoGoBeforeAnyMoneyGoesIntoTraining) {
  Workflow spec = Spec();
  spec.mutable_baseline()->set_model("base-tuned");
  CreateWorkflow(spec);
  RunDue();
  const Workflow done = GetWorkflow();
  EXPECT_EQ(done.state(), Workflow::STATE_SUCCEEDED);
  EXPECT_EQ(done.verdict(), v1::Decision::VERDICT_NO_GO);
  EXPECT_TRUE(done.plan().forecast().infeasible());
  EXPECT_THAT(done.job(), IsEmpty());
  EXPECT_THAT(provider().jobs(), IsEmpty());
  EXPECT_THAT(EventsOf("workflows/w").back().message(), HasSubstr("NO_GO before training"));
}

TEST_F(WorkflowStepperTest, BaselineWithoutRoomIsTrainedOnWhenToldTo) {
  Workflow spec = Spec();
  spec.mutable_baseline()->set_model("base-tuned");
  spec.set_train_if_infeasible(true);
  CreateWorkflow(spec);
  RunUntilTrained();
  EXPECT_EQ(GetWorkflow().stage(), Workflow::STAGE_DECISION);
  EXPECT_EQ(GetWorkflow().verdict(), v1::Decision::VERDICT_NO_GO);
}

TEST_F(WorkflowStepperTest, GivenCandidateIsComparedWithoutBaselineRunAndTraining) {
  Workflow spec = Spec();
  spec.clear_training_dataset();
  spec.mutable_candidate()->set_model("tuned");
  CreateWorkflow(spec);
  RunDue();
  const Workflow done = GetWorkflow();
  EXPECT_EQ(done.verdict(), v1::Decision::VERDICT_GO);
  EXPECT_THAT(done.baseline_evaluation(), IsEmpty());
  EXPECT_THAT(done.job(), IsEmpty());
  EXPECT_EQ(done.usage().calls(), 200);
}

TEST_F(WorkflowStepperTest, EndsAfterTheStageItWasToldTo) {
  struct Case {
    Workflow::Stage stage;
    int calls;
    size_t jobs;
  };
  int number = 0;
  for (const Case& one :
       {Case{Workflow::STAGE_DATASETS, 0, 0}, Case{Workflow::STAGE_BASELINE, 100, 0}}) {
    v1::CreateWorkflowRequest request;
    *request.mutable_workflow() = Spec();
    request.mutable_workflow()->set_stop_after(one.stage);
    request.set_workflow_id("w" + std::to_string(++number));
    const int before = provider().calls("Complete");
    ASSERT_TRUE(workflows_.CreateWorkflow({}, request).ok());
    RunDue();
    const Workflow done = GetWorkflow("workflows/" + request.workflow_id());
    EXPECT_EQ(done.state(), Workflow::STATE_SUCCEEDED) << one.stage;
    EXPECT_EQ(done.stage(), one.stage);
    EXPECT_EQ(done.verdict(), v1::Decision::VERDICT_UNSPECIFIED);
    EXPECT_EQ(provider().calls("Complete") - before, one.calls);
    EXPECT_EQ(provider().jobs().size(), one.jobs);
  }
}

TEST_F(WorkflowStepperTest, EndsAfterTrainingWhenToldTo) {
  Workflow spec = Spec();
  spec.set_stop_after(Workflow::STAGE_TRAINING);
  CreateWorkflow(spec);
  RunUntilTrained();
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_SUCCEEDED);
  EXPECT_THAT(GetWorkflow().evaluation(), IsEmpty());
  EXPECT_EQ(StateOf("jobs/w"), "SUCCEEDED");
}

TEST_F(WorkflowStepperTest, EndsAfterTheEvaluationWhenToldTo) {
  Workflow spec = Spec();
  spec.set_stop_after(Workflow::STAGE_EVALUATION);
  CreateWorkflow(spec);
  RunUntilTrained();
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_SUCCEEDED);
  EXPECT_EQ(StateOf("evaluations/w"), "SUCCEEDED");
  EXPECT_THAT(GetWorkflow().decision(), IsEmpty());
}

TEST_F(WorkflowStepperTest, DataAreGeneratedWhenNoneAreGiven) {
  Workflow spec;
  spec.set_stop_after(Workflow::STAGE_DATASETS);
  spec.mutable_generate()->set_seed(3);
  CreateWorkflow(spec);
  RunDue();
  const Workflow done = GetWorkflow();
  EXPECT_EQ(done.state(), Workflow::STATE_SUCCEEDED);
  EXPECT_EQ(done.training_dataset(), "datasets/w-train");
  EXPECT_EQ(done.validation_dataset(), "datasets/w-validation");
  EXPECT_EQ(done.test_dataset(), "datasets/w-test");
  EXPECT_EQ(StateOf("datasets/w-test"), "READY");
  EXPECT_EQ(store_.Get("datasets/w-train")->owner, "workflows/w");
}

TEST_F(WorkflowStepperTest, TestQueriesThatWereTrainedOnAreWarnedOf) {
  auto queries = Queries(20, " train");
  const auto leaked = Queries(3);
  queries.insert(queries.end(), leaked.begin(), leaked.end());
  AddToyDataset("datasets/leaky", v1::Dataset::SPLIT_TRAIN, queries);
  Workflow spec = Spec();
  spec.set_training_dataset("datasets/leaky");
  spec.set_stop_after(Workflow::STAGE_DATASETS);
  CreateWorkflow(spec);
  RunDue();
  const auto warnings = GetWorkflow().plan().warnings();
  ASSERT_FALSE(warnings.empty());
  EXPECT_THAT(warnings.Get(warnings.size() - 1),
              HasSubstr("3 of 100 test queries also stand in datasets/leaky (first: line 1)"));
}

TEST_F(WorkflowStepperTest, CleanDataGiveNoLeakageWarning) {
  Workflow spec = Spec();
  spec.set_stop_after(Workflow::STAGE_DATASETS);
  CreateWorkflow(spec);
  RunDue();
  const Workflow done = GetWorkflow();
  for (const std::string& warning : done.plan().warnings()) {
    EXPECT_EQ(warning.find("test queries"), std::string::npos) << warning;
  }
}

TEST_F(WorkflowStepperTest, DataThatWentAwayMeanwhileFailIt) {
  CreateWorkflow();
  auto dataset = repository_.Get<store::v1::DatasetRecord>("datasets/toy-test");
  ASSERT_TRUE(dataset.ok());
  store::Transaction transaction;
  dataset->record.set_delete_requested(true);
  repository_.Write(transaction, *dataset, v1::Event::TYPE_UPDATED, "delete asked for");
  ASSERT_TRUE(store_.Commit(std::move(transaction)).ok());
  RunDue();
  EXPECT_EQ(GetWorkflow().state(), Workflow::STATE_FAILED);
  EXPECT_EQ(GetWorkflow().failure().reason(), "DATASET_DELETED");
  EXPECT_TRUE(NothingIsDue());
}

TEST_F(WorkflowStepperTest, StepThatDiesBeforeItsCommitIsRepeatedWithoutASecondChild) {
  CreateWorkflow();
  int failures = 3;
  store_.before_commit = [&](const store::Transaction& transaction) {
    const bool by_workflow =
        transaction.lease.has_value() && transaction.lease->name == "workflows/w";
    return by_workflow && failures-- > 0 ? Unavailable("STORE_UNAVAILABLE", "dead")
                                         : absl::OkStatus();
  };
  steps_may_fail_ = true;
  for (int i = 0; i < 5; ++i) {
    RunDue();
    clock_.Advance(absl::Seconds(31));  // leases of the dead run out
  }
  steps_may_fail_ = false;
  RunUntilTrained();
  EXPECT_EQ(GetWorkflow().verdict(), v1::Decision::VERDICT_GO);
  EXPECT_EQ(provider().calls("Complete"), 300);
  EXPECT_EQ(provider().jobs().size(), 1u);
}

}  // namespace
}  // namespace tunegate::workflows
