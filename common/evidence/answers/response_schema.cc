#include "common/evidence/answers/response_schema.h"

#include <utility>

#include "common/evidence/answers/answer_form.h"

namespace tunegate::tasks {
namespace {

// `values` may be a repeated field of a category or a set. None: any text.
template <typename Values>
json::Value StringSchema(const Values& values) {
  json::Value schema = json::Object({{"type", "string"}});
  if (values.empty()) return schema;
  json::Value allowed = json::Array();
  for (const std::string& value : values) allowed.Append(value);
  return schema.Set("enum", std::move(allowed));
}

json::Value FieldSchema(const v1::Task::Field& field) {
  switch (field.kind_case()) {
    case v1::Task::Field::kCategory:
      return StringSchema(field.category().values());
    case v1::Task::Field::kSet:
      // No "uniqueItems": strict response formats refuse it. Repetition is harmless in a set.
      return json::Object({{"type", "array"}, {"items", StringSchema(field.set().values())}});
    case v1::Task::Field::kText:
    case v1::Task::Field::KIND_NOT_SET:
      return json::Object({{"type", "string"}});
    case v1::Task::Field::kNumber:
      return json::Object({{"type", "number"}});
    case v1::Task::Field::kJson:
      break;
  }
  return json::Object();
}

}  // namespace

json::Value ResponseSchema(const v1::Task& task) {
  if (IsBareText(task)) return json::Value();
  json::Value properties = json::Object();
  json::Value required = json::Array();
  for (const v1::Task::Field& field : task.fields()) {
    properties.Set(field.id(), FieldSchema(field));
    required.Append(field.id());
  }
  return json::Object({{"type", "object"},
                       {"properties", std::move(properties)},
                       {"required", std::move(required)},
                       {"additionalProperties", false}});
}

std::string ResponseSchemaText(const v1::Task& task) {
  return IsBareText(task) ? std::string() : json::Write(ResponseSchema(task));
}

}  // namespace tunegate::tasks
