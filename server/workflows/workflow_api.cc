#include "server/workflows/workflow_api.h"

#include <string>

#include "common/errors.h"
#include "server/pricing/budget.h"
#include "server/resources/names.h"
#include "server/workflows/workflow_kind.h"
#include "server/workflows/workflow_plan.h"
#include "server/workflows/workflow_states.h"

namespace tunegate::workflows {
namespace {

using resources::Stored;
using store::v1::WorkflowRecord;

std::string StateText(const v1::Workflow& workflow) {
  return v1::Workflow::State_Name(workflow.state()).substr(sizeof("STATE_") - 1);
}

}  // namespace

absl::StatusOr<v1::CreateWorkflowResponse> WorkflowApi::CreateWorkflow(
    const rpc::Caller& caller, const v1::CreateWorkflowRequest& request) {
  const resources::Creation creation = resources::CreationOf(caller, "CreateWorkflow", request);
  TG_ASSIGN_OR_RETURN(const auto earlier, repository_->FindCreated(creation));
  v1::CreateWorkflowResponse response;
  std::string made;
  if (earlier.has_value()) {
    made = *earlier;
  } else {
    TG_ASSIGN_OR_RETURN(const std::string name,
                        resources::MakeName("workflow_id", "workflows", request.workflow_id(),
                                            repository_->clock().Now()));
    TG_ASSIGN_OR_RETURN(
        Stored<WorkflowRecord> workflow,
        NewWorkflow(*repository_, *providers_, defaults_, request.workflow(), name));
    TG_ASSIGN_OR_RETURN(
        *workflow.resource().mutable_plan(),
        PlanAhead(*repository_, workflow.resource(),
                  !providers_->IsSandbox(workflow.resource().baseline().provider())));
    if (request.validate_only()) {
      *response.mutable_workflow() = workflow.resource();
      return response;
    }
    store::Transaction transaction;
    repository_->Write(transaction, workflow, v1::Event::TYPE_CREATED, "created");
    transaction.schedule.push_back({name, absl::ZeroDuration()});
    TG_ASSIGN_OR_RETURN(made, repository_->CommitCreation(std::move(transaction), creation, name));
  }
  TG_ASSIGN_OR_RETURN(auto stored, repository_->Get<WorkflowRecord>(made));
  *response.mutable_workflow() = std::move(stored.resource());
  return response;
}

absl::StatusOr<v1::GetWorkflowResponse> WorkflowApi::GetWorkflow(
    const rpc::Caller&, const v1::GetWorkflowRequest& request) {
  TG_ASSIGN_OR_RETURN(auto stored, repository_->Get<WorkflowRecord>(request.name()));
  v1::GetWorkflowResponse response;
  *response.mutable_workflow() = std::move(stored.resource());
  return response;
}

bool WorkflowApi::Peek(const v1::GetWorkflowRequest& request, v1::GetWorkflowResponse& response) {
  return repository_->Peek<WorkflowRecord>(request.name(), *response.mutable_workflow());
}

absl::StatusOr<v1::ListWorkflowsResponse> WorkflowApi::ListWorkflows(
    const rpc::Caller&, const v1::ListWorkflowsRequest& request) {
  TG_ASSIGN_OR_RETURN(auto page,
                      repository_->List<WorkflowRecord>(resources::ListArgumentsOf(request)));
  v1::ListWorkflowsResponse response;
  for (WorkflowRecord& record : page.records) {
    *response.add_workflows() = std::move(*record.mutable_resource());
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

absl::StatusOr<v1::CancelWorkflowResponse> WorkflowApi::CancelWorkflow(
    const rpc::Caller&, const v1::CancelWorkflowRequest& request) {
  const auto ask = [&](Stored<WorkflowRecord>& workflow,
                       store::Transaction& transaction) -> absl::Status {
    if (IsTerminal(workflow.resource().state())) {
      return resources::WrongState(request.name(), StateText(workflow.resource()), "still at work");
    }
    workflow.record.set_cancel_requested(true);
    repository_->Write(transaction, workflow, v1::Event::TYPE_UPDATED, "cancel asked for");
    transaction.schedule.push_back({request.name(), absl::ZeroDuration()});
    return absl::OkStatus();
  };
  TG_ASSIGN_OR_RETURN(auto workflow, repository_->Update<WorkflowRecord>(request.name(), ask));
  v1::CancelWorkflowResponse response;
  *response.mutable_workflow() = std::move(workflow.resource());
  return response;
}

absl::StatusOr<v1::ResumeWorkflowResponse> WorkflowApi::ResumeWorkflow(
    const rpc::Caller&, const v1::ResumeWorkflowRequest& request) {
  TG_RETURN_IF_ERROR(pricing::CheckBudget(request.budget(), "budget"));
  const auto ask = [&](Stored<WorkflowRecord>& workflow,
                       store::Transaction& transaction) -> absl::Status {
    const auto state = workflow.resource().state();
    if (state != v1::Workflow::STATE_BLOCKED && state != v1::Workflow::STATE_FAILED) {
      return resources::WrongState(request.name(), StateText(workflow.resource()),
                                   "BLOCKED or FAILED");
    }
    workflow.record.set_resume_requested(true);
    if (request.has_budget()) *workflow.resource().mutable_budget() = request.budget();
    repository_->Write(transaction, workflow, v1::Event::TYPE_UPDATED, "resume asked for");
    transaction.schedule.push_back({request.name(), absl::ZeroDuration()});
    return absl::OkStatus();
  };
  TG_ASSIGN_OR_RETURN(auto workflow, repository_->Update<WorkflowRecord>(request.name(), ask));
  v1::ResumeWorkflowResponse response;
  *response.mutable_workflow() = std::move(workflow.resource());
  return response;
}

}  // namespace tunegate::workflows
