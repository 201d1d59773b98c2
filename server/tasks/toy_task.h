// A task for tests, small enough to be seen through: whatever begins with A is A, whatever begins
// with B is B.
#ifndef TUNEGATE_SERVER_TASKS_TOY_TASK_H_
#define TUNEGATE_SERVER_TASKS_TOY_TASK_H_

#include <string>

#include "tunegate/v1/task.pb.h"

namespace tunegate::tasks {

// tasks/toy, with one scored field: "intent", A or B.
v1::Task ToyTask();

// An answer of that task; `intent` is 'A' or 'B'.
std::string ToyAnswer(char intent);

}  // namespace tunegate::tasks

#endif  // TUNEGATE_SERVER_TASKS_TOY_TASK_H_
