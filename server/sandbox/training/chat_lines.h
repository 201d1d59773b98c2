// Training data in OpenAI's chat format: one {"messages": [...]} a line. Reads what a classifier
// learns from and refuses what OpenAI refuses, naming the line.
#ifndef TUNEGATE_SERVER_SANDBOX_TRAINING_CHAT_LINES_H_
#define TUNEGATE_SERVER_SANDBOX_TRAINING_CHAT_LINES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/json.h"

namespace tunegate::sandbox {

inline constexpr int kMinTrainingExamples = 10;

// What is asked and what the assistant must say to it. System messages are the same for all lines
// of a task and are not learnt from.
struct Example {
  std::string query;   // the user's last message before the answer
  std::string answer;  // the assistant's last message that carries weight
};

struct ChatLines {
  std::vector<Example> examples;
  int64_t tokens = 0;  // of all messages, for trained_tokens
};

// INVALID_ARGUMENT "Line 3, message 1: ..." for the first line that is not a chat example.
absl::StatusOr<ChatLines> ParseChatLines(std::string_view jsonl);

// The text of a message's "content": a string, or the text parts of an array joined.
std::string MessageText(const json::Value& message);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_TRAINING_CHAT_LINES_H_
