// Drafts a task from a user's own chat JSONL, for a person to check.
#ifndef TUNEGATE_SERVER_TASKS_INFER_TASK_H_
#define TUNEGATE_SERVER_TASKS_INFER_TASK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::tasks {

// A draft and what it guessed.
struct InferredTask {
  v1::Task task;                   // complete, without a name
  std::vector<std::string> notes;  // one sentence each, most important first
};

// Reads the assistant's answers of `lines` (10 to 10,000 of them, one JSON object each). Answers
// that are all JSON objects give a field a member, of the kind that its values have; other answers
// give one bare category where there are few distinct texts, or one bare number where all are
// numbers. INVALID_ARGUMENT with the line (TOO_FEW_LINES, TOO_MANY_LINES, UNREADABLE_LINE,
// MIXED_ANSWERS, NOTHING_TO_SCORE).
absl::StatusOr<InferredTask> InferTask(const std::vector<std::string>& lines);

}  // namespace tunegate::tasks

#endif  // TUNEGATE_SERVER_TASKS_INFER_TASK_H_
