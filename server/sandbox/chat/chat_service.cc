#include "server/sandbox/chat/chat_service.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/digest.h"
#include "server/sandbox/api_error.h"
#include "server/sandbox/keyword/shape_reader.h"
#include "server/sandbox/tokens.h"
#include "server/sandbox/training/chat_lines.h"

namespace tunegate::sandbox {
namespace {

constexpr size_t kMaxShapes = 256;
constexpr int64_t kTokensPerReply = 3;
constexpr int kMaxTopLogprobs = 20;
constexpr std::array<std::string_view, 6> kRoles = {"system",    "developer", "user",
                                                    "assistant", "tool",      "function"};

struct Conversation {
  std::string system_prompt;
  std::string query;  // the last user message
  bool mentions_json = false;
};

Error Missing(const std::string& param) {
  return BadRequest(param, "Missing required parameter: '" + param + "'.",
                    "missing_required_parameter");
}

Error Invalid(const std::string& param, const std::string& expected) {
  return BadRequest(param, "Invalid value for '" + param + "': expected " + expected + ".",
                    "invalid_value");
}

bool ContainsJson(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  return text.find("json") != std::string::npos;
}

absl::StatusOr<Conversation> ReadMessages(const json::Value& messages) {
  if (messages.IsNull()) return Missing("messages");
  if (!messages.IsArray() || messages.Elements().empty()) {
    return Invalid("messages", "an array that is not empty");
  }
  Conversation conversation;
  for (size_t i = 0; i < messages.Elements().size(); ++i) {
    const json::Value& message = messages.Elements()[i];
    const std::string path = "messages[" + std::to_string(i) + "]";
    if (!message.IsObject()) return Invalid(path, "an object");
    const std::string& role = message["role"].String();
    if (std::find(kRoles.begin(), kRoles.end(), role) == kRoles.end()) {
      return Invalid(path + ".role",
                     "'system', 'developer', 'user', 'assistant', 'tool' or 'function'");
    }
    const json::Value& content = message["content"];
    if (!content.IsString() && !content.IsArray() && role != "assistant") {
      return Invalid(path + ".content", "a string or an array of parts");
    }
    std::string text = MessageText(message);
    conversation.mentions_json = conversation.mentions_json || ContainsJson(text);
    if (role == "system" || role == "developer") conversation.system_prompt += text + "\n";
    if (role == "user") conversation.query = std::move(text);
  }
  return conversation;
}

absl::StatusOr<std::optional<int64_t>> ReadTokenLimit(const json::Value& body) {
  for (const char* param : {"max_completion_tokens", "max_tokens"}) {
    const json::Value& limit = body[param];
    if (limit.IsNull()) continue;
    if (!limit.IsInteger() || limit.IntegerOr(0) < 1) return Invalid(param, "an integer above 0");
    return std::optional<int64_t>(limit.IntegerOr(0));
  }
  return std::optional<int64_t>();
}

absl::Status CheckOptions(const json::Value& body) {
  if (const json::Value& n = body["n"]; !n.IsNull() && n.IntegerOr(0) != 1) {
    return BadRequest("n", "Unsupported value: the sandbox gives one choice; 'n' must be 1.",
                      "unsupported_value");
  }
  const json::Value& temperature = body["temperature"];
  if (!temperature.IsNull() &&
      (!temperature.IsNumber() || temperature.NumberOr(-1) < 0 || temperature.NumberOr(3) > 2)) {
    return Invalid("temperature", "a number from 0 to 2");
  }
  if (const json::Value& logprobs = body["logprobs"]; !logprobs.IsNull() && !logprobs.IsBool()) {
    return Invalid("logprobs", "a boolean");
  }
  const json::Value& top = body["top_logprobs"];
  if (!top.IsNull() && (!top.IsInteger() || top.IntegerOr(-1) < 0 ||
                        top.IntegerOr(0) > kMaxTopLogprobs || !body["logprobs"].BoolOr(false))) {
    return Invalid("top_logprobs", "an integer from 0 to 20, with 'logprobs' true");
  }
  if (const json::Value& stream = body["stream"]; !stream.IsNull() && !stream.IsBool()) {
    return Invalid("stream", "a boolean");
  }
  return absl::OkStatus();
}

// Ends the answer after `limit` tokens.
void Cut(int64_t limit, Completion& completion) {
  if (completion.completion_tokens <= limit) return;
  completion.cut = true;
  completion.completion_tokens = limit;
  std::vector<Piece> kept;
  for (Piece& piece : completion.pieces) {
    Piece part{"", piece.log_probability};
    for (std::string_view token : SplitTokens(piece.text)) {
      if (limit-- > 0) part.text += std::string(token);
    }
    if (!part.text.empty()) kept.push_back(std::move(part));
  }
  completion.pieces = std::move(kept);
}

}  // namespace

int64_t CountPromptTokens(const json::Value& body) {
  int64_t tokens = kTokensPerReply;
  for (const json::Value& message : body["messages"].Elements()) {
    tokens += CountTokens(MessageText(message)) + kTokensPerMessage;
  }
  return tokens;
}

absl::StatusOr<std::shared_ptr<const AnswerShape>> ChatService::ShapeFor(
    const json::Value& response_format, const std::string& system_prompt) {
  const std::string key = json::Write(response_format) + "\n" + system_prompt;
  {
    MutexLock lock(mutex_);
    const auto found = shapes_.find(key);
    if (found != shapes_.end()) return found->second;
  }
  TG_ASSIGN_OR_RETURN(AnswerShape read,
                      ReadShape(response_format, system_prompt, Lexicon::Spanish()));
  auto shape = std::make_shared<const AnswerShape>(std::move(read));
  MutexLock lock(mutex_);
  if (shapes_.size() >= kMaxShapes) shapes_.clear();
  shapes_[key] = shape;
  return shape;
}

absl::StatusOr<Completion> ChatService::Complete(const json::Value& body) {
  if (body["model"].String().empty()) return Missing("model");
  TG_ASSIGN_OR_RETURN(const auto model, models_.Find(body["model"].String()));
  TG_ASSIGN_OR_RETURN(const Conversation conversation, ReadMessages(body["messages"]));
  TG_RETURN_IF_ERROR(CheckOptions(body));
  TG_ASSIGN_OR_RETURN(const std::optional<int64_t> token_limit, ReadTokenLimit(body));
  const json::Value& format = body["response_format"];
  if (format["type"].String() == "json_object" && !conversation.mentions_json) {
    return BadRequest("messages",
                      "'messages' must contain the word 'json' in some form, to use "
                      "'response_format' of type 'json_object'.");
  }
  TG_ASSIGN_OR_RETURN(const auto shape, ShapeFor(format, conversation.system_prompt));
  Completion completion;
  completion.id = "chatcmpl-" + RandomHex(12);
  completion.model = model->name();
  completion.created = absl::ToUnixSeconds(clock_.Now());
  completion.pieces = Render(model->Respond(conversation.query, *shape));
  completion.prompt_tokens = CountPromptTokens(body);
  for (const Piece& piece : completion.pieces) {
    completion.completion_tokens += CountTokens(piece.text);
  }
  if (token_limit) Cut(*token_limit, completion);
  completion.logprobs = body["logprobs"].BoolOr(false);
  completion.top_logprobs = static_cast<int>(body["top_logprobs"].IntegerOr(0));
  completion.stream = body["stream"].BoolOr(false);
  completion.stream_usage = body["stream_options"]["include_usage"].BoolOr(false);
  return completion;
}

Response ChatService::Respond(const Request& request) {
  const absl::StatusOr<json::Value> body = ParseBody(request);
  if (!body.ok()) return ErrorResponse(body.status());
  const absl::StatusOr<std::optional<int64_t>> reply_limit = ReadTokenLimit(*body);
  const int64_t reply = reply_limit.ok() ? reply_limit->value_or(0) : 0;
  if (auto too_many = limiter_.Take(CountPromptTokens(*body) + reply)) return *too_many;
  const absl::StatusOr<Completion> completion = Complete(*body);
  if (!completion.ok()) return ErrorResponse(completion.status());
  if (!completion->stream) return JsonResponse(completion->ToJson());
  Response response;
  response.SetHeader("Content-Type", "text/event-stream; charset=utf-8");
  response.SetHeader("Cache-Control", "no-cache");
  response.chunks = completion->ToEvents();
  return response;
}

void ChatService::AddRoutes(Router& router) {
  router.Add("POST", "/chat/completions", [this](const Request& request) {
    Response response = Respond(request);
    limiter_.AddHeaders(response);
    return response;
  });
}

}  // namespace tunegate::sandbox
