// One line of a chat file against OpenAI's fine-tuning format.
#ifndef TUNEGATE_SERVER_DATASETS_CHAT_LINE_H_
#define TUNEGATE_SERVER_DATASETS_CHAT_LINE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/json.h"
#include "server/datasets/findings.h"
#include "tunegate/v1/dataset.pb.h"

namespace tunegate::datasets {

// What the checks of a whole file need of a line.
struct ChatLine {
  std::string system;       // of a leading system or developer message; empty without one
  std::string query;        // text of the last user message; empty without one
  std::string prompt_key;   // all messages before the answer: equal keys, equal prompts
  std::string answer;       // text of the last message when it is an assistant's
  std::string answer_path;  // "messages[2].content"; empty when the last message is no text answer
};

// Reports every fault of the line to `sink`. Nothing when the line is no object with messages.
std::optional<ChatLine> CheckChatLine(std::string_view text, int64_t number,
                                      v1::Dataset::Split split, const FindingSink& sink);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_CHAT_LINE_H_
