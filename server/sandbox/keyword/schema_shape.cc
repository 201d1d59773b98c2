#include "server/sandbox/keyword/schema_shape.h"

#include <string>

#include "server/sandbox/api_error.h"

namespace tunegate::sandbox {
namespace {

constexpr int kMaxDepth = 12;  // a schema that refers to itself ends here
constexpr std::string_view kDefinitions = "#/$defs/";

// The schema that `schema` stands for: behind a $ref, or the first of anyOf.
const json::Value& Resolve(const json::Value& schema, const json::Value& root) {
  const json::Value* resolved = &schema;
  for (int depth = 0; depth < kMaxDepth; ++depth) {
    const std::string& reference = (*resolved)["$ref"].String();
    if (reference.compare(0, kDefinitions.size(), kDefinitions) == 0) {
      resolved = &root["$defs"][std::string_view(reference).substr(kDefinitions.size())];
    } else if (!(*resolved)["anyOf"].Elements().empty()) {
      resolved = &(*resolved)["anyOf"].Elements().front();
    } else {
      break;
    }
  }
  return *resolved;
}

// "type" may list several; the first that is not null is the one to fill. Empty: any type will do.
std::string TypeOf(const json::Value& schema) {
  if (schema["type"].IsString()) return schema["type"].String();
  for (const json::Value& type : schema["type"].Elements()) {
    if (type.String() != "null") return type.String();
  }
  return schema.Find("properties") != nullptr ? "object" : "";
}

AnswerField ReadField(const std::string& name, const json::Value& unresolved,
                      const json::Value& root, int depth);

std::vector<AnswerField> ReadProperties(const json::Value& schema, const json::Value& root,
                                        int depth) {
  std::vector<AnswerField> fields;
  if (depth >= kMaxDepth) return fields;
  for (const auto& [name, property] : schema["properties"].Members()) {
    fields.push_back(ReadField(name, property, root, depth + 1));
  }
  return fields;
}

AnswerField ReadField(const std::string& name, const json::Value& unresolved,
                      const json::Value& root, int depth) {
  const json::Value& schema = Resolve(unresolved, root);
  AnswerField field;
  field.name = name;
  const std::string type = TypeOf(schema);
  if (!schema["enum"].Elements().empty()) {
    field.kind = AnswerField::Kind::kChoice;
    field.values = schema["enum"].Elements();
  } else if (schema.Find("const") != nullptr) {
    field.kind = AnswerField::Kind::kChoice;
    field.values = {schema["const"]};
  } else if (type == "array") {
    field.kind = AnswerField::Kind::kSet;
    field.values = Resolve(schema["items"], root)["enum"].Elements();
  } else if (type == "object") {
    field.kind = AnswerField::Kind::kObject;
    field.fields = ReadProperties(schema, root, depth);
  } else if (type == "number") {
    field.kind = AnswerField::Kind::kNumber;
  } else if (type == "integer") {
    field.kind = AnswerField::Kind::kInteger;
  } else if (type == "boolean") {
    field.kind = AnswerField::Kind::kBoolean;
  } else if (type == "null") {
    field.kind = AnswerField::Kind::kNull;
  } else if (type.empty()) {
    field.kind = AnswerField::Kind::kAny;
  }
  return field;
}

}  // namespace

absl::StatusOr<std::vector<AnswerField>> FieldsFromSchema(const json::Value& schema) {
  const json::Value& root = Resolve(schema, schema);
  if (!root.IsObject() || TypeOf(root) != "object") {
    return BadRequest("response_format.json_schema.schema",
                      "Invalid schema for response_format: schema must be a JSON Schema of "
                      "'type: \"object\"'.",
                      "invalid_json_schema");
  }
  return ReadProperties(root, schema, 0);
}

}  // namespace tunegate::sandbox
