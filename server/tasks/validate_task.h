// What a task must be so that its answers can be scored.
#ifndef TUNEGATE_SERVER_TASKS_VALIDATE_TASK_H_
#define TUNEGATE_SERVER_TASKS_VALIDATE_TASK_H_

#include <string_view>

#include "absl/status/status.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::tasks {

// OK, or INVALID_ARGUMENT (INVALID_TASK) with one field violation for each fault, all of them,
// under `path` ("task.fields[2].id"). Graders are made to see whether they can be. Output-only
// fields are not looked at. default_policy is checked only for what concerns the task: its metrics
// name fields of it; its figures are the decisions' matter.
absl::Status ValidateTask(const v1::Task& task, std::string_view path = "task");

}  // namespace tunegate::tasks

#endif  // TUNEGATE_SERVER_TASKS_VALIDATE_TASK_H_
