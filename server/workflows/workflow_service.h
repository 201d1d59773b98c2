// WorkflowService over gRPC.
#ifndef TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_SERVICE_H_
#define TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_SERVICE_H_

#include <memory>

namespace grpc {
class Service;
}
namespace tunegate::rpc {
class Dispatcher;
}

namespace tunegate::workflows {

class WorkflowApi;

// Neither argument is owned; both outlive the service.
std::unique_ptr<grpc::Service> NewWorkflowService(WorkflowApi* api, rpc::Dispatcher* dispatcher);

}  // namespace tunegate::workflows

#endif  // TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_SERVICE_H_
