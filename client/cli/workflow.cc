#include "client/cli/workflow.h"

#include "client/cli/decision_reader.h"
#include "client/cli/files.h"
#include "client/cli/nouns.h"
#include "client/cli/usage.h"
#include "client/cli/variant_text.h"
#include "client/cli/workflow_screen.h"
#include "client/client.h"
#include "common/errors.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::cli {
namespace {

using v1::Workflow;

// The request that a `workflow run` means. Reads the files it names.
absl::StatusOr<v1::CreateWorkflowRequest> MakeRequest(const WorkflowRun& run) {
  v1::CreateWorkflowRequest request;
  request.set_workflow_id(run.naming.id);
  request.set_validate_only(run.dry_run);
  Workflow* workflow = request.mutable_workflow();
  FillNaming(run.naming, workflow);
  workflow->set_task(run.task);
  workflow->set_training_dataset(run.train);
  workflow->set_validation_dataset(run.validation);
  workflow->set_test_dataset(run.test);
  if (!run.generate.empty()) FillGenerate(run.generate, workflow->mutable_generate());
  if (!run.baseline.empty()) {
    TG_RETURN_IF_ERROR(FillVariant(run.baseline, workflow->mutable_baseline()));
  }
  if (!run.candidate.empty()) {
    TG_RETURN_IF_ERROR(FillVariant(run.candidate, workflow->mutable_candidate()));
  }
  if (!run.training.empty()) {
    TG_RETURN_IF_ERROR(FillTraining(run.training, workflow->mutable_job_template()));
  }
  if (!run.policy_file.empty()) {
    TG_RETURN_IF_ERROR(ReadTextproto(run.policy_file, workflow->mutable_policy()));
  }
  if (!run.budget.empty()) FillBudget(run.budget, workflow->mutable_budget());
  if (run.baseline_only) workflow->set_stop_after(Workflow::STAGE_BASELINE);
  workflow->set_train_if_infeasible(run.train_if_infeasible);
  workflow->set_max_concurrency(static_cast<int32_t>(run.concurrency.value_or(0)));
  return request;
}

// What stands on the screen once a workflow has ended.
absl::StatusOr<Ending> TellEnd(Session& session, client::Client& client, const Workflow& workflow) {
  if (workflow.state() == Workflow::STATE_CANCELLED) return Ending::kCancelled;
  if (workflow.state() != Workflow::STATE_SUCCEEDED) {
    if (!session.json()) {
      PrintNext(session.out(), session.terminal(), "tunegate workflow resume " + workflow.name());
    }
    return Ending::kFailed;
  }
  const Ending ending = EndingOf(workflow.verdict());
  if (session.json()) return ending;
  if (!workflow.decision().empty()) {
    TG_ASSIGN_OR_RETURN(const DecisionView view, ReadDecision(client, workflow.decision()));
    session.out() << "\n";
    PrintDecision(session.out(), session.terminal(), view);
  }
  if (workflow.verdict() != v1::Decision::VERDICT_UNSPECIFIED) {
    PrintVerdict(session.out(), workflow.verdict());
    return ending;
  }
  std::string next = "tunegate workflow run";
  if (!workflow.training_dataset().empty()) next += " --train " + workflow.training_dataset();
  if (!workflow.test_dataset().empty()) next += " --test " + workflow.test_dataset();
  PrintNext(session.out(), session.terminal(), next);
  return ending;
}

absl::StatusOr<Ending> WatchWorkflow(Session& session, const Workflow& workflow) {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  if (!session.json()) {
    Line header(workflow.name(), Style::kStrong);
    if (!workflow.task().empty()) header.Add("   task " + workflow.task());
    if (workflow.has_candidate()) {
      header.Add("   candidate " + WhoAnswers(workflow.candidate(), {}));
    }
    session.out() << header.Render(session.terminal()) << "\n" << std::flush;
  }
  WorkflowScreen screen(session, *client, workflow);
  TG_ASSIGN_OR_RETURN(
      const FollowEnd end,
      Follow(session, WatchToTheEnd(workflow.name(), /*owned=*/true),
             {.what = "the workflow", .again = "tunegate workflow watch " + workflow.name()},
             screen));
  if (end == FollowEnd::kInterrupted) return Ending::kInterrupted;
  return TellEnd(session, *client, screen.workflow());
}

// For verbs that answer with one workflow.
void ShowWorkflow(Session& session, const google::protobuf::Message& response,
                  const Workflow& workflow) {
  if (session.json()) {
    session.PrintJson(response);
    return;
  }
  WorkflowFacts(workflow).Print(session.out(), session.terminal());
  if (workflow.verdict() != v1::Decision::VERDICT_UNSPECIFIED) {
    PrintVerdict(session.out(), workflow.verdict());
  }
}

absl::StatusOr<v1::GetWorkflowResponse> GetWorkflow(Session& session, const std::string& name) {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::GetWorkflowRequest request;
  request.set_name(name);
  return client->Call(request);
}

}  // namespace

