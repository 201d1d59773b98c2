// The tasks that come with the product, and what every task needs before it can be used.
#ifndef TUNEGATE_SERVER_TASKS_TASK_CATALOG_H_
#define TUNEGATE_SERVER_TASKS_TASK_CATALOG_H_

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::tasks {

// The built-in tasks, complete (name, response_schema and default_policy set), product_intent
// first. They live for ever. Thread-safe.
const std::vector<v1::Task>& BuiltInTasks();

// The built-in task of this name ("tasks/product_intent"), or nullptr.
const v1::Task* FindBuiltInTask(std::string_view name);

// Fills what is made from the rest: response_schema. Expects a task that ValidateTask accepts.
void CompleteTask(v1::Task& task);

// The Task of protobuf text. INVALID_ARGUMENT (TASK_UNREADABLE) with line and column.
absl::StatusOr<v1::Task> ParseTaskText(std::string_view text);

}  // namespace tunegate::tasks

#endif  // TUNEGATE_SERVER_TASKS_TASK_CATALOG_H_
