#include "server/datasets/answer_check.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/evidence/answers/answer_form.h"
#include "common/evidence/answers/graders/regular_expression.h"
#include "common/json.h"
#include "common/utf8.h"

namespace tunegate::datasets {
namespace {

constexpr size_t kMaxShownBytes = 200;

std::string Quoted(std::string_view text) { return "'" + Abbreviate(text, 60) + "'"; }

template <typename Values>
bool Allows(const Values& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

template <typename Values>
std::string Listed(const Values& values) {
  std::string list;
  for (const std::string& value : values) absl::StrAppend(&list, list.empty() ? "" : ", ", value);
  return Abbreviate(list, kMaxShownBytes);
}

// An allowed value that differs only in case or accents: most likely what was meant.
template <typename Values>
std::string Suggestion(const Values& values, std::string_view wrong) {
  for (const std::string& value : values) {
    if (FoldForMatching(value) == FoldForMatching(wrong)) return "; did you mean " + Quoted(value);
  }
  return "; allowed: " + Listed(values);
}

class AnswerCheck {
 public:
  AnswerCheck(const v1::Task& task, int64_t number, std::string_view path, const FindingSink& sink)
      : task_(task), number_(number), path_(path), sink_(sink) {}

  std::map<std::string, std::string> Run(std::string_view answer) {
    const auto values = tasks::ReadAnswer(task_, answer);
    if (!values.ok()) {
      Report(rules::kAnswerNotJson, "", std::string(values.status().message()));
      return {};
    }
    for (const auto& [id, value] : *values) {
      if (tasks::FindField(task_, id) != nullptr) continue;
      Report(rules::kUnknownField, id, absl::StrCat("the task has no field ", Quoted(id)));
    }
    for (const v1::Task::Field& field : task_.fields()) {
      const auto found = values->find(field.id());
      if (found == values->end()) {
        Report(rules::kFieldMissing, field.id(),
               absl::StrCat("the answer has no ", Quoted(field.id())));
      } else {
        CheckValue(field, found->second);
      }
    }
    return std::move(categories_);
  }

 private:
  void Report(const Rule& rule, std::string_view id, std::string_view message) {
    const std::string path = id.empty() ? path_ : absl::StrCat(path_, ".", std::string(id));
    sink_(MakeFinding(rule, {.line = number_, .path = path}, message));
  }

  void CheckValue(const v1::Task::Field& field, const json::Value& value) {
    switch (field.kind_case()) {
      case v1::Task::Field::kSet:
        return CheckSet(field, value);
      case v1::Task::Field::kNumber:
        if (!value.IsNumber()) WrongType(field.id(), "a number", value);
        return;
      case v1::Task::Field::kJson:
        return;  // any value is one
      case v1::Task::Field::kCategory:
      case v1::Task::Field::kText:
      case v1::Task::Field::KIND_NOT_SET:
        break;
    }
    if (!value.IsString()) return WrongType(field.id(), "a string", value);
    if (field.has_category()) return CheckCategory(field, value.String());
    CheckPattern(field, value.String());
  }

  void WrongType(std::string_view at, std::string_view expected, const json::Value& found) {
    Report(rules::kFieldWrongType, at,
           absl::StrCat("expected ", std::string(expected), ", found ",
                        std::string(found.TypeName())));
  }

  void CheckCategory(const v1::Task::Field& field, const std::string& value) {
    if (Allows(field.category().values(), value)) {
      categories_[field.id()] = value;
      return;
    }
    Report(rules::kUnknownValue, field.id(),
           absl::StrCat(Quoted(value), " is not allowed",
                        Suggestion(field.category().values(), value)));
  }

  // Right answers that are patterns: one that does not compile would stop an evaluation.
  void CheckPattern(const v1::Task::Field& field, const std::string& value) {
    const v1::Task::Grader& grader = field.grader();
    if (!grader.has_regular_expression() || !grader.regular_expression().pattern().empty()) return;
    const absl::Status status = graders::Pattern::Compile(value).status();
    if (!status.ok()) Report(rules::kBadPattern, field.id(), std::string(status.message()));
  }

  void CheckSet(const v1::Task::Field& field, const json::Value& value) {
    if (!value.IsArray()) return WrongType(field.id(), "an array", value);
    std::set<std::string> seen;
    for (size_t i = 0; i < value.Elements().size(); ++i) {
      const json::Value& element = value.Elements()[i];
      const std::string at = absl::StrCat(field.id(), "[", i, "]");
      if (!element.IsString()) {
        WrongType(at, "a string", element);
        continue;
      }
      if (!field.set().values().empty() && !Allows(field.set().values(), element.String())) {
        Report(rules::kUnknownValue, at,
               absl::StrCat(Quoted(element.String()), " is not allowed",
                            Suggestion(field.set().values(), element.String())));
      }
      if (!seen.insert(element.String()).second) {
        Report(rules::kRepeatedElement, at,
               absl::StrCat(Quoted(element.String()), " stands in the set twice"));
      }
    }
  }

  const v1::Task& task_;
  const int64_t number_;
  const std::string path_;
  const FindingSink& sink_;
  std::map<std::string, std::string> categories_;
};

// Sets have no order; other arrays do.
std::string Normalized(const v1::Task::Field& field, const json::Value& value) {
  if (!field.has_set() || !value.IsArray()) return json::WriteCanonical(value);
  std::vector<std::string> elements;
  for (const json::Value& element : value.Elements()) {
    elements.push_back(json::WriteCanonical(element));
  }
  std::sort(elements.begin(), elements.end());
  std::string text;
  for (const std::string& element : elements) absl::StrAppend(&text, element, ",");
  return text;
}

}  // namespace

std::map<std::string, std::string> CheckAnswer(const v1::Task& task, std::string_view answer,
                                               int64_t number, std::string_view path,
                                               const FindingSink& sink) {
  return AnswerCheck(task, number, path, sink).Run(answer);
}

std::string ScoredPart(const v1::Task& task, std::string_view answer) {
  const auto values = tasks::ReadAnswer(task, answer);
  if (!values.ok()) return std::string(answer);
  std::string part;
  for (const v1::Task::Field& field : task.fields()) {
    const auto found = values->find(field.id());
    if (field.scored() && found != values->end()) {
      absl::StrAppend(&part, field.id(), "=", Normalized(field, found->second), "\n");
    }
  }
  return part;
}

}  // namespace tunegate::datasets
