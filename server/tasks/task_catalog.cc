#include "server/tasks/task_catalog.h"

#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/answers/response_schema.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/text_format.h"
#include "server/tasks/validate_task.h"

namespace tunegate::tasks {
namespace {

constexpr char kProductIntentText[] =
#include "server/tasks/product_intent_text.inc"
    ;

// Keeps the first error; protobuf counts lines and columns from 0.
class FirstError : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!text_.empty()) return;
    text_ = absl::StrCat("line ", line + 1, ", column ", column + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// What is compiled in was tested; a fault here is a broken build.
v1::Task BuiltIn(std::string_view text) {
  absl::StatusOr<v1::Task> task = ParseTaskText(text);
  const absl::Status status = task.ok() ? ValidateTask(*task) : task.status();
  if (!status.ok()) {
    std::fprintf(stderr, "fatal: a built-in task is broken: %s\n", status.ToString().c_str());
    std::abort();
  }
  CompleteTask(*task);
  return *std::move(task);
}

}  // namespace

const std::vector<v1::Task>& BuiltInTasks() {
  static const auto* const tasks = new std::vector<v1::Task>{BuiltIn(kProductIntentText)};
  return *tasks;
}

const v1::Task* FindBuiltInTask(std::string_view name) {
  for (const v1::Task& task : BuiltInTasks()) {
    if (task.name() == name) return &task;
  }
  return nullptr;
}

void CompleteTask(v1::Task& task) { task.set_response_schema(ResponseSchemaText(task)); }

absl::StatusOr<v1::Task> ParseTaskText(std::string_view text) {
  v1::Task task;
  FirstError error;
  google::protobuf::TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  if (!parser.ParseFromString(std::string(text), &task)) {
    return InvalidArgument(
        "TASK_UNREADABLE",
        absl::StrCat("the task is no protobuf text of tunegate.v1.Task: ", error.text()));
  }
  return task;
}

}  // namespace tunegate::tasks
