#include "server/sandbox/faults/fault_effects.h"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/sandbox/api_error.h"

namespace tunegate::sandbox {
namespace {

// Stands in the JSON until it is written, since JSON text cannot hold the bytes themselves.
constexpr std::string_view kInvalidMarker = "@@invalid utf-8@@";
constexpr std::string_view kInvalidBytes = "\xC3\x28\xFF";

struct KnownError {
  int status;
  std::string_view type;
  std::string_view code;
  std::string_view message;
};
constexpr KnownError kKnownErrors[] = {
    {401, "invalid_request_error", "invalid_api_key", "Incorrect API key provided."},
    {404, "invalid_request_error", "not_found", "No such object."},
    {429, "requests", "rate_limit_exceeded", "Rate limit reached. Please try again later."},
    {500, "server_error", "", "The server had an error while processing your request."},
    {503, "server_error", "", "The engine is currently overloaded, please try again later."},
};

Response FaultError(int status, const json::Value& error) {
  KnownError known{status, "server_error", "", "The sandbox was told to answer this."};
  for (const KnownError& candidate : kKnownErrors) {
    if (candidate.status == status) known = candidate;
  }
  const std::string code = error["code"].StringOr(known.code);
  std::string_view type = known.type;
  if (code == "insufficient_quota") {
    type = code;  // a quota's type is its code
    known.message = "You exceeded your current quota, please check your plan and billing details.";
  }
  return ErrorResponse(status, error["type"].StringOr(type), code, error["param"].StringOr(""),
                       error["message"].StringOr(known.message));
}

// A copy of `value` in which what stands at `path` ("/data/*/metadata") has been replaced by
// `change` of it, or removed when that gives nullopt. Paths that lead nowhere change nothing.
using Change = std::function<std::optional<json::Value>(const json::Value&)>;
json::Value Edited(const json::Value& value, std::string_view path, const Change& change,
                   bool may_add) {
  if (path.empty()) return change(value).value_or(json::Value());
  path.remove_prefix(1);
  const size_t end = std::min(path.find('/'), path.size());
  const std::string_view step = path.substr(0, end);
  const std::string_view rest = path.substr(end);
  if (value.IsArray()) {
    json::Value array = json::Array();
    const std::vector<json::Value>& items = value.Elements();
    for (size_t i = 0; i < items.size(); ++i) {
      const bool meant = step == "*" || step == std::to_string(i);
      array.Append(meant ? Edited(items[i], rest, change, may_add) : items[i]);
    }
    return array;
  }
  if (!value.IsObject() || (!may_add && value.Find(step) == nullptr)) return value;
  json::Value object = value;
  if (!rest.empty()) {
    object.Set(step, Edited(value[step], rest, change, may_add));
  } else if (std::optional<json::Value> changed = change(value[step])) {
    object.Set(step, *std::move(changed));
  } else {
    object.Remove(step);
  }
  return object;
}

bool EditsJson(const FaultEffect& effect) {
  return !effect.set.IsNull() || !effect.remove.empty() || !effect.invalid_utf8.empty() ||
         effect.late_seconds > 0 || effect.repeat || effect.reverse;
}

json::Value EditedList(const FaultEffect& effect, int64_t now, const json::Value& body) {
  std::vector<json::Value> items;
  for (const json::Value& item : body["data"].Elements()) {
    if (effect.late_seconds > 0 && item["created_at"].IntegerOr(0) > now - effect.late_seconds) {
      continue;
    }
    items.push_back(item);
    if (effect.repeat) items.push_back(item);
  }
  if (effect.reverse) std::reverse(items.begin(), items.end());
  json::Value edited = body;
  edited.Set("data", json::Array(std::move(items)));
  return edited;
}

void EditJson(const FaultEffect& effect, int64_t now, Response& response) {
  absl::StatusOr<json::Value> parsed = json::Parse(response.body);
  if (!parsed.ok()) return;
  json::Value body = *std::move(parsed);
  if (body["data"].IsArray()) body = EditedList(effect, now, body);
  for (const auto& [path, value] : effect.set.Members()) {
    body = Edited(
        body, path, [&](const json::Value&) { return value; }, true);
  }
  for (const std::string& path : effect.remove) {
    body = Edited(
        body, path, [](const json::Value&) { return std::nullopt; }, false);
  }
  if (!effect.invalid_utf8.empty()) {
    const auto spoil = [](const json::Value& text) {
      return json::Value(text.String() + std::string(kInvalidMarker));
    };
    body = Edited(body, effect.invalid_utf8, spoil, false);
  }
  response.body = json::Write(body);
  if (const size_t at = response.body.find(kInvalidMarker); at != std::string::npos) {
    response.body.replace(at, kInvalidMarker.size(), kInvalidBytes);
  }
}

bool IsNamed(const std::string& parameter, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
    return parameter == name || parameter.compare(0, name.size() + 1, name + "[") == 0;
  });
}

}  // namespace

void ApplyToRequest(const FaultEffect& effect, Request& request) {
  auto& query = request.query;
  query.erase(std::remove_if(query.begin(), query.end(),
                             [&](const auto& parameter) {
                               return IsNamed(parameter.first, effect.ignore_query);
                             }),
              query.end());
  if (!effect.ignore_body.empty()) {
    if (absl::StatusOr<json::Value> body = json::Parse(request.body); body.ok()) {
      for (const std::string& name : effect.ignore_body) body->Remove(name);
      request.body = json::Write(*body);
    }
  }
  if (!effect.job.IsNull()) request.job_fault = effect.job;
  if (!effect.batch.IsNull()) request.batch_fault = effect.batch;
}

std::optional<Response> AnswerInstead(const FaultEffect& effect) {
  if (effect.reset == FaultEffect::Reset::kBefore) return Response();  // never seen
  if (!effect.status) return std::nullopt;
  return FaultError(*effect.status, effect.error);
}

void ApplyToResponse(const FaultEffect& effect, int64_t now, Response& response) {
  if (EditsJson(effect)) EditJson(effect, now, response);
  if (effect.body) {
    response.body = *effect.body;
    response.chunks.clear();
  }
  if (!effect.content_type.empty()) response.SetHeader("Content-Type", effect.content_type);
  for (const auto& [name, value] : effect.headers) response.SetHeader(name, value);
  Delivery& delivery = response.delivery;
  delivery.delay += effect.delay;
  if (effect.reset != FaultEffect::Reset::kNever) delivery.reset = true;
  if (effect.cut_after_bytes || effect.bytes_per_second > 0) {
    // A stream is cut and slowed as one body.
    for (const std::string& chunk : response.chunks) response.body += chunk;
    response.chunks.clear();
    if (effect.cut_after_bytes) delivery.cut_after_bytes = effect.cut_after_bytes;
    if (effect.bytes_per_second > 0) delivery.bytes_per_second = effect.bytes_per_second;
  }
}

}  // namespace tunegate::sandbox
