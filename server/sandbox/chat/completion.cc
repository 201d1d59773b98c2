#include "server/sandbox/chat/completion.h"

#include "server/sandbox/tokens.h"

namespace tunegate::sandbox {
namespace {

constexpr char kFingerprint[] = "fp_sandbox_1";

json::Value Bytes(std::string_view text) {
  json::Value bytes = json::Array();
  for (char c : text) bytes.Append(static_cast<int>(static_cast<unsigned char>(c)));
  return bytes;
}

json::Value Logprob(std::string_view token, double log_probability, int top) {
  json::Value value =
      json::Object({{"token", token}, {"logprob", log_probability}, {"bytes", Bytes(token)}});
  json::Value alternatives = json::Array();
  if (top > 0) alternatives.Append(value);  // the model knows of no other token
  value.Set("top_logprobs", std::move(alternatives));
  return value;
}

// The piece's confidence stands at its first token; the rest of it follows with certainty.
void AppendLogprobs(const Piece& piece, int top, json::Value& content) {
  double log_probability = piece.log_probability;
  for (std::string_view token : SplitTokens(piece.text)) {
    content.Append(Logprob(token, log_probability, top));
    log_probability = 0;
  }
}

json::Value Logprobs(const std::vector<Piece>& pieces, int top) {
  json::Value content = json::Array();
  for (const Piece& piece : pieces) AppendLogprobs(piece, top, content);
  return json::Object({{"content", std::move(content)}, {"refusal", json::Value()}});
}

std::string Event(const json::Value& data) { return "data: " + json::Write(data) + "\n\n"; }

}  // namespace

std::string Completion::Content() const {
  std::string content;
  for (const Piece& piece : pieces) content += piece.text;
  return content;
}

json::Value Completion::Usage() const {
  const json::Value no_cached = json::Object({{"cached_tokens", 0}, {"audio_tokens", 0}});
  const json::Value no_reasoning = json::Object({{"reasoning_tokens", 0},
                                                 {"audio_tokens", 0},
                                                 {"accepted_prediction_tokens", 0},
                                                 {"rejected_prediction_tokens", 0}});
  return json::Object({{"prompt_tokens", prompt_tokens},
                       {"completion_tokens", completion_tokens},
                       {"total_tokens", prompt_tokens + completion_tokens},
                       {"prompt_tokens_details", no_cached},
                       {"completion_tokens_details", no_reasoning}});
}

json::Value Completion::ToJson() const {
  json::Value choice =
      json::Object({{"index", 0},
                    {"message", json::Object({{"role", "assistant"},
                                              {"content", Content()},
                                              {"refusal", json::Value()},
                                              {"annotations", json::Array()}})},
                    {"logprobs", logprobs ? Logprobs(pieces, top_logprobs) : json::Value()},
                    {"finish_reason", cut ? "length" : "stop"}});
  return json::Object({{"id", id},
                       {"object", "chat.completion"},
                       {"created", created},
                       {"model", model},
                       {"choices", json::Array({std::move(choice)})},
                       {"usage", Usage()},
                       {"service_tier", "default"},
                       {"system_fingerprint", kFingerprint}});
}

std::vector<std::string> Completion::ToEvents() const {
  json::Value frame = json::Object({{"id", id},
                                    {"object", "chat.completion.chunk"},
                                    {"created", created},
                                    {"model", model},
                                    {"service_tier", "default"},
                                    {"system_fingerprint", kFingerprint}});
  if (stream_usage) frame.Set("usage", json::Value());
  std::vector<std::string> events;
  const auto add = [&](json::Value delta, json::Value logprobs, json::Value finish_reason) {
    frame.Set("choices",
              json::Array({json::Object({{"index", 0},
                                         {"delta", std::move(delta)},
                                         {"logprobs", std::move(logprobs)},
                                         {"finish_reason", std::move(finish_reason)}})}));
    events.push_back(Event(frame));
  };
  add(json::Object({{"role", "assistant"}, {"content", ""}, {"refusal", json::Value()}}), {}, {});
  for (const Piece& piece : pieces) {
    add(json::Object({{"content", piece.text}}),
        logprobs ? Logprobs({piece}, top_logprobs) : json::Value(), {});
  }
  add(json::Object(), {}, cut ? "length" : "stop");
  if (stream_usage) {
    frame.Set("choices", json::Array());
    frame.Set("usage", Usage());
    events.push_back(Event(frame));
  }
  events.push_back("data: [DONE]\n\n");
  return events;
}

}  // namespace tunegate::sandbox
