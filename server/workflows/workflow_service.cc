#include "server/workflows/workflow_service.h"

#include "server/rpc/dispatcher.h"
#include "server/workflows/workflow_api.h"
#include "tunegate/v1/workflow.grpc.pb.h"

namespace tunegate::workflows {
namespace {

class WorkflowServiceImpl final : public v1::WorkflowService::CallbackService {
 public:
  WorkflowServiceImpl(WorkflowApi* api, rpc::Dispatcher* dispatcher)
      : api_(api), dispatcher_(dispatcher) {}

  TG_UNARY_RPC(CreateWorkflow)
  TG_GET_RPC(GetWorkflow)
  TG_UNARY_RPC(ListWorkflows)
  TG_UNARY_RPC(CancelWorkflow)
  TG_UNARY_RPC(ResumeWorkflow)

 private:
  WorkflowApi* api_;
  rpc::Dispatcher* dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewWorkflowService(WorkflowApi* api, rpc::Dispatcher* dispatcher) {
  return std::make_unique<WorkflowServiceImpl>(api, dispatcher);
}

}  // namespace tunegate::workflows