absl::Status WorkflowRun::Check() const {
  if (!candidate.empty() && (!train.empty() || !training.empty())) {
    return UsageError(
        "--candidate",
        "is judged as it is, nothing is trained: leave out --train and the options of "
        "training, or leave out --candidate");
  }
  if (baseline_only && !candidate.empty()) {
    return UsageError("--baseline-only", "measures the baseline alone; leave out --candidate");
  }
  if (detach && dry_run) return UsageError("--dry-run", "starts nothing; leave out --detach");
  return training.Check();
}

absl::StatusOr<Ending> WorkflowRun::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  TG_ASSIGN_OR_RETURN(const v1::CreateWorkflowRequest request, MakeRequest(*this));
  TG_ASSIGN_OR_RETURN(const v1::CreateWorkflowResponse response, client->Call(request));
  if (dry_run) {
    if (session.json()) {
      session.PrintJson(response);
    } else {
      PrintPlan(session.out(), session.terminal(), response.workflow());
    }
    return Ending::kDone;
  }
  if (detach) {
    ShowWorkflow(session, response, response.workflow());
    return Ending::kDone;
  }
  if (session.json()) session.PrintJson(response);
  return WatchWorkflow(session, response.workflow());
}

absl::StatusOr<Ending> WorkflowList::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ListWorkflowsRequest request;
  FillList(list, &request);
  TG_ASSIGN_OR_RETURN(const v1::ListWorkflowsResponse response, client->Call(request));
  if (session.json()) {
    session.PrintJson(response);
    return Ending::kDone;
  }
  WorkflowTable(response.workflows()).Print(session.out(), session.terminal());
  PrintMore(session, response.next_page_token(), "tunegate workflow list");
  return Ending::kDone;
}

absl::StatusOr<Ending> WorkflowShow::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(const v1::GetWorkflowResponse response, GetWorkflow(session, name));
  ShowWorkflow(session, response, response.workflow());
  return exit_status ? EndingOf(response.workflow().verdict()) : Ending::kDone;
}

absl::StatusOr<Ending> WorkflowWatch::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(const v1::GetWorkflowResponse response, GetWorkflow(session, name));
  return WatchWorkflow(session, response.workflow());
}

absl::StatusOr<Ending> WorkflowCancel::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::CancelWorkflowRequest request;
  request.set_name(name);
  TG_ASSIGN_OR_RETURN(const v1::CancelWorkflowResponse response, client->Call(request));
  ShowWorkflow(session, response, response.workflow());
  return Ending::kDone;
}

absl::StatusOr<Ending> WorkflowResume::Run(Session& session) const {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  v1::ResumeWorkflowRequest request;
  request.set_name(name);
  if (!budget.empty()) FillBudget(budget, request.mutable_budget());
  TG_ASSIGN_OR_RETURN(const v1::ResumeWorkflowResponse response, client->Call(request));
  if (watch) {
    if (session.json()) session.PrintJson(response);
    return WatchWorkflow(session, response.workflow());
  }
  ShowWorkflow(session, response, response.workflow());
  return Ending::kDone;
}

}  // namespace tunegate::cli
