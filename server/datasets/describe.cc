#include "server/datasets/describe.h"

#include "common/evidence/answers/answer_form.h"
#include "common/evidence/answers/example.h"
#include "common/evidence/answers/lines.h"
#include "common/json.h"

namespace tunegate::datasets {
namespace {

// What a chat format adds to a message: its role and its two ends.
constexpr int64_t kTokensPerMessage = 4;

std::string Key(const v1::Task::Field& field, const std::string& value) {
  return (field.id().empty() ? "label" : field.id()) + "=" + value;
}

void CountAnswer(const v1::Task& task, const Example& example, Description& description) {
  const auto values = tasks::ReadAnswer(task, example.expected);
  if (!values.ok()) return;
  for (const v1::Task::Field& field : task.fields()) {
    const auto found = values->find(field.id());
    if (!field.has_category() || found == values->end()) continue;
    const auto counted = description.distribution.find(Key(field, found->second.String()));
    if (counted != description.distribution.end()) ++counted->second;
  }
}

}  // namespace

int64_t EstimateTokens(std::string_view text) {
  // A word of up to six letters is one token as a rule, each six more another; a mark is one.
  constexpr int64_t kLettersPerToken = 6;
  int64_t tokens = 0;
  int64_t letters = 0;
  const auto end_word = [&] {
    tokens += (letters + kLettersPerToken - 1) / kLettersPerToken;
    letters = 0;
  };
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool letter = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                        (byte >= 'a' && byte <= 'z') || byte >= 0x80;
    if (letter) {
      ++letters;
      continue;
    }
    end_word();
    if (byte > ' ') ++tokens;
  }
  end_word();
  return tokens;
}

Description Describe(const v1::Task& task, std::string_view jsonl) {
  Description description;
  description.size_bytes = static_cast<int64_t>(jsonl.size());
  for (const v1::Task::Field& field : task.fields()) {
    for (const std::string& value : field.category().values()) {
      description.distribution[Key(field, value)] = 0;
    }
  }
  ForEachLine(jsonl, [&](std::string_view text, int64_t line) {
    const absl::StatusOr<Example> example = ParseExample(text, line);
    if (!example.ok()) return;
    ++description.example_count;
    CountAnswer(task, *example, description);
    description.token_estimate +=
        EstimateTokens(example->system) + EstimateTokens(example->expected) + 2 * kTokensPerMessage;
    for (const json::Value& message : example->turns) {
      description.token_estimate +=
          EstimateTokens(ContentText(message["content"])) + kTokensPerMessage;
    }
  });
  return description;
}

}  // namespace tunegate::datasets
