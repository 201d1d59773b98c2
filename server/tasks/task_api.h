// TaskApi: the methods of TaskService, without gRPC. Built-in tasks live in the program and are
// listed behind the stored ones.
#ifndef TUNEGATE_SERVER_TASKS_TASK_API_H_
#define TUNEGATE_SERVER_TASKS_TASK_API_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "server/resources/repository.h"
#include "server/rpc/caller.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::tasks {

// The task of this name, stored or built in; an empty name is tasks/product_intent. Errors as
// Repository::Get for `field`.
absl::StatusOr<v1::Task> FindTask(resources::Repository& repository, std::string_view name,
                                  std::string_view field);

// Thread-safe; blocks on the store. Errors as task.proto says.
class TaskApi {
 public:
  explicit TaskApi(resources::Repository* repository) : repository_(repository) {}

  absl::StatusOr<v1::CreateTaskResponse> CreateTask(const rpc::Caller& caller,
                                                    const v1::CreateTaskRequest& request);
  absl::StatusOr<v1::InferTaskResponse> InferTask(const rpc::Caller& caller,
                                                  const v1::InferTaskRequest& request);
  absl::StatusOr<v1::GetTaskResponse> GetTask(const rpc::Caller& caller,
                                              const v1::GetTaskRequest& request);
  absl::StatusOr<v1::ListTasksResponse> ListTasks(const rpc::Caller& caller,
                                                  const v1::ListTasksRequest& request);

 private:
  resources::Repository* repository_;
};

}  // namespace tunegate::tasks

#endif  // TUNEGATE_SERVER_TASKS_TASK_API_H_
