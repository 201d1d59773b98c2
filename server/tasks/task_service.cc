#include "server/tasks/task_service.h"

#include "server/rpc/dispatcher.h"
#include "server/tasks/task_api.h"
#include "tunegate/v1/task.grpc.pb.h"

namespace tunegate::tasks {
namespace {

class TaskServiceImpl final : public v1::TaskService::CallbackService {
 public:
  TaskServiceImpl(TaskApi* api, rpc::Dispatcher* dispatcher) : api_(api), dispatcher_(dispatcher) {}

  TG_UNARY_RPC(CreateTask)
  TG_UNARY_RPC(InferTask)
  TG_UNARY_RPC(GetTask)
  TG_UNARY_RPC(ListTasks)

 private:
  TaskApi* api_;
  rpc::Dispatcher* dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewTaskService(TaskApi* api, rpc::Dispatcher* dispatcher) {
  return std::make_unique<TaskServiceImpl>(api, dispatcher);
}

}  // namespace tunegate::tasks
