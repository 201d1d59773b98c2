#include "server/sandbox/answer.h"

#include <algorithm>
#include <array>

namespace tunegate::sandbox {
namespace {

constexpr std::array<std::string_view, 4> kKnowsNothing = {"unspecified", "unknown", "none",
                                                           "other"};

bool IsListed(const AnswerField& field, const json::Value& value) {
  return field.values.empty() ||
         std::find(field.values.begin(), field.values.end(), value) != field.values.end();
}

json::Value DefaultChoice(const std::vector<json::Value>& values) {
  for (std::string_view word : kKnowsNothing) {
    const json::Value value(word);
    if (std::find(values.begin(), values.end(), value) != values.end()) return value;
  }
  return values.empty() ? json::Value("unspecified") : values.front();
}

json::Value DefaultObject(const std::vector<AnswerField>& fields) {
  json::Value object = json::Object();
  for (const AnswerField& field : fields) object.Set(field.name, DefaultValue(field));
  return object;
}

}  // namespace

bool Allows(const AnswerField& field, const json::Value& value) {
  switch (field.kind) {
    case AnswerField::Kind::kChoice:
      return IsListed(field, value);
    case AnswerField::Kind::kSet:
      return value.IsArray() &&
             std::all_of(value.Elements().begin(), value.Elements().end(),
                         [&](const json::Value& member) { return IsListed(field, member); });
    case AnswerField::Kind::kText:
      return value.IsString();
    case AnswerField::Kind::kNumber:
      return value.IsNumber();
    case AnswerField::Kind::kInteger:
      return value.IsInteger();
    case AnswerField::Kind::kBoolean:
      return value.IsBool();
    case AnswerField::Kind::kNull:
      return value.IsNull();
    case AnswerField::Kind::kObject:
      return value.IsObject();
    case AnswerField::Kind::kAny:
      return true;
  }
  return false;
}

json::Value DefaultValue(const AnswerField& field) {
  switch (field.kind) {
    case AnswerField::Kind::kChoice:
      return DefaultChoice(field.values);
    case AnswerField::Kind::kSet:
      return json::Array();
    case AnswerField::Kind::kText:
    case AnswerField::Kind::kAny:
      return "unspecified";
    case AnswerField::Kind::kNumber:
    case AnswerField::Kind::kInteger:
      return 0;
    case AnswerField::Kind::kBoolean:
      return false;
    case AnswerField::Kind::kNull:
      return json::Value();
    case AnswerField::Kind::kObject:
      return DefaultObject(field.fields);
  }
  return json::Value();
}

std::vector<Piece> Render(const Answer& answer) {
  if (answer.size() == 1 && answer[0].name.empty()) {
    return {{answer[0].value.String(), answer[0].log_probability}};
  }
  std::vector<Piece> pieces;
  std::string_view opening = "{";
  for (const FieldAnswer& field : answer) {
    pieces.push_back({std::string(opening) + json::Write(json::Value(field.name)) + ":", 0});
    pieces.push_back({json::Write(field.value), field.log_probability});
    opening = ",";
  }
  pieces.push_back({answer.empty() ? "{}" : "}", 0});
  return pieces;
}

}  // namespace tunegate::sandbox
