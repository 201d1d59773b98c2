#include "common/evidence/answers/answer_form.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::tasks {
namespace {

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kWhiteSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

json::Value EmptyValue(const v1::Task::Field& field) {
  if (field.has_number() || field.has_json()) return json::Value();
  return field.has_set() ? json::Array() : json::Value("");
}

// The value of a bare answer, trimmed already.
absl::StatusOr<json::Value> ReadBare(const v1::Task::Field& field, std::string_view text) {
  if (!field.has_number() && !field.has_json()) return json::Value(text);
  absl::StatusOr<json::Value> value = json::Parse(text);
  if (value.ok()) return value;
  return InvalidArgument(
      "ANSWER_NOT_JSON",
      absl::StrCat("the answer must be ", field.has_number() ? "a number" : "JSON",
                   ", found: ", std::string(value.status().message())));
}

}  // namespace

bool IsBareText(const v1::Task& task) {
  return task.fields_size() == 1 && task.fields(0).id().empty();
}

bool TakesAnyJson(const v1::Task& task) {
  return std::any_of(task.fields().begin(), task.fields().end(),
                     [](const v1::Task::Field& field) { return field.has_json(); });
}

const v1::Task::Field* FindField(const v1::Task& task, std::string_view id) {
  for (const v1::Task::Field& field : task.fields()) {
    if (field.id() == id) return &field;
  }
  return nullptr;
}

absl::StatusOr<std::map<std::string, json::Value>> ReadAnswer(const v1::Task& task,
                                                              std::string_view text) {
  std::map<std::string, json::Value> values;
  if (IsBareText(task)) {
    TG_ASSIGN_OR_RETURN(json::Value value, ReadBare(task.fields(0), Trimmed(text)));
    values.emplace("", std::move(value));
    return values;
  }
  const absl::StatusOr<json::Value> answer = json::Parse(text);
  if (!answer.ok() || !answer->IsObject()) {
    const std::string found =
        answer.ok() ? std::string(answer->TypeName()) : std::string(answer.status().message());
    return InvalidArgument("ANSWER_NOT_JSON",
                           absl::StrCat("the answer must be a JSON object, found: ", found));
  }
  for (const auto& [key, value] : answer->Members()) values.emplace(key, value);
  return values;
}

std::string WriteAnswer(const v1::Task& task, const std::map<std::string, json::Value>& values) {
  const auto value_of = [&](const v1::Task::Field& field) {
    const auto found = values.find(field.id());
    return found != values.end() ? found->second : EmptyValue(field);
  };
  if (IsBareText(task)) {
    const v1::Task::Field& field = task.fields(0);
    const bool is_json = field.has_number() || field.has_json();
    return is_json ? json::Write(value_of(field)) : value_of(field).StringOr("");
  }
  json::Value answer = json::Object();
  for (const v1::Task::Field& field : task.fields()) answer.Set(field.id(), value_of(field));
  return json::Write(answer);
}

}  // namespace tunegate::tasks
