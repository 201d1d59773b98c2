#include "server/tasks/toy_task.h"

#include "absl/strings/str_cat.h"
#include "server/tasks/task_catalog.h"

namespace tunegate::tasks {

v1::Task ToyTask() {
  v1::Task task;
  task.set_name("tasks/toy");
  task.set_system_prompt("Say A or B as JSON.");
  v1::Task::Field* field = task.add_fields();
  field->set_id("intent");
  field->set_scored(true);
  field->set_headline(true);
  field->mutable_category()->add_values("A");
  field->mutable_category()->add_values("B");
  CompleteTask(task);
  return task;
}

std::string ToyAnswer(char intent) {
  return absl::StrCat("{\"intent\":\"", std::string(1, intent), "\"}");
}

}  // namespace tunegate::tasks
