#include "server/sandbox/faults/fault_plan.h"

#include <functional>
#include <map>

#include "server/sandbox/api_error.h"

namespace tunegate::sandbox {
namespace {

using json::Value;
// What reads one member; it says what was expected when the member is something else.
using Expectation = std::optional<std::string>;
template <typename T>
using Readers = std::map<std::string, std::function<Expectation(const Value&, T&)>>;

template <typename T>
absl::Status ReadMembers(const Value& object, const std::string& path, const Readers<T>& readers,
                         T& into) {
  if (!object.IsObject()) return BadRequest(path, path + ": expected an object");
  for (const auto& [name, value] : object.Members()) {
    const std::string member = path.empty() ? name : path + "." + name;
    const auto reader = readers.find(name);
    if (reader == readers.end()) {
      std::string known;
      for (const auto& [key, unused] : readers) known += (known.empty() ? "" : ", ") + key;
      return BadRequest(member, member + ": unknown; expected one of " + known);
    }
    if (const Expectation expected = reader->second(value, into); expected.has_value()) {
      return BadRequest(member, member + ": expected " + *expected);
    }
  }
  return absl::OkStatus();
}

Expectation ReadCount(const Value& value, int64_t least, int64_t& into) {
  if (!value.IsInteger() || value.IntegerOr(0) < least) {
    return "an integer of at least " + std::to_string(least);
  }
  into = value.IntegerOr(0);
  return std::nullopt;
}

Expectation ReadMilliseconds(const Value& value, absl::Duration& into) {
  int64_t milliseconds = 0;
  Expectation expected = ReadCount(value, 0, milliseconds);
  into = absl::Milliseconds(milliseconds);
  return expected;
}

Expectation ReadFlag(const Value& value, bool& into) {
  if (!value.IsBool()) return "a boolean";
  into = value.BoolOr(false);
  return std::nullopt;
}

Expectation ReadText(const Value& value, std::string& into) {
  if (!value.IsString()) return "a string";
  into = value.String();
  return std::nullopt;
}

Expectation ReadTexts(const Value& value, std::vector<std::string>& into) {
  if (!value.IsArray()) return "an array of strings";
  for (const Value& item : value.Elements()) {
    if (!item.IsString()) return "an array of strings";
    into.push_back(item.String());
  }
  return std::nullopt;
}

Expectation ReadObject(const Value& value, Value& into) {
  if (!value.IsObject()) return "an object";
  into = value;
  return std::nullopt;
}

Expectation ReadStatus(const Value& value, FaultEffect& effect) {
  const int64_t status = value.IntegerOr(0);
  if (status < 200 || status > 599) return "an HTTP status from 200 to 599";
  effect.status = static_cast<int>(status);
  return std::nullopt;
}

Expectation ReadHeaders(const Value& value, FaultEffect& effect) {
  if (!value.IsObject()) return "an object of strings";
  for (const auto& [name, text] : value.Members()) {
    if (!text.IsString()) return "an object of strings";
    effect.headers.emplace_back(name, text.String());
  }
  return std::nullopt;
}

Expectation ReadReset(const Value& value, FaultEffect& effect) {
  if (value.String() != "before" && value.String() != "after") return "'before' or 'after'";
  effect.reset =
      value.String() == "before" ? FaultEffect::Reset::kBefore : FaultEffect::Reset::kAfter;
  return std::nullopt;
}

const Readers<FaultEffect>& EffectReaders() {
  using E = FaultEffect;
  static const auto* const readers = new Readers<E>{
      {"status", ReadStatus},
      {"error", [](const Value& v, E& e) { return ReadObject(v, e.error); }},
      {"ignore_query", [](const Value& v, E& e) { return ReadTexts(v, e.ignore_query); }},
      {"ignore_body", [](const Value& v, E& e) { return ReadTexts(v, e.ignore_body); }},
      {"job", [](const Value& v, E& e) { return ReadObject(v, e.job); }},
      {"batch", [](const Value& v, E& e) { return ReadObject(v, e.batch); }},
      {"headers", ReadHeaders},
      {"body", [](const Value& v, E& e) { return ReadText(v, e.body.emplace()); }},
      {"content_type", [](const Value& v, E& e) { return ReadText(v, e.content_type); }},
      {"set", [](const Value& v, E& e) { return ReadObject(v, e.set); }},
      {"remove", [](const Value& v, E& e) { return ReadTexts(v, e.remove); }},
      {"invalid_utf8", [](const Value& v, E& e) { return ReadText(v, e.invalid_utf8); }},
      {"late_seconds", [](const Value& v, E& e) { return ReadCount(v, 1, e.late_seconds); }},
      {"repeat", [](const Value& v, E& e) { return ReadFlag(v, e.repeat); }},
      {"reverse", [](const Value& v, E& e) { return ReadFlag(v, e.reverse); }},
      {"reset", ReadReset},
      {"delay_ms", [](const Value& v, E& e) { return ReadMilliseconds(v, e.delay); }},
      {"cut_after_bytes",
       [](const Value& v, E& e) {
         int64_t bytes = 0;
         Expectation expected = ReadCount(v, 0, bytes);
         e.cut_after_bytes = static_cast<size_t>(bytes);
         return expected;
       }},
      {"bytes_per_second",
       [](const Value& v, E& e) { return ReadCount(v, 1, e.bytes_per_second); }},
  };
  return *readers;
}

absl::StatusOr<FaultRule> ParseRule(const Value& source, const std::string& path) {
  static const auto* const readers = new Readers<FaultRule>{
      {"on", [](const Value& v, FaultRule& r) { return ReadText(v, r.on); }},
      {"every", [](const Value& v, FaultRule& r) { return ReadCount(v, 1, r.every); }},
      {"after", [](const Value& v, FaultRule& r) { return ReadCount(v, 0, r.after); }},
      {"times", [](const Value& v, FaultRule& r) { return ReadCount(v, 0, r.times); }},
      {"do", [](const Value&, FaultRule&) { return Expectation(); }},  // below, with its own path
  };
  FaultRule rule;
  rule.source = source;
  TG_RETURN_IF_ERROR(ReadMembers(source, path, *readers, rule));
  if (rule.on.empty()) {
    return BadRequest(
        path + ".on",
        path + ".on: missing; expected a route such as 'POST /chat/completions', or '*'");
  }
  TG_RETURN_IF_ERROR(ReadMembers(source["do"], path + ".do", EffectReaders(), rule.effect));
  return rule;
}

}  // namespace

absl::StatusOr<FaultPlan> ParseFaultPlan(const Value& document) {
  static const auto* const readers = new Readers<FaultPlan>{
      {"rules", [](const Value& v,
                   FaultPlan&) { return v.IsArray() ? Expectation() : Expectation("an array"); }},
      {"chat_latency_ms",
       [](const Value& v, FaultPlan& p) { return ReadMilliseconds(v, p.chat_latency.emplace()); }},
      {"train_ms_per_step",
       [](const Value& v, FaultPlan& p) {
         return ReadMilliseconds(v, p.train_time_per_step.emplace());
       }},
      {"batch_ms_per_line",
       [](const Value& v, FaultPlan& p) {
         return ReadMilliseconds(v, p.batch_time_per_line.emplace());
       }},
  };
  FaultPlan plan;
  TG_RETURN_IF_ERROR(ReadMembers(document, "", *readers, plan));
  for (size_t i = 0; i < document["rules"].Elements().size(); ++i) {
    TG_ASSIGN_OR_RETURN(FaultRule rule, ParseRule(document["rules"].Elements()[i],
                                                  "rules[" + std::to_string(i) + "]"));
    plan.rules.push_back(std::move(rule));
  }
  return plan;
}

}  // namespace tunegate::sandbox
