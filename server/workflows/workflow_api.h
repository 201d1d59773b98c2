// WorkflowApi: the methods of WorkflowService, without gRPC.
#ifndef TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_API_H_
#define TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_API_H_

#include <utility>

#include "absl/status/statusor.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/rpc/caller.h"
#include "server/workflows/workflow_spec.h"
#include "tunegate/v1/workflow.pb.h"

namespace tunegate::workflows {

// Thread-safe; blocks on the store. Errors as workflow.proto says. What it is given is not owned.
class WorkflowApi {
 public:
  WorkflowApi(resources::Repository* repository, const providers::ProviderSet* providers,
              WorkflowDefaults defaults)
      : repository_(repository), providers_(providers), defaults_(std::move(defaults)) {}

  absl::StatusOr<v1::CreateWorkflowResponse> CreateWorkflow(
      const rpc::Caller& caller, const v1::CreateWorkflowRequest& request);
  absl::StatusOr<v1::GetWorkflowResponse> GetWorkflow(const rpc::Caller& caller,
                                                      const v1::GetWorkflowRequest& request);
  // GetWorkflow's answer where it is in memory; does not block.
  bool Peek(const v1::GetWorkflowRequest& request, v1::GetWorkflowResponse& response);
  absl::StatusOr<v1::ListWorkflowsResponse> ListWorkflows(const rpc::Caller& caller,
                                                          const v1::ListWorkflowsRequest& request);
  absl::StatusOr<v1::CancelWorkflowResponse> CancelWorkflow(
      const rpc::Caller& caller, const v1::CancelWorkflowRequest& request);
  absl::StatusOr<v1::ResumeWorkflowResponse> ResumeWorkflow(
      const rpc::Caller& caller, const v1::ResumeWorkflowRequest& request);

 private:
  resources::Repository* repository_;
  const providers::ProviderSet* providers_;
  const WorkflowDefaults defaults_;
};

}  // namespace tunegate::workflows

#endif  // TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_API_H_
