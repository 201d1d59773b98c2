#include "server/tasks/validate_task.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/answers/answer_form.h"
#include "common/evidence/answers/graders/make_grader.h"
#include "common/evidence/answers/response_schema.h"

namespace tunegate::tasks {
namespace {

constexpr int kMaxFields = 64;
constexpr int kMaxValues = 1000;
constexpr size_t kMaxIdBytes = 64;
constexpr size_t kMaxValueBytes = 256;
constexpr size_t kMaxPromptBytes = 32 * 1024;
constexpr size_t kMaxTaskBytes = 60 * 1024;  // a resource's payload stays under 64 KiB
constexpr char kProductIntent[] = "product_intent";

class TaskCheck {
 public:
  TaskCheck(const v1::Task& task, std::string_view path) : task_(task), path_(path) {}

  absl::Status Run() {
    CheckHead();
    CheckFields();
    CheckPolicy();
    CheckSize();
    if (faults_.empty()) return absl::OkStatus();
    Error error = InvalidArgument(
        "INVALID_TASK", absl::StrCat("this task cannot be scored: ", faults_.front().first, " ",
                                     faults_.front().second, Others()));
    for (const auto& [field, fault] : faults_) std::move(error).Field(field, fault);
    return error;
  }

 private:
  std::string Others() const {
    return faults_.size() == 1 ? "" : absl::StrCat("; and ", faults_.size() - 1, " more");
  }
  // `field` is relative to the task, e.g. "fields[2].id".
  void Fault(std::string_view field, std::string_view what) {
    faults_.emplace_back(path_ + "." + std::string(field), std::string(what));
  }

  void CheckHead() {
    if (task_.system_prompt().size() > kMaxPromptBytes) {
      Fault("system_prompt", absl::StrCat("has ", task_.system_prompt().size(),
                                          " bytes; expected at most ", kMaxPromptBytes));
    }
    if (!task_.generator().empty() && task_.generator() != kProductIntent) {
      Fault("generator",
            absl::StrCat("'", task_.generator(), "' is no generator; leave it empty and ",
                         "import datasets, or use \"", kProductIntent, "\""));
    }
  }

  void CheckFields() {
    if (task_.fields_size() == 0 || task_.fields_size() > kMaxFields) {
      Fault("fields",
            absl::StrCat("has ", task_.fields_size(), " elements; expected 1 to ", kMaxFields));
    }
    std::set<std::string> ids;
    int scored = 0;
    int headlines = 0;
    for (int i = 0; i < task_.fields_size(); ++i) {
      const v1::Task::Field& field = task_.fields(i);
      const std::string at = absl::StrCat("fields[", i, "]");
      CheckId(field, at);
      if (!ids.insert(field.id()).second) {
        Fault(at + ".id", absl::StrCat("'", field.id(), "' is another field's id too"));
      }
      CheckKind(field, at);
      CheckGrader(field, at);
      scored += field.scored();
      headlines += field.headline();
    }
    if (scored == 0 && task_.fields_size() > 0) {
      Fault("fields", "has no field with scored: true; without one no answer is right or wrong");
    }
    if (headlines > 1) {
      Fault("fields", absl::StrCat("has ", headlines,
                                   " fields with headline: true; expected at most ", "one"));
    }
  }

  void CheckId(const v1::Task::Field& field, const std::string& at) {
    if (field.id().empty()) {
      if (task_.fields_size() > 1) {
        Fault(at + ".id", "is empty; only the single field of a bare text task has no id");
      } else if (field.has_set()) {
        Fault(at + ".set", "cannot be a bare text; give the field an id or make it a category");
      }
      return;
    }
    if (field.id().size() > kMaxIdBytes) {
      Fault(at + ".id", absl::StrCat("is longer than ", kMaxIdBytes, " bytes"));
    }
    // Metrics, distributions and column targets are written FIELD.accuracy, FIELD=VALUE, label:KEY.
    if (field.id().find_first_of(".=:[]\" \t\r\n") != std::string::npos) {
      Fault(at + ".id", "holds white space or one of . = : [ ] \"; use letters, digits, _ and -");
    }
    for (const std::string_view reserved : {"user", "assistant", "system"}) {
      if (field.id() == reserved) {
        Fault(at + ".id", "is a role's name, which column mappings need; choose another");
      }
    }
    for (const std::string_view metric :
         {"overall_accuracy", "json_valid_rate", "schema_valid_rate", "latency_ratio"}) {
      if (field.id() == metric) Fault(at + ".id", "is a metric's name; choose another");
    }
  }

