#include "server/tasks/task_api.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/verdict/policy.h"
#include "server/resources/names.h"
#include "server/tasks/infer_task.h"
#include "server/tasks/task_catalog.h"
#include "server/tasks/task_kind.h"
#include "server/tasks/validate_task.h"

namespace tunegate::tasks {

using resources::Stored;
using store::v1::TaskRecord;

absl::StatusOr<v1::Task> FindTask(resources::Repository& repository, std::string_view name,
                                  std::string_view field) {
  if (name.empty()) return BuiltInTasks().front();
  if (const v1::Task* task = FindBuiltInTask(name)) return *task;
  TG_ASSIGN_OR_RETURN(Stored<TaskRecord> stored, repository.Get<TaskRecord>(name, field));
  return std::move(stored.resource());
}

absl::StatusOr<v1::CreateTaskResponse> TaskApi::CreateTask(const rpc::Caller& caller,
                                                           const v1::CreateTaskRequest& request) {
  const resources::Creation creation = resources::CreationOf(caller, "CreateTask", request);
  TG_ASSIGN_OR_RETURN(const auto earlier, repository_->FindCreated(creation));
  v1::CreateTaskResponse response;
  if (earlier.has_value()) {
    TG_ASSIGN_OR_RETURN(*response.mutable_task(), FindTask(*repository_, *earlier, "name"));
    return response;
  }
  TG_RETURN_IF_ERROR(resources::CheckCommonFields(request.task(), "task"));
  TG_RETURN_IF_ERROR(ValidateTask(request.task()));
  TG_RETURN_IF_ERROR(decisions::ValidatePolicy(request.task().default_policy(), &request.task(),
                                               "task.default_policy"));
  Stored<TaskRecord> stored;
  stored.resource() = request.task();
  TG_ASSIGN_OR_RETURN(
      const std::string name,
      resources::MakeName("task_id", "tasks", request.task_id(), repository_->clock().Now()));
  if (FindBuiltInTask(name) != nullptr) {
    return AlreadyExists("NAME_TAKEN",
                         absl::StrCat(name, " is built in and never changes; choose another id"));
  }
  stored.resource().set_name(name);
  CompleteTask(stored.resource());
  *response.mutable_task() = stored.resource();
  if (request.validate_only()) return response;
  store::Transaction transaction;
  repository_->Write(transaction, stored, v1::Event::TYPE_CREATED, "created");
  TG_ASSIGN_OR_RETURN(const std::string made,
                      repository_->CommitCreation(std::move(transaction), creation, name));
  TG_ASSIGN_OR_RETURN(*response.mutable_task(), FindTask(*repository_, made, "name"));
  return response;
}

absl::StatusOr<v1::InferTaskResponse> TaskApi::InferTask(const rpc::Caller&,
                                                         const v1::InferTaskRequest& request) {
  TG_ASSIGN_OR_RETURN(InferredTask inferred,
                      tasks::InferTask({request.lines().begin(), request.lines().end()}));
  v1::InferTaskResponse response;
  *response.mutable_task() = std::move(inferred.task);
  for (std::string& note : inferred.notes) response.add_notes(std::move(note));
  return response;
}

absl::StatusOr<v1::GetTaskResponse> TaskApi::GetTask(const rpc::Caller&,
                                                     const v1::GetTaskRequest& request) {
  TG_RETURN_IF_ERROR(resources::CheckName("name", request.name(), "tasks"));
  v1::GetTaskResponse response;
  TG_ASSIGN_OR_RETURN(*response.mutable_task(), FindTask(*repository_, request.name(), "name"));
  return response;
}

absl::StatusOr<v1::ListTasksResponse> TaskApi::ListTasks(const rpc::Caller&,
                                                         const v1::ListTasksRequest& request) {
  TG_ASSIGN_OR_RETURN(auto page,
                      repository_->List<TaskRecord>(resources::ListArgumentsOf(request)));
  v1::ListTasksResponse response;
  for (TaskRecord& record : page.records)
    *response.add_tasks() = std::move(*record.mutable_resource());
  response.set_next_page_token(page.next_page_token);
  if (page.next_page_token.empty() && request.filter().empty()) {
    for (const v1::Task& task : BuiltInTasks()) *response.add_tasks() = task;
  }
  return response;
}

}  // namespace tunegate::tasks
