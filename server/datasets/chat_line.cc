#include "server/datasets/chat_line.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/answers/example.h"
#include "common/utf8.h"

namespace tunegate::datasets {
namespace {

template <size_t N>
bool IsOneOf(std::string_view value, const std::array<std::string_view, N>& values) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

constexpr std::array<std::string_view, 4> kLineKeys = {"messages", "tools", "functions",
                                                       "parallel_tool_calls"};
constexpr std::array<std::string_view, 9> kMessageKeys = {
    "role",       "content",       "name",  "weight",      "refusal",
    "tool_calls", "function_call", "audio", "tool_call_id"};
constexpr std::array<std::string_view, 6> kRoles = {"system",    "developer", "user",
                                                    "assistant", "tool",      "function"};
constexpr std::array<std::string_view, 5> kPartTypes = {"text", "image_url", "input_audio", "file",
                                                        "refusal"};

std::string Quoted(std::string_view text) { return "'" + Abbreviate(text, 60) + "'"; }

class LineCheck {
 public:
  LineCheck(int64_t number, v1::Dataset::Split split, const FindingSink& sink)
      : number_(number), split_(split), sink_(sink) {}

  std::optional<ChatLine> Run(std::string_view text) {
    const absl::StatusOr<json::Value> line = Parse(text);
    if (!line.ok()) return std::nullopt;
    CheckKeys(*line);
    const json::Value* messages = line->Find("messages");
    if (messages == nullptr) {
      Report(rules::kMessagesMissing, "", "there is no \"messages\"");
      return std::nullopt;
    }
    if (!messages->IsArray() || messages->Elements().empty()) {
      Report(rules::kMessagesEmpty, "messages",
             messages->IsArray()
                 ? "there is no message"
                 : absl::StrCat("expected an array, found ", std::string(messages->TypeName())));
      return std::nullopt;
    }
    return CheckMessages(messages->Elements());
  }

 private:
  void Report(const Rule& rule, std::string_view path, std::string_view message,
              int32_t column = 0) {
    sink_(MakeFinding(rule, {.line = number_, .column = column, .path = path}, message));
  }

  absl::StatusOr<json::Value> Parse(std::string_view text) {
    if (const size_t valid = ValidUtf8Prefix(text); valid < text.size()) {
      Report(rules::kInvalidUtf8, "", "this byte starts no UTF-8 character",
             static_cast<int32_t>(CodePointCount(text.substr(0, valid)) + 1));
      return absl::InvalidArgumentError("");
    }
    absl::StatusOr<json::Value> line = json::Parse(text);
    if (!line.ok()) {
      ReportNotJson(line.status());
    } else if (!line->IsObject()) {
      Report(rules::kNotAnObject, "",
             absl::StrCat("expected an object, found ", std::string(line->TypeName())));
      return absl::InvalidArgumentError("");
    }
    return line;
  }

  void ReportNotJson(const absl::Status& status) {
    const ErrorDetails details = DetailsOf(status);
    int32_t column = 0;
    if (const auto found = details.metadata.find("column"); found != details.metadata.end()) {
      const std::string& digits = found->second;
      std::from_chars(digits.data(), digits.data() + digits.size(), column);
    }
    // The parser's text starts with its own "line 1, column 5: ".
    std::string message(status.message());
    if (const size_t colon = message.find(": "); column > 0 && colon != std::string::npos) {
      message.erase(0, colon + 2);
    }
    Report(rules::kNotJson, "", message, column);
  }

  void CheckKeys(const json::Value& line) {
    for (const auto& [key, value] : line.Members()) {
      if (key == kMetadataKey) {
        CheckMetadata(value);
      } else if (!IsOneOf(key, kLineKeys)) {
        Report(rules::kUnknownKey, key, absl::StrCat("the format has no key ", Quoted(key)));
      }
    }
  }

  void CheckMetadata(const json::Value& metadata) {
    if (split_ != v1::Dataset::SPLIT_TEST) {
      return Report(rules::kMetadataInUpload, kMetadataKey,
                    "\"metadata\" is no key of the training format");
    }
    if (!metadata.IsObject()) {
      return Report(rules::kBadMetadata, kMetadataKey,
                    absl::StrCat("expected an object, found ", std::string(metadata.TypeName())));
    }
    for (const auto& [key, value] : metadata.Members()) {
      if (value.IsString() || value.IsNumber() || value.IsBool()) continue;
      Report(rules::kBadMetadata, absl::StrCat("metadata.", key),
             absl::StrCat("expected a text, found ", std::string(value.TypeName())));
    }
  }

  ChatLine CheckMessages(const std::vector<json::Value>& messages) {
    ChatLine line;
    bool has_user = false;
    for (size_t i = 0; i < messages.size(); ++i) {
      const std::string path = absl::StrCat("messages[", i, "]");
      const json::Value& message = messages[i];
      CheckMessage(message, path);
      const std::string& role = message["role"].String();
      if (i == 0 && (role == "system" || role == "developer")) {
        line.system = ContentText(message["content"]);
      }
      if (role == "user") {
        has_user = true;
        line.query = ContentText(message["content"]);
      }
      if (i + 1 < messages.size()) absl::StrAppend(&line.prompt_key, PromptKey(message));
    }
    if (!has_user) Report(rules::kNoUserMessage, "messages", "no message is a user's");
    CheckLast(messages.back(), absl::StrCat("messages[", messages.size() - 1, "]"), line);
    return line;
  }

