// The form of a task's answers: a JSON object with the task's fields in order, or, for a task whose
// single field has an empty id, that field's bare text (a number's digits, a JSON field's JSON).
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_ANSWER_FORM_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_ANSWER_FORM_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/json.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::tasks {

// True when an answer is one field's bare text and not an object of fields.
bool IsBareText(const v1::Task& task);

// True when a field of the task takes any JSON. Providers refuse a schema that leaves a type open
// where it is to be strict.
bool TakesAnyJson(const v1::Task& task);

// The field with this id, or nullptr.
const v1::Task::Field* FindField(const v1::Task& task, std::string_view id);

// The answer of `text` by field id (a bare text's id is ""): strings for categories and texts,
// arrays of strings for sets, numbers, or any JSON. A bare text loses its outer white space.
// INVALID_ARGUMENT (ANSWER_NOT_JSON) when the task, or its bare number or JSON, wants JSON and the
// text is none. Members that the task does not know, and wrong types, are kept as they are: the
// schema is another question (response_schema.h).
absl::StatusOr<std::map<std::string, json::Value>> ReadAnswer(const v1::Task& task,
                                                              std::string_view text);

// The answer with these values by field id: compact JSON with the members in the task's order (a
// missing value becomes "", [] or, of numbers and JSON, null), or the bare text.
std::string WriteAnswer(const v1::Task& task, const std::map<std::string, json::Value>& values);

}  // namespace tunegate::tasks

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_ANSWER_FORM_H_
