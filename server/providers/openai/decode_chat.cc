#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/utf8.h"
#include "server/providers/openai/decode.h"

namespace tunegate::providers::openai {
namespace {

// JSON is UTF-8, models are not always. For parsing, an ill-formed byte 0xNN is dressed as the
// private code point U+10FFNN and undressed afterwards, so that the chat's bytes stay as they came.
// Its UTF-8 is F4 8F BF|BE ..: all begin with this:
constexpr std::string_view kDressPrefix = "\xF4\x8F";
constexpr size_t kDressedBytes = 4;

void AppendDressed(unsigned char byte, std::string& text) {
  const unsigned code_point = 0x10FF00u + byte;
  text.append(kDressPrefix);
  text.push_back(static_cast<char>(0x80 | ((code_point >> 6) & 0x3F)));
  text.push_back(static_cast<char>(0x80 | (code_point & 0x3F)));
}

std::string Dress(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + 64);
  while (!bytes.empty()) {
    const size_t valid = ValidUtf8Prefix(bytes);
    text.append(bytes.substr(0, valid));
    bytes.remove_prefix(valid);
    if (bytes.empty()) break;
    AppendDressed(static_cast<unsigned char>(bytes.front()), text);
    bytes.remove_prefix(1);
  }
  return text;
}

std::string Undress(std::string_view text) {
  std::string bytes;
  for (size_t found; (found = text.find(kDressPrefix)) != std::string_view::npos;) {
    bytes.append(text.substr(0, found));
    text.remove_prefix(found);
    if (text.size() < kDressedBytes) break;
    const unsigned code_point = ((static_cast<unsigned char>(text[2]) & 0x3Fu) << 6) |
                                (static_cast<unsigned char>(text[3]) & 0x3Fu);
    bytes.push_back(static_cast<char>(code_point & 0xFF));
    text.remove_prefix(kDressedBytes);
  }
  return bytes.append(text);
}

// A string, or the text parts of an array of parts, as some servers answer.
std::string ContentText(const json::Value& content) {
  if (content.IsString()) return content.String();
  std::string text;
  for (const json::Value& part : content.Elements()) text += part["text"].StringOr("");
  return text;
}

void DecodeUsage(const json::Value& usage, ChatAnswer& answer) {
  const auto count = [](const json::Value& value) {
    return std::max<int64_t>(0, value.IntegerOr(0));
  };
  answer.input_tokens = count(usage["prompt_tokens"]);
  answer.output_tokens = count(usage["completion_tokens"]);
  answer.cached_input_tokens = count(usage["prompt_tokens_details"]["cached_tokens"]);
}

// Tolerant: what one server leaves out, or writes in another way, is no reason to lose an answer.
std::optional<double> DecodeConfidence(const json::Value& tokens) {
  if (tokens.Elements().empty()) return std::nullopt;
  double sum = 0;
  for (const json::Value& token : tokens.Elements()) {
    if (!token["logprob"].IsNumber()) return std::nullopt;
    // Rounding lets some servers' certainty come out a little above 0.
    sum += std::min(0.0, token["logprob"].NumberOr(0));
  }
  return std::exp(sum);
}

absl::Status DecodeMembers(const json::Value& completion, ChatAnswer& answer) {
  if (!completion["choices"].IsArray() || completion["choices"].Elements().empty()) {
    return absl::InvalidArgumentError("a chat completion has no 'choices'; expected one");
  }
  const json::Value& choice = completion["choices"].Elements().front();
  const json::Value& message = choice["message"];
  if (!message.IsObject()) {
    return absl::InvalidArgumentError(absl::StrCat("a chat completion has ",
                                                   std::string(message.TypeName()),
                                                   " as 'choices[0].message'; expected an object"));
  }
  answer.refused = !message["refusal"].String().empty();
  answer.text = answer.refused ? message["refusal"].String() : ContentText(message["content"]);
  answer.confidence = DecodeConfidence(choice["logprobs"][answer.refused ? "refusal" : "content"]);
  answer.finish_reason = choice["finish_reason"].StringOr("");
  answer.answering_model = completion["model"].StringOr("");
  DecodeUsage(completion["usage"], answer);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ChatJson> ParseChatJson(std::string_view text) {
  if (IsValidUtf8(text)) {
    TG_ASSIGN_OR_RETURN(json::Value value, DecodeObject(text));
    return ChatJson{std::move(value), /*dressed=*/false};
  }
  // Where the dress code itself occurs in the answer, what was ill-formed cannot be told apart.
  const bool ambiguous = text.find(kDressPrefix) != std::string_view::npos;
  TG_ASSIGN_OR_RETURN(json::Value value, DecodeObject(ambiguous ? ToValidUtf8(text) : Dress(text)));
  return ChatJson{std::move(value), !ambiguous};
}

absl::Status DecodeCompletion(const json::Value& completion, bool dressed, ChatAnswer& answer) {
  TG_RETURN_IF_ERROR(DecodeMembers(completion, answer));
  if (!dressed) return absl::OkStatus();
  answer.text = Undress(answer.text);
  answer.finish_reason = ToValidUtf8(Undress(answer.finish_reason));
  answer.answering_model = ToValidUtf8(Undress(answer.answering_model));
  return absl::OkStatus();
}

absl::Status DecodeChat(std::string_view body, ChatAnswer& answer) {
  TG_ASSIGN_OR_RETURN(const ChatJson parsed, ParseChatJson(body));
  return DecodeCompletion(parsed.value, parsed.dressed, answer);
}

}  // namespace tunegate::providers::openai