  // A message without what does not change the prompt.
  static std::string PromptKey(const json::Value& message) {
    json::Value key = message;
    key.Remove("weight");
    return json::WriteCanonical(key) + "\n";
  }

  void CheckLast(const json::Value& last, const std::string& path, ChatLine& line) {
    const std::string& role = last["role"].String();
    if (role != "assistant") {
      return Report(rules::kLastNotAssistant, absl::StrCat(path, ".role"),
                    absl::StrCat("the last message is of role ", Quoted(role)));
    }
    line.answer = ContentText(last["content"]);
    if (!line.answer.empty()) line.answer_path = path + ".content";
    if (line.answer.empty() && last.Find("tool_calls") != nullptr) {
      Report(rules::kAnswerNotText, path, "the answer is a tool call and no text");
    }
    if (last["weight"].IsNumber() && last["weight"].NumberOr(1) == 0) {
      Report(rules::kAnswerNotTrained, absl::StrCat(path, ".weight"),
             "the last answer has weight 0");
    }
  }

  void CheckMessage(const json::Value& message, const std::string& path) {
    if (!message.IsObject()) {
      return Report(rules::kMessageNotAnObject, path,
                    absl::StrCat("expected an object, found ", std::string(message.TypeName())));
    }
    for (const auto& [key, value] : message.Members()) {
      if (IsOneOf(key, kMessageKeys)) continue;
      Report(rules::kUnknownKey, absl::StrCat(path, ".", key),
             absl::StrCat("a message has no key ", Quoted(key)));
    }
    CheckRole(message, path);
    CheckContent(message, path);
    CheckWeight(message, path);
  }

  void CheckRole(const json::Value& message, const std::string& path) {
    const json::Value* role = message.Find("role");
    if (role == nullptr) {
      Report(rules::kUnknownRole, path, "the message has no \"role\"");
    } else if (!role->IsString()) {
      Report(rules::kUnknownRole, absl::StrCat(path, ".role"),
             absl::StrCat("expected a string, found ", std::string(role->TypeName())));
    } else if (!IsOneOf(role->String(), kRoles)) {
      Report(rules::kUnknownRole, absl::StrCat(path, ".role"),
             absl::StrCat("there is no role ", Quoted(role->String())));
    }
  }

  void CheckContent(const json::Value& message, const std::string& path) {
    const std::string at = path + ".content";
    const json::Value* content = message.Find("content");
    if (content == nullptr || content->IsNull()) {
      const bool may_lack =
          message["role"].String() == "assistant" &&
          (message.Find("tool_calls") != nullptr || message.Find("function_call") != nullptr ||
           message.Find("refusal") != nullptr);
      if (!may_lack) Report(rules::kContentMissing, path, "the message has no \"content\"");
    } else if (content->IsString()) {
      if (content->String().find_first_not_of(" \t\r\n") == std::string::npos) {
        Report(rules::kContentEmpty, at, "the text is empty");
      }
    } else if (content->IsArray()) {
      CheckParts(content->Elements(), at);
    } else {
      Report(rules::kContentNotText, at,
             absl::StrCat("expected a string, found ", std::string(content->TypeName())));
    }
  }

  void CheckParts(const std::vector<json::Value>& parts, const std::string& path) {
    if (parts.empty()) Report(rules::kContentEmpty, path, "the array has no part");
    for (size_t i = 0; i < parts.size(); ++i) {
      const std::string at = absl::StrCat(path, "[", i, "]");
      const std::string& type = parts[i]["type"].String();
      if (!IsOneOf(type, kPartTypes)) {
        Report(rules::kContentNotText, at, absl::StrCat("there is no part of type ", Quoted(type)));
      } else if (type == "text" && !parts[i]["text"].IsString()) {
        Report(rules::kContentNotText, at, "a text part has no string \"text\"");
      }
    }
  }

  void CheckWeight(const json::Value& message, const std::string& path) {
    const json::Value* weight = message.Find("weight");
    if (weight == nullptr) return;
    const std::string at = path + ".weight";
    if (!weight->IsInteger() || (weight->IntegerOr(2) != 0 && weight->IntegerOr(2) != 1)) {
      Report(rules::kBadWeight, at,
             absl::StrCat("expected 0 or 1, found ", Abbreviate(json::Write(*weight), 40)));
    }
    if (message["role"].IsString() && message["role"].String() != "assistant") {
      Report(
          rules::kWeightNotAssistant, at,
          absl::StrCat("a message of role ", Quoted(message["role"].String()), " has no weight"));
    }
  }

  const int64_t number_;
  const v1::Dataset::Split split_;
  const FindingSink& sink_;
};

}  // namespace

std::optional<ChatLine> CheckChatLine(std::string_view text, int64_t number,
                                      v1::Dataset::Split split, const FindingSink& sink) {
  return LineCheck(number, split, sink).Run(text);
}

}  // namespace tunegate::datasets
