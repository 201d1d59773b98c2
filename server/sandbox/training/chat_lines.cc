#include "server/sandbox/training/chat_lines.h"

#include <algorithm>
#include <array>
#include <optional>

#include "common/errors.h"
#include "server/sandbox/tokens.h"

namespace tunegate::sandbox {
namespace {

constexpr std::array<std::string_view, 6> kRoles = {"system",    "developer", "user",
                                                    "assistant", "tool",      "function"};

Error Wrong(std::string_view what) { return InvalidArgument("invalid_file_format", what); }

// Why `message` cannot be trained on; nullopt when it can.
std::optional<std::string> Objection(const json::Value& message) {
  if (!message.IsObject()) return "expected an object, got " + std::string(message.TypeName());
  const json::Value& role = message["role"];
  if (!role.IsString()) return "key 'role' is missing or no string";
  if (std::find(kRoles.begin(), kRoles.end(), role.String()) == kRoles.end()) {
    return "role '" + role.String() +
           "' does not exist; expected system, developer, user, assistant, tool or function";
  }
  const json::Value& content = message["content"];
  const bool may_lack_content =
      role.String() == "assistant" && (message.Find("tool_calls") || message.Find("function_call"));
  if (!content.IsString() && !content.IsArray() && !may_lack_content) {
    return "key 'content' must be a string or an array of parts, got " +
           std::string(content.TypeName());
  }
  if (const json::Value* weight = message.Find("weight"); weight != nullptr) {
    if (role.String() != "assistant") return "key 'weight' is only for assistant messages";
    if (!weight->IsInteger() || (weight->IntegerOr(0) != 0 && weight->IntegerOr(0) != 1)) {
      return "key 'weight' must be 0 or 1";
    }
  }
  return std::nullopt;
}

// The last weighted answer and the query before it; an empty answer when every weight is 0.
Example LastExchange(const std::vector<json::Value>& messages) {
  Example example;
  std::string query;
  for (const json::Value& message : messages) {
    if (message["role"].String() == "user") query = MessageText(message);
    if (message["role"].String() == "assistant" && message["weight"].IntegerOr(1) == 1) {
      example = {query, MessageText(message)};
    }
  }
  return example;
}

absl::Status AddLine(const json::Value& line, ChatLines& lines) {
  if (!line.IsObject()) return Wrong("expected an object, got " + std::string(line.TypeName()));
  const json::Value* messages = line.Find("messages");
  if (messages == nullptr) return Wrong("key 'messages' is missing");
  if (!messages->IsArray() || messages->Elements().empty()) {
    return Wrong("key 'messages' must be an array that is not empty");
  }
  for (size_t i = 0; i < messages->Elements().size(); ++i) {
    if (const auto objection = Objection(messages->Elements()[i]); objection.has_value()) {
      return Wrong("message " + std::to_string(i + 1) + ": " + *objection);
    }
  }
  if (messages->Elements().back()["role"].String() != "assistant") {
    return Wrong("the last message must be from the assistant");
  }
  for (const json::Value& message : messages->Elements()) {
    lines.tokens += CountTokens(MessageText(message)) + kTokensPerMessage;
  }
  Example example = LastExchange(messages->Elements());
  if (!example.answer.empty()) lines.examples.push_back(std::move(example));
  return absl::OkStatus();
}

std::string Text(absl::string_view text) { return std::string(text.data(), text.size()); }

}  // namespace

std::string MessageText(const json::Value& message) {
  const json::Value& content = message["content"];
  if (content.IsString()) return content.String();
  std::string text;
  for (const json::Value& part : content.Elements()) text += part["text"].String();
  return text;
}

absl::StatusOr<ChatLines> ParseChatLines(std::string_view jsonl) {
  ChatLines lines;
  int number = 0;
  while (!jsonl.empty()) {
    ++number;
    const size_t end = jsonl.find('\n');
    std::string_view text = jsonl.substr(0, end);
    jsonl.remove_prefix(end == std::string_view::npos ? jsonl.size() : end + 1);
    if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
    if (text.find_first_not_of(" \t") == std::string_view::npos) {
      if (jsonl.find_first_not_of(" \t\r\n") == std::string_view::npos) break;
      return Wrong("Line " + std::to_string(number) + ": it is empty; expected a JSON object");
    }
    const absl::StatusOr<json::Value> line = json::Parse(text);
    if (!line.ok()) {
      return Wrong("Line " + std::to_string(number) +
                   ": it is not valid JSON: " + Text(line.status().message()));
    }
    if (absl::Status added = AddLine(*line, lines); !added.ok()) {
      return Wrong("Line " + std::to_string(number) + ": " + Text(added.message()));
    }
  }
  return lines;
}

}  // namespace tunegate::sandbox
