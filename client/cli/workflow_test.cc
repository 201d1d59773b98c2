#include "client/cli/workflow.h"

#include "client/cli/testing/cli_test.h"
#include "client/cli/testing/verdict_fixture.h"
#include "common/errors.h"
#include "tunegate/v1/dataset.pb.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/event.pb.h"
#include "tunegate/v1/job.pb.h"
#include "tunegate/v1/workflow.pb.h"

namespace tunegate::cli {
namespace {

using client::FakeReply;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using v1::Event;
using v1::Workflow;

constexpr char kForecast[] = R"(
  plan { forecast { go_probability: 0.55 expected_gain: 0.1 example_count: 100
                    baseline_accuracy: 0.86 } })";

// A workflow at a stage, with the names of what it has made so far.
Workflow At(Workflow::Stage stage, Workflow::State state = Workflow::STATE_RUNNING) {
  Workflow workflow = Proto<Workflow>(kForecast);
  workflow.set_name("workflows/nov");
  workflow.set_task("tasks/product_intent");
  workflow.set_state(state);
  workflow.set_stage(stage);
  workflow.mutable_generate()->set_seed(1);
  workflow.set_training_dataset("datasets/nov-train");
  workflow.set_test_dataset("datasets/nov-test");
  workflow.set_baseline_evaluation("evaluations/nov-baseline");
  if (stage >= Workflow::STAGE_TRAINING) workflow.set_job("jobs/nov");
  if (stage >= Workflow::STAGE_EVALUATION) workflow.set_evaluation("evaluations/nov");
  return workflow;
}

Workflow Decided(v1::Decision::Verdict verdict) {
  Workflow workflow = At(Workflow::STAGE_DECISION, Workflow::STATE_SUCCEEDED);
  workflow.set_decision("decisions/nov");
  workflow.set_verdict(verdict);
  return workflow;
}

Event Of(const Workflow& workflow) {
  Event event;
  event.set_resource(workflow.name());
  event.set_type(Event::TYPE_STATE_CHANGED);
  *event.mutable_workflow() = workflow;
  event.set_terminal(workflow.state() >= Workflow::STATE_SUCCEEDED);
  return event;
}

Event OfJob(std::string_view job) {
  Event event;
  event.set_resource("jobs/nov");
  event.set_type(Event::TYPE_PROGRESS);
  event.set_owner("workflows/nov");
  FromText(job, event.mutable_job());
  return event;
}

// One message a commit, at rising positions.
FakeReply Commits(const std::vector<Event>& events) {
  FakeReply reply;
  int64_t position = 10;
  for (const Event& event : events) {
    v1::WatchEventsResponse response;
    *response.add_events() = event;
    response.mutable_events(0)->set_position(++position);
    response.mutable_events(0)->mutable_time()->set_seconds(1795341600);
    response.set_position(position);
    response.set_caught_up(true);
    reply.messages.push_back(response.SerializeAsString());
  }
  return reply;
}

constexpr char kTraining[] = R"(
  name: "jobs/nov" state: STATE_RUNNING provider_job: "ftjob-sb-01"
  progress { done: 600 total: 1200 figures { key: "loss" value: 0.2 } })";
constexpr char kTrained[] = R"(
  name: "jobs/nov" state: STATE_SUCCEEDED provider_job: "ftjob-sb-01"
  fine_tuned_model: "ft:sandbox-keyword-1:nov"
  create_time { seconds: 100 } end_time { seconds: 102 nanos: 900000000 }
  progress { done: 1200 total: 1200 figures { key: "loss" value: 0.041 }
             figures { key: "valid_loss" value: 0.187 } figures { key: "epoch" value: 3 }
             figures { key: "epochs" value: 3 } })";

class WorkflowTest : public CliTest {
 protected:
  WorkflowTest() {
    server_.On<v1::CreateWorkflowRequest>([](const v1::CreateWorkflowRequest& request) {
      v1::CreateWorkflowResponse response;
      *response.mutable_workflow() = request.workflow();
      response.mutable_workflow()->set_name("workflows/nov");
      if (request.validate_only()) FromText(kForecast, response.mutable_workflow());
      return response;
    });
    server_.On<v1::GetWorkflowRequest>([](const v1::GetWorkflowRequest&) {
      v1::GetWorkflowResponse response;
      *response.mutable_workflow() = Decided(v1::Decision::VERDICT_NO_GO);
      return response;
    });
    server_.On<v1::GetDatasetRequest>([](const v1::GetDatasetRequest& request) {
      v1::GetDatasetResponse response;
      const bool test = request.name() == "datasets/nov-test";
      FromText(test ? R"(split: SPLIT_TEST example_count: 100)"
                    : R"(split: SPLIT_TRAIN example_count: 400 warning_count: 2)",
               response.mutable_dataset());
      response.mutable_dataset()->set_name(request.name());
      return response;
    });
    server_.On<v1::GetEvaluationRequest>([](const v1::GetEvaluationRequest& request) {
      v1::GetEvaluationResponse response;
      FromText(kEvaluation, response.mutable_evaluation());
      response.mutable_evaluation()->set_name(request.name());
      return response;
    });
    server_.On<v1::GetDecisionRequest>([](const v1::GetDecisionRequest&) {
      v1::GetDecisionResponse response;
      FromText(kDecision, response.mutable_decision());
      return response;
    });
  }

