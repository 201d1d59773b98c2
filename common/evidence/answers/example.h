// One example of a dataset, as the evaluator reads it.
//
// A line is an object in OpenAI's chat format. Lines of test sets, which are never uploaded, may
// carry beside `messages` an object `metadata` with what the example is: {"family": "gift.t03",
// "noise": "typo", "case": "ambiguous"}; it becomes the example's slices. Training and validation
// files hold OpenAI's keys alone.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_EXAMPLE_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_EXAMPLE_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/json.h"

namespace tunegate::datasets {

// The key beside `messages` that holds slices in test sets.
inline constexpr std::string_view kMetadataKey = "metadata";

struct Example {
  int64_t line = 0;      // in the file, from 1
  std::string id;        // the line zero-padded to 7 digits, so that ids sort
  std::string system;    // text of the leading system or developer message; empty without one
  std::string query;     // text of the last user message
  std::string expected;  // text of the last assistant message: the right answer
  // The messages between the system's and the last assistant's, as objects for a chat request
  // ("weight" removed): one user message, as a rule.
  std::vector<json::Value> turns;
  std::map<std::string, std::string> slices;  // from `metadata`; numbers and booleans as their text
};

// The example of one line. INVALID_ARGUMENT (BAD_EXAMPLE) that names the line, for what is not a
// chat example that ends in an assistant's text.
absl::StatusOr<Example> ParseExample(std::string_view line_text, int64_t line);

// All examples of a file in order. The first bad line's error; validation finds all of them.
absl::StatusOr<std::vector<Example>> ReadExamples(std::string_view jsonl);

// The line of an example, without a line feed: system (where not empty), user, assistant, and
// metadata where there are slices.
std::string WriteExample(std::string_view system, std::string_view query, std::string_view answer,
                         const std::map<std::string, std::string>& slices = {});

// The text of a message's content: the string, or the text parts of an array, joined.
std::string ContentText(const json::Value& content);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_EXAMPLE_H_
