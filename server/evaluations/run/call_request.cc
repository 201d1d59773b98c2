#include "server/evaluations/run/call_request.h"

#include <utility>

#include "common/digest.h"
#include "common/evidence/answers/answer_form.h"
#include "common/json.h"

namespace tunegate::evaluations {
namespace {

// A missing answer costs a verdict more than another attempt: where one in eight fails, eight leave
// one call in ten million unanswered.
constexpr int kMaxAttempts = 8;

// The task's schema as OpenAI's response_format; empty where the variant does not want it enforced.
std::string ResponseFormat(const v1::Variant& variant, const v1::Task& task) {
  if (!variant.strict_schema() || tasks::IsBareText(task)) return "";
  absl::StatusOr<json::Value> schema = json::Parse(task.response_schema());
  if (!schema.ok()) return "";  // a task that has none
  return json::Write(
      json::Object({{"type", "json_schema"},
                    {"json_schema", json::Object({{"name", "answer"},
                                                  {"strict", !tasks::TakesAnyJson(task)},
                                                  {"schema", *std::move(schema)}})}}));
}

json::Value HeadAsJson(const providers::ChatCall& head) {
  json::Value messages = json::Array();
  for (const auto& [role, content] : head.messages) {
    messages.Append(json::Object({{"role", role}, {"content", content}}));
  }
  json::Value value = json::Object({{"model", head.model}, {"messages", std::move(messages)}});
  if (head.temperature.has_value()) value.Set("temperature", *head.temperature);
  if (head.max_output_tokens > 0) value.Set("max_tokens", head.max_output_tokens);
  if (!head.response_format.empty()) value.Set("response_format", head.response_format);
  if (head.logprobs) value.Set("logprobs", true);
  return value;
}

}  // namespace

CallRequest::CallRequest(const v1::Variant& variant, std::string_view model,
                         std::string_view system_prompt, const v1::Task& task) {
  head_.model = std::string(model);
  head_.temperature = variant.has_temperature() ? variant.temperature() : 0.0;
  head_.max_output_tokens = variant.max_output_tokens();
  head_.response_format = ResponseFormat(variant, task);
  head_.logprobs = variant.logprobs();
  head_.max_attempts = kMaxAttempts;
  const std::string system =
      variant.has_system_prompt() ? variant.system_prompt() : std::string(system_prompt);
  own_system_ = system.empty() && !variant.has_system_prompt();
  if (!system.empty()) head_.messages.emplace_back("system", system);
  for (const v1::Variant::Turn& turn : variant.examples()) {
    head_.messages.emplace_back("user", turn.user());
    head_.messages.emplace_back("assistant", turn.assistant());
  }
  head_digest_ = Sha256Hex(json::WriteCanonical(HeadAsJson(head_)));
}

providers::ChatCall CallRequest::For(const datasets::Example& example) const {
  providers::ChatCall call = head_;
  if (own_system_ && !example.system.empty()) {
    call.messages.emplace(call.messages.begin(), "system", example.system);
  }
  for (const json::Value& turn : example.turns) {
    call.messages.emplace_back(turn["role"].String(), datasets::ContentText(turn["content"]));
  }
  return call;
}

std::string CallRequest::Digest(const datasets::Example& example) const {
  Sha256 digest;
  digest.Update(head_digest_);
  if (own_system_) digest.Update(json::WriteCanonical(example.system));
  for (const json::Value& turn : example.turns) digest.Update(json::WriteCanonical(turn));
  return digest.FinishHex();
}

}  // namespace tunegate::evaluations
