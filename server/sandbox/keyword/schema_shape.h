// The answer fields that a JSON Schema describes. Reads what structured outputs use: type, enum,
// const, properties, items, anyOf (its first), $ref into $defs.
#ifndef TUNEGATE_SERVER_SANDBOX_KEYWORD_SCHEMA_SHAPE_H_
#define TUNEGATE_SERVER_SANDBOX_KEYWORD_SCHEMA_SHAPE_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/json.h"
#include "server/sandbox/answer.h"

namespace tunegate::sandbox {

// 400 when `schema` is no object schema.
absl::StatusOr<std::vector<AnswerField>> FieldsFromSchema(const json::Value& schema);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_KEYWORD_SCHEMA_SHAPE_H_
