// A chat completion and its wire forms: one object, or the chunks of a stream.
#ifndef TUNEGATE_SERVER_SANDBOX_CHAT_COMPLETION_H_
#define TUNEGATE_SERVER_SANDBOX_CHAT_COMPLETION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/json.h"
#include "server/sandbox/answer.h"

namespace tunegate::sandbox {

struct Completion {
  std::string id;
  std::string model;  // who really answered
  int64_t created = 0;
  std::vector<Piece> pieces;
  bool cut = false;  // ended by max_tokens
  int64_t prompt_tokens = 0;
  int64_t completion_tokens = 0;
  bool logprobs = false;
  int top_logprobs = 0;
  bool stream = false;
  bool stream_usage = false;

  std::string Content() const;
  json::Value Usage() const;
  json::Value ToJson() const;
  // Server-sent events: "data: {...}\n\n" for the role, each piece, the end, the usage when it was
  // asked for, and "data: [DONE]\n\n".
  std::vector<std::string> ToEvents() const;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_CHAT_COMPLETION_H_
