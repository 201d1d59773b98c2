#include "common/evidence/answers/example.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/errors.h"
#include "common/evidence/answers/lines.h"

namespace tunegate::datasets {
namespace {

Error BadExample(int64_t line, std::string_view why) {
  return InvalidArgument("BAD_EXAMPLE", absl::StrCat("line ", line, ": ", std::string(why)))
      .Metadata("line", std::to_string(line));
}

bool IsInstruction(const json::Value& message) {
  const std::string& role = message["role"].String();
  return role == "system" || role == "developer";
}

// A slice's value as text; other types than scalars are validation's matter.
std::string SliceText(const json::Value& value) {
  return value.IsString() ? value.String() : json::Write(value);
}

json::Value Message(std::string_view role, std::string_view content) {
  return json::Object({{"role", role}, {"content", content}});
}

}  // namespace

std::string ContentText(const json::Value& content) {
  if (content.IsString()) return content.String();
  std::string text;
  for (const json::Value& part : content.Elements()) {
    if (part["type"].String() == "text") text += part["text"].String();
  }
  return text;
}

absl::StatusOr<Example> ParseExample(std::string_view line_text, int64_t line) {
  const absl::StatusOr<json::Value> parsed = json::Parse(line_text);
  if (!parsed.ok()) return BadExample(line, std::string(parsed.status().message()));
  const std::vector<json::Value>& messages = (*parsed)["messages"].Elements();
  if (messages.empty() || messages.back()["role"].String() != "assistant") {
    return BadExample(line, "no \"messages\" that end in an assistant's answer");
  }
  Example example;
  example.line = line;
  example.id = absl::StrFormat("%07d", line);
  example.expected = ContentText(messages.back()["content"]);
  if (example.expected.empty()) return BadExample(line, "the last assistant message has no text");
  const bool instructed = IsInstruction(messages.front());
  if (instructed) example.system = ContentText(messages.front()["content"]);
  for (size_t i = instructed ? 1 : 0; i + 1 < messages.size(); ++i) {
    if (messages[i]["role"].String() == "user") example.query = ContentText(messages[i]["content"]);
    example.turns.push_back(messages[i]);
    example.turns.back().Remove("weight");
  }
  if (example.query.empty()) return BadExample(line, "no user message with text");
  for (const auto& [key, value] : (*parsed)[kMetadataKey].Members()) {
    example.slices.emplace(key, SliceText(value));
  }
  return example;
}

absl::StatusOr<std::vector<Example>> ReadExamples(std::string_view jsonl) {
  std::vector<Example> examples;
  absl::Status status;
  ForEachLine(jsonl, [&](std::string_view text, int64_t line) {
    if (!status.ok()) return;
    absl::StatusOr<Example> example = ParseExample(text, line);
    status = example.status();
    if (example.ok()) examples.push_back(*std::move(example));
  });
  if (!status.ok()) return status;
  return examples;
}

std::string WriteExample(std::string_view system, std::string_view query, std::string_view answer,
                         const std::map<std::string, std::string>& slices) {
  json::Value messages = json::Array();
  if (!system.empty()) messages.Append(Message("system", system));
  messages.Append(Message("user", query));
  messages.Append(Message("assistant", answer));
  json::Value line = json::Object({{"messages", std::move(messages)}});
  if (slices.empty()) return json::Write(line);
  json::Value metadata = json::Object();
  for (const auto& [key, value] : slices) metadata.Set(key, value);
  return json::Write(line.Set(kMetadataKey, std::move(metadata)));
}

}  // namespace tunegate::datasets