  void CheckKind(const v1::Task::Field& field, const std::string& at) {
    switch (field.kind_case()) {
      case v1::Task::Field::kCategory:
        if (field.category().values_size() < 2) {
          Fault(at + ".category.values", "has fewer than two values; list all that are allowed");
        }
        return CheckValues(field.category().values(), at + ".category.values");
      case v1::Task::Field::kSet:
        return CheckValues(field.set().values(), at + ".set.values");
      case v1::Task::Field::kText:
      case v1::Task::Field::kNumber:
      case v1::Task::Field::kJson:
        return;
      case v1::Task::Field::KIND_NOT_SET:
        return Fault(at, "has no kind; set category, set, text, number or json");
    }
  }

  void CheckGrader(const v1::Task::Field& field, const std::string& at) {
    if (field.kind_case() == v1::Task::Field::KIND_NOT_SET) return;  // said already
    std::vector<graders::GraderFault> faults;
    graders::MakeGrader(task_, field, faults);
    for (const auto& [path, what] : faults) Fault(at + "." + path, what);
  }

  template <typename Values>
  void CheckValues(const Values& values, const std::string& at) {
    if (values.size() > kMaxValues) {
      Fault(at, absl::StrCat("has ", values.size(), " values; expected at most ", kMaxValues));
    }
    std::set<std::string> seen;
    for (int i = 0; i < values.size(); ++i) {
      const std::string here = absl::StrCat(at, "[", i, "]");
      const std::string& value = values[i];
      if (value.empty() || value.size() > kMaxValueBytes) {
        Fault(here, absl::StrCat("has ", value.size(), " bytes; expected 1 to ", kMaxValueBytes));
      } else if (value.front() == ' ' || value.back() == ' ') {
        Fault(here, absl::StrCat("'", value, "' starts or ends with a space"));
      }
      if (!seen.insert(value).second) {
        Fault(here, absl::StrCat("'", value, "' stands in the list twice"));
      }
    }
  }

  void CheckPolicy() {
    for (int i = 0; i < task_.default_policy().criteria_size(); ++i) {
      const std::string& metric = task_.default_policy().criteria(i).metric();
      constexpr std::string_view kAccuracy = ".accuracy";
      if (!metric.ends_with(kAccuracy)) continue;
      const std::string id = metric.substr(0, metric.size() - kAccuracy.size());
      if (const v1::Task::Field* field = FindField(task_, id); field == nullptr || id.empty()) {
        Fault(absl::StrCat("default_policy.criteria[", i, "].metric"),
              absl::StrCat("'", metric, "' names no field of this task"));
      }
    }
  }

  // With the schema, which says every value once more.
  void CheckSize() {
    const size_t size = task_.ByteSizeLong() + ResponseSchemaText(task_).size();
    if (size <= kMaxTaskBytes) return;
    Fault("fields",
          absl::StrCat("make the task ", size, " bytes with its schema; expected at most ",
                       kMaxTaskBytes, ": shorten or leave out values"));
  }

  const v1::Task& task_;
  const std::string path_;
  std::vector<std::pair<std::string, std::string>> faults_;
};

}  // namespace

absl::Status ValidateTask(const v1::Task& task, std::string_view path) {
  return TaskCheck(task, path).Run();
}

}  // namespace tunegate::tasks
