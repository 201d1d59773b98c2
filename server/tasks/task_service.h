// TaskService over gRPC.
#ifndef TUNEGATE_SERVER_TASKS_TASK_SERVICE_H_
#define TUNEGATE_SERVER_TASKS_TASK_SERVICE_H_

#include <memory>

namespace grpc {
class Service;
}
namespace tunegate::rpc {
class Dispatcher;
}

namespace tunegate::tasks {

class TaskApi;

// Neither argument is owned; both outlive the service.
std::unique_ptr<grpc::Service> NewTaskService(TaskApi* api, rpc::Dispatcher* dispatcher);

}  // namespace tunegate::tasks

#endif  // TUNEGATE_SERVER_TASKS_TASK_SERVICE_H_
