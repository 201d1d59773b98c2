#include "server/providers/openai/encode.h"

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/json.h"
#include "common/utf8.h"

namespace tunegate::providers::openai {
namespace {

// The only one that is ours; every server knows it by this name, whatever its base URL is.
constexpr std::string_view kBatchEndpoint = "/v1/chat/completions";

// `text` as a JSON string.
std::string Quoted(const std::string& text) { return json::Write(text); }

void AddMetadata(const std::map<std::string, std::string>& entries, json::Value& body) {
  if (entries.empty()) return;
  json::Value metadata = json::Object();
  for (const auto& [key, value] : entries) metadata.Set(key, value);
  body.Set("metadata", std::move(metadata));
}

}  // namespace

std::string EncodeCreateJob(const CreateJobCall& call) {
  json::Value body = json::Object({{"model", call.model}, {"training_file", call.training_file}});
  if (!call.validation_file.empty()) body.Set("validation_file", call.validation_file);
  if (!call.suffix.empty()) body.Set("suffix", call.suffix);
  if (call.seed.has_value()) body.Set("seed", *call.seed);
  if (!call.method.IsNull()) body.Set("method", call.method);
  AddMetadata(call.metadata, body);
  return json::Write(body);
}

std::string EncodeCreateBatch(const CreateBatchCall& call) {
  json::Value body = json::Object({{"input_file_id", call.input_file},
                                   {"endpoint", kBatchEndpoint},
                                   {"completion_window", "24h"}});
  AddMetadata(call.metadata, body);
  return json::Write(body);
}

std::string EncodeBatchLine(std::string_view custom_id, std::string_view body) {
  std::string line = json::Write(
      json::Object({{"custom_id", custom_id}, {"method", "POST"}, {"url", kBatchEndpoint}}));
  line.back() = ',';  // in place of the closing brace
  line.append("\"body\":").append(body).append("}");
  return line;
}

absl::StatusOr<std::string> ChatEncoder::Encode(const ChatCall& call) {
  if (!IsValidUtf8(call.model)) return InvalidField("model", "is not valid UTF-8");
  // Written as it goes: a tree of it would copy each text several times, thousands of times.
  std::string text = absl::StrCat("{\"model\":", Quoted(call.model), ",\"messages\":[");
  for (size_t i = 0; i < call.messages.size(); ++i) {
    const auto& [role, content] = call.messages[i];
    if (!IsValidUtf8(content) || !IsValidUtf8(role)) {
      return InvalidField(absl::StrCat("messages[", i, "]"), "is not valid UTF-8");
    }
    absl::StrAppend(&text, i == 0 ? "" : ",", "{\"role\":", Quoted(role),
                    ",\"content\":", Quoted(content), "}");
  }
  text.push_back(']');
  if (call.temperature.has_value()) {
    absl::StrAppend(&text, ",\"temperature\":", json::Write(*call.temperature));
  }
  if (call.max_output_tokens > 0) {
    absl::StrAppend(&text, ",", Quoted(max_tokens_field_), ":", call.max_output_tokens);
  }
  if (call.logprobs) text.append(",\"logprobs\":true");
  if (!call.response_format.empty()) {
    TG_RETURN_IF_ERROR(CheckResponseFormat(call.response_format));
    absl::StrAppend(&text, ",\"response_format\":", call.response_format);
  }
  text.push_back('}');
  return text;
}

absl::Status ChatEncoder::CheckResponseFormat(const std::string& response_format) {
  {
    MutexLock lock(mutex_);
    if (response_format == last_good_format_) return absl::OkStatus();
  }
  const absl::StatusOr<json::Value> parsed = json::Parse(response_format);
  if (!parsed.ok() || !parsed->IsObject()) {
    return InvalidField("response_format",
                        parsed.ok() ? absl::StrCat("is ", std::string(parsed->TypeName()),
                                                   "; expected a JSON object")
                                    : std::string(parsed.status().message()));
  }
  MutexLock lock(mutex_);
  last_good_format_ = response_format;
  return absl::OkStatus();
}

}  // namespace tunegate::providers::openai
