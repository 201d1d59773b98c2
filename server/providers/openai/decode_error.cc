#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/providers/openai/decode.h"

namespace tunegate::providers::openai {
namespace {

constexpr size_t kGlimpseBytes = 4096;

// Azure's codes and vLLM's are numbers now and then.
std::string TextOrNumber(const json::Value& value) {
  if (value.IsString()) return value.String();
  return value.IsNumber() ? json::Write(value) : "";
}

// The text between <title> and </title>; empty when there is none.
std::string TitleOf(absl::string_view page) {
  const std::string lower = absl::AsciiStrToLower(page);
  const size_t tag = lower.find("<title");
  if (tag == std::string::npos) return "";
  const size_t begin = lower.find('>', tag);
  const size_t end = lower.find("</title", tag);
  if (begin == std::string::npos || end == std::string::npos || end <= begin) return "";
  return std::string(absl::StripAsciiWhitespace(page.substr(begin + 1, end - begin - 1)));
}

}  // namespace

ErrorObject DecodeError(std::string_view body) {
  const absl::StatusOr<json::Value> answer = DecodeObject(body);
  return answer.ok() ? DecodeErrorObject(*answer) : ErrorObject();
}

ErrorObject DecodeErrorObject(const json::Value& answer) {
  const json::Value& error = answer["error"];
  const json::Value& from = error.IsObject() ? error : answer;
  ErrorObject decoded;
  decoded.message = from["message"].StringOr("");
  if (decoded.message.empty()) decoded.message = error.StringOr(answer["detail"].String());
  decoded.type = from["type"].StringOr("");
  decoded.code = TextOrNumber(from["code"]);
  decoded.param = from["param"].StringOr("");
  return decoded;
}

std::string Glimpse(std::string_view body) {
  const absl::string_view beginning(body.data(), std::min(body.size(), kGlimpseBytes));
  const absl::string_view trimmed = absl::StripAsciiWhitespace(beginning);
  if (trimmed.empty()) return "nothing";
  if (!absl::StartsWith(trimmed, "<")) return std::string(trimmed);
  const std::string title = TitleOf(trimmed);
  if (!title.empty()) return absl::StrCat("an HTML page titled '", title, "'");
  return std::string(trimmed);
}

}  // namespace tunegate::providers::openai