  void AnswerWholeRun(v1::Decision::Verdict verdict) {
    AnswerWatches({Commits({Of(At(Workflow::STAGE_DATASETS)), Of(At(Workflow::STAGE_BASELINE)),
                            Of(At(Workflow::STAGE_TRAINING)), OfJob(kTraining), OfJob(kTrained),
                            Of(At(Workflow::STAGE_EVALUATION)), Of(At(Workflow::STAGE_DECISION)),
                            Of(Decided(verdict))})});
  }
};

TEST_F(WorkflowTest, RunParsesAndRefuses) {
  const auto run = ParseAs<WorkflowRun>({"workflow", "run", "--seed", "1", "--test", "mine",
                                         "--train-count", "200", "--epochs", "3", "--detach"});
  EXPECT_EQ(run->generate.seed, 1);
  EXPECT_EQ(run->generate.train, 200);
  EXPECT_EQ(run->test, "datasets/mine");
  EXPECT_EQ(run->training.epochs, 3);
  EXPECT_THAT(UsageErrorOf({"workflow", "run", "--candidate", "m", "--epochs", "3"}),
              StartsWith("--candidate: is judged as it is, nothing is trained"));
  EXPECT_THAT(UsageErrorOf({"workflow", "run", "--candidate", "m", "--baseline-only"}),
              StartsWith("--baseline-only: "));
  EXPECT_THAT(UsageErrorOf({"workflow", "run", "--budget-usd", "free"}),
              StartsWith("--budget-usd: expected an amount of US dollars"));
}

