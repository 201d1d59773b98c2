// Finds out which answer a request asks for: from its response_format's JSON schema, or else from
// the words of its system prompt.
#ifndef TUNEGATE_SERVER_SANDBOX_KEYWORD_SHAPE_READER_H_
#define TUNEGATE_SERVER_SANDBOX_KEYWORD_SHAPE_READER_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "common/json.h"
#include "server/sandbox/answer.h"
#include "server/sandbox/keyword/lexicon.h"

namespace tunegate::sandbox {

// `response_format` is the request's (null when it has none). 400 when it is none that OpenAI
// takes.
absl::StatusOr<AnswerShape> ReadShape(const json::Value& response_format,
                                      std::string_view system_prompt, const Lexicon& lexicon);

// The fields that the prompt lists: lists of values such as "intent_type (GIFT/BUSINESS)" or
// "label: one of a, b, c", and the names of fields that the lexicon knows.
std::vector<AnswerField> FieldsFromPrompt(std::string_view system_prompt, const Lexicon& lexicon);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_KEYWORD_SHAPE_READER_H_
