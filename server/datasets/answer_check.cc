#include "server/datasets/answer_check.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "common/evidence/answers/answer_form.h"
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
    if (field.has_set()) return CheckSet(field, value);
    if (!value.IsString()) {
      return Report(rules::kFieldWrongType, field.id(),
                    absl::StrCat("expected a string, found ", std::string(value.TypeName())));
    }
    if (!field.has_category()) return;
    if (Allows(field.category().values(), value.String())) {
      categories_[field.id()] = value.String();
      return;
    }
    Report(rules::kUnknownValue, field.id(),
           absl::StrCat(Quoted(value.String()), " is not allowed",
                        Suggestion(field.category().values(), value.String())));
  }

  void CheckSet(const v1::Task::Field& field, const json::Value& value) {
    if (!value.IsArray()) {
      return Report(rules::kFieldWrongType, field.id(),
                    absl::StrCat("expected an array, found ", std::string(value.TypeName())));
    }
    std::set<std::string> seen;
    for (size_t i = 0; i < value.Elements().size(); ++i) {
      const json::Value& element = value.Elements()[i];
      const std::string at = absl::StrCat(field.id(), "[", i, "]");
      if (!element.IsString()) {
        Report(rules::kFieldWrongType, at,
               absl::StrCat("expected a string, found ", std::string(element.TypeName())));
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

// Sets have no order.
std::string Normalized(const json::Value& value) {
  if (!value.IsArray()) return json::WriteCanonical(value);
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
      absl::StrAppend(&part, field.id(), "=", Normalized(found->second), "\n");
    }
  }
  return part;
}

}  // namespace tunegate::datasets