TEST_F(WorkflowTest, RunSendsTheDatasetsAndNamesTyped) {
  const Ran ran = Run({"workflow", "run", "--task", "intents", "--train", "a", "--validation", "b",
                       "--test", "c", "--id", "nov", "--label", "team=search", "--detach"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  const auto request = Sent<v1::CreateWorkflowRequest>();
  const Workflow& workflow = request.workflow();
  EXPECT_EQ(request.workflow_id(), "nov");
  EXPECT_NE(request.request_id(), "");
  EXPECT_EQ(workflow.task(), "tasks/intents");
  EXPECT_EQ(workflow.training_dataset(), "datasets/a");
  EXPECT_EQ(workflow.validation_dataset(), "datasets/b");
  EXPECT_EQ(workflow.test_dataset(), "datasets/c");
  EXPECT_FALSE(workflow.has_generate());
  EXPECT_FALSE(workflow.has_baseline());
  EXPECT_EQ(workflow.labels().at("team"), "search");
  EXPECT_THAT(ran.out, HasSubstr("tunegate workflow watch workflows/nov"));
}

TEST_F(WorkflowTest, RunSendsVariantsTrainingPolicyAndBudget) {
  const std::string policy = WriteFile("policy.textproto", "min_examples: 80");
  const std::string prompt = WriteFile("prompt.txt", "Be brief.\n");
  Run({"workflow", "run", "--baseline", "gpt-x", "--baseline-prompt", prompt, "--epochs", "3",
       "--policy", policy, "--budget-usd", "2.50", "--baseline-only", "--detach"});
  const auto request = Sent<v1::CreateWorkflowRequest>();
  const Workflow& workflow = request.workflow();
  EXPECT_EQ(workflow.baseline().model(), "gpt-x");
  EXPECT_EQ(workflow.baseline().system_prompt(), "Be brief.");
  EXPECT_EQ(workflow.job_template().supervised().n_epochs(), 3);
  EXPECT_EQ(workflow.policy().min_examples(), 80);
  EXPECT_EQ(workflow.budget().max_cost().micros(), 2'500'000);
  EXPECT_EQ(workflow.stop_after(), Workflow::STAGE_BASELINE);
}

TEST_F(WorkflowTest, RunTellsEveryStageAndEndsInTheVerdict) {
  AnswerWholeRun(v1::Decision::VERDICT_INCONCLUSIVE);
  const Ran ran = Run({"workflow", "run", "--seed", "1"});
  EXPECT_EQ(ran.code, 4) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("workflows/nov"));
  EXPECT_THAT(ran.out, HasSubstr("datasets    400 train, 100 test; seed 1; 0 errors, 2 warnings"));
  EXPECT_THAT(ran.out, HasSubstr("baseline    gpt-4o-mini-2024-07-18 on 100 tests: 86.0 % right "
                                 "(77.9 to 91.5)"));
  EXPECT_THAT(ran.out, HasSubstr("forecast: a true gain of 10.0 points ends in GO 55 of 100 times "
                                 "at n = 100"));
  EXPECT_THAT(ran.out, HasSubstr("training    ftjob-sb-01  epoch 3/3  step 1200/1200  loss 0.041  "
                                 "validation 0.187"));
  EXPECT_THAT(ran.out, HasSubstr("2.9s"));
  EXPECT_THAT(ran.out, HasSubstr("made ft:sandbox-keyword-1:nov"));
  EXPECT_THAT(ran.out, HasSubstr("evaluation  200 of 200 calls, 1 retried, 0 failed, $0.0042"));
  EXPECT_THAT(ran.out, HasSubstr("gain +0.5 points assured (measured +8.0; the lower end "));
  EXPECT_THAT(ran.out, HasSubstr("11 gained, 3 lost"));
  EXPECT_THAT(ran.out, HasSubstr("+8.0 points (+1 to +15)"));
  EXPECT_THAT(ran.out, EndsWith("\nverdict: INCONCLUSIVE\n"));
  EXPECT_THAT(ran.out, Not(HasSubstr("░")));
}

TEST_F(WorkflowTest, EveryStageIsToldOnceOnATerminalToo) {
  AnswerWholeRun(v1::Decision::VERDICT_INCONCLUSIVE);
  environment_["NO_COLOR"] = "1";
  const Ran ran = RunOnTerminal({"workflow", "run", "--seed", "1"});
  const std::string out = WithoutColours(ran.out);
  EXPECT_THAT(out, HasSubstr("training    ██████████░░░░░░░░░░  step 600/1200  loss 0.200"));
  EXPECT_THAT(out, HasSubstr("Again: tunegate workflow watch workflows/nov"));
  EXPECT_THAT(out, EndsWith("\nverdict: INCONCLUSIVE\n"));
}

TEST_F(WorkflowTest, VerdictIsTheExitCode) {
  AnswerWholeRun(v1::Decision::VERDICT_GO);
  EXPECT_EQ(Run({"workflow", "run"}).code, 0);
  AnswerWholeRun(v1::Decision::VERDICT_NO_GO);
  EXPECT_EQ(Run({"workflow", "watch", "nov"}).code, 3);
  EXPECT_EQ(Run({"workflow", "show", "nov"}).code, 0);
  EXPECT_EQ(Run({"workflow", "show", "nov", "--exit-status"}).code, 3);
}

TEST_F(WorkflowTest, SnapshotInAnyOrderTellsTheSameStages) {
  std::vector<Event> events = {Of(Decided(v1::Decision::VERDICT_NO_GO)), OfJob(kTrained)};
  for (Event& event : events) {
    event.set_type(Event::TYPE_SNAPSHOT);
    event.set_terminal(false);
  }
  FakeReply reply = Commits(events);
  v1::WatchEventsResponse bookmark;
  bookmark.set_position(40);
  bookmark.set_caught_up(true);
  reply.messages.push_back(bookmark.SerializeAsString());
  AnswerWatches({reply});
  const Ran ran = Run({"workflow", "watch", "nov"});
  EXPECT_EQ(ran.code, 3) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("training    ftjob-sb-01"));
  EXPECT_THAT(ran.out, EndsWith("\nverdict: NO_GO\n"));
}

TEST_F(WorkflowTest, BlockedWorkflowTellsCauseAndRemedyOnce) {
  Workflow blocked = At(Workflow::STAGE_TRAINING, Workflow::STATE_BLOCKED);
  FromText(R"(reason: "QUOTA_EXHAUSTED" message: "You exceeded your current quota"
              remedy: "raise the quota, then tunegate workflow resume workflows/nov")",
           blocked.mutable_failure());
  AnswerWatches({Commits({Of(blocked), Of(blocked), Of(Decided(v1::Decision::VERDICT_GO))})});
  const Ran ran = Run({"workflow", "watch", "nov"});
  EXPECT_THAT(ran.out, HasSubstr("training    BLOCKED"));
  EXPECT_THAT(ran.out, HasSubstr("QUOTA_EXHAUSTED: You exceeded your current quota"));
  EXPECT_EQ(ran.out.find("QUOTA_EXHAUSTED"), ran.out.rfind("QUOTA_EXHAUSTED"));
  EXPECT_THAT(ran.out, HasSubstr("raise the quota, then tunegate workflow resume workflows/nov"));
}

