// The JSON Schema of a task's answers, in the strict form that providers accept as response_format:
// every field required, nothing else allowed, categories as enums. A field of any JSON, whose
// schema is {}, has no strict form.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_RESPONSE_SCHEMA_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_RESPONSE_SCHEMA_H_

#include <string>

#include "common/json.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::tasks {

// The schema; null for a task whose answers are bare text.
json::Value ResponseSchema(const v1::Task& task);

// The schema as compact JSON, as Task.response_schema has it; empty for bare text.
std::string ResponseSchemaText(const v1::Task& task);

}  // namespace tunegate::tasks

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_RESPONSE_SCHEMA_H_