TEST_F(WorkflowTest, FailedAndCancelledEndWithTheirCodes) {
  AnswerWatches({Commits({Of(At(Workflow::STAGE_TRAINING, Workflow::STATE_FAILED))})});
  const Ran failed = Run({"workflow", "watch", "nov"});
  EXPECT_EQ(failed.code, 1);
  EXPECT_THAT(failed.out, HasSubstr("tunegate workflow resume workflows/nov"));
  AnswerWatches({Commits({Of(At(Workflow::STAGE_TRAINING, Workflow::STATE_CANCELLED))})});
  EXPECT_EQ(Run({"workflow", "watch", "nov"}).code, 5);
}

TEST_F(WorkflowTest, BaselineAloneEndsWithoutAVerdict) {
  AnswerWatches({Commits({Of(At(Workflow::STAGE_BASELINE, Workflow::STATE_SUCCEEDED))})});
  const Ran ran = Run({"workflow", "run", "--baseline-only"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("86.0 % right"));
  EXPECT_THAT(ran.out, Not(HasSubstr("verdict")));
  EXPECT_THAT(ran.out, HasSubstr("--test datasets/nov-test"));
}

TEST_F(WorkflowTest, DryRunTellsQuoteAndForecastAndStartsNothing) {
  const Ran ran = Run({"workflow", "run", "--dry-run"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_TRUE(Sent<v1::CreateWorkflowRequest>().validate_only());
  EXPECT_THAT(ran.out, HasSubstr("nothing was started and nothing spent"));
  EXPECT_THAT(ran.out, HasSubstr("GO 55.0 %"));
  EXPECT_TRUE(server_.Calls("EventService/WatchEvents").empty());
  EXPECT_TRUE(IsJsonLines(Run({"workflow", "run", "--dry-run", "--output", "json"}).out));
}

TEST_F(WorkflowTest, JsonIsObjectsAloneAndTheExitCodeStillTheVerdict) {
  AnswerWholeRun(v1::Decision::VERDICT_NO_GO);
  const Ran ran = Run({"workflow", "run", "--output", "json"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_TRUE(IsJsonLines(ran.out)) << ran.out;
  EXPECT_EQ(Lines(ran.out).size(), 9u);  // created, eight commits
}

TEST_F(WorkflowTest, LostConnectionIsTwoLinesAndTheRunGoesOn) {
  FakeReply first = Commits({Of(At(Workflow::STAGE_DATASETS)), Of(At(Workflow::STAGE_BASELINE))});
  first.status = Unavailable("", "gone");
  FakeReply second = Commits({Of(At(Workflow::STAGE_DATASETS)), Of(At(Workflow::STAGE_BASELINE)),
                              Of(Decided(v1::Decision::VERDICT_GO))});
  AnswerWatches({first, second});
  environment_["NO_COLOR"] = "1";
  const Ran ran = RunOnTerminal({"workflow", "watch", "nov"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("server unreachable (UNAVAILABLE), retrying; last position 12"));
  EXPECT_THAT(ran.out, HasSubstr("back; "));
}

TEST_F(WorkflowTest, ListCancelAndResumeAreWired) {
  server_.On<v1::ListWorkflowsRequest>([](const v1::ListWorkflowsRequest&) {
    v1::ListWorkflowsResponse response;
    *response.add_workflows() = Decided(v1::Decision::VERDICT_NO_GO);
    return response;
  });
  server_.On<v1::CancelWorkflowRequest>([](const v1::CancelWorkflowRequest&) {
    v1::CancelWorkflowResponse response;
    *response.mutable_workflow() = At(Workflow::STAGE_TRAINING, Workflow::STATE_CANCELLING);
    return response;
  });
  server_.On<v1::ResumeWorkflowRequest>([](const v1::ResumeWorkflowRequest&) {
    v1::ResumeWorkflowResponse response;
    *response.mutable_workflow() = At(Workflow::STAGE_TRAINING);
    return response;
  });
  EXPECT_THAT(Run({"workflow", "list"}).out,
              StartsWith("workflows/nov\tSUCCEEDED\tDECISION\tNO_GO\ttasks/product_intent\t"));
  EXPECT_THAT(Run({"workflow", "cancel", "nov"}).out, HasSubstr("CANCELLING"));
  EXPECT_EQ(Run({"workflow", "resume", "nov", "--budget-usd", "5"}).code, 0);
  EXPECT_EQ(Sent<v1::ResumeWorkflowRequest>().budget().max_cost().micros(), 5'000'000);
}

}  // namespace
}  // namespace tunegate::cli
