#include "client/cli/error_text.h"

#include "client/cli/format.h"
#include "client/cli/printable.h"
#include "client/cli/usage.h"
#include "client/rpc_status.h"
#include "common/errors.h"
#include "common/json.h"

namespace tunegate::cli {
namespace {

// What can be done about an error that does not say so itself.
std::string RemedyFor(const absl::Status& status, const ErrorDetails& details,
                      const std::string& server) {
  if (const auto remedy = details.metadata.find("remedy"); remedy != details.metadata.end()) {
    return remedy->second;
  }
  if (!client::IsFromRpc(status)) return "";
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      if (!details.reason.empty()) return "try again; the server could not do it just now";
      if (status.message().find("andshake") != absl::string_view::npos) {
        return "the server may not speak TLS (leave out --tls), or be certified by an authority "
               "that --ca FILE must name";
      }
      return "start it (tunegated --listen " + server +
             "), or name another one with --server HOST:PORT or TUNEGATE_SERVER";
    case absl::StatusCode::kUnauthenticated:
      return "set TUNEGATE_TOKEN to a token that this server accepts";
    case absl::StatusCode::kDeadlineExceeded:
      return "the server may be busy: try again, or allow more with --timeout SECONDS";
    case absl::StatusCode::kUnimplemented:
      return "this server is older than the client, or no TuneGate server: tunegate admin info";
    case absl::StatusCode::kAborted:
      return "it changed meanwhile: look at it again and repeat";
    default:
      return "";
  }
}

std::string WhatHappened(const absl::Status& status, const ErrorDetails& details,
                         const std::string& server) {
  const std::string message(status.message());
  const bool unreachable = client::IsFromRpc(status) && details.reason.empty() &&
                           status.code() == absl::StatusCode::kUnavailable;
  if (unreachable) return "no server answers at " + server + ": " + message;
  return message.empty() ? CodeName(status.code()) : message;
}

// The code, and the reason where there is one: what scripts and search engines look for.
std::string Codes(const absl::Status& status, const ErrorDetails& details) {
  if (!client::IsFromRpc(status)) return "";
  return " (" + CodeName(status.code()) + (details.reason.empty() ? "" : ", ") + details.reason +
         ")";
}

void AddWrapped(std::vector<Line>& lines, std::string_view lead, Style style,
                const std::string& text) {
  const int indent = DisplayWidth(lead);
  bool first = true;
  for (const std::string& piece : Wrap(Printable(text), kMaxColumns - indent)) {
    Line line;
    if (first) line.Add(lead, style);
    lines.push_back(line.PadTo(indent, 0).Add(piece));
    first = false;
  }
}

}  // namespace

std::string CodeName(absl::StatusCode code) { return absl::StatusCodeToString(code); }

Explanation Explain(const absl::Status& status, const std::string& server) {
  const ErrorDetails details = DetailsOf(status);
  return {WhatHappened(status, details, server) + Codes(status, details),
          RemedyFor(status, details, server)};
}

std::vector<Line> ErrorLines(const absl::Status& status, const std::string& server) {
  const ErrorDetails details = DetailsOf(status);
  std::vector<Line> lines;
  if (IsUsageError(status)) {
    const std::string text(status.message());
    const size_t usage = text.find('\n');
    AddWrapped(lines, "error: ", Style::kBad, text.substr(0, usage));
    if (usage != std::string::npos) AddWrapped(lines, "", Style::kPlain, text.substr(usage + 1));
    return lines;
  }
  const Explanation explanation = Explain(status, server);
  AddWrapped(lines, "error: ", Style::kBad, explanation.message);
  for (const auto& [path, description] : details.field_violations) {
    // The message of a single violation repeats it as a rule.
    const std::string violation = path + ": " + description;
    if (status.message().find(violation) != absl::string_view::npos) continue;
    AddWrapped(lines, "  field   ", Style::kStrong, violation);
  }
  if (details.retry_delay) {
    AddWrapped(lines, "  again   ", Style::kStrong, "in " + Elapsed(*details.retry_delay));
  }
  if (!explanation.remedy.empty()) {
    AddWrapped(lines, "  remedy  ", Style::kStrong, explanation.remedy);
  }
  return lines;
}

std::string ErrorJson(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  json::Value error = json::Object({{"code", CodeName(status.code())}});
  if (!details.reason.empty()) error.Set("reason", details.reason);
  error.Set("message", std::string(status.message()));
  if (!details.field_violations.empty()) {
    json::Value violations = json::Array();
    for (const auto& [path, description] : details.field_violations) {
      violations.Append(json::Object({{"field", path}, {"description", description}}));
    }
    error.Set("fieldViolations", violations);
  }
  if (!details.metadata.empty()) {
    json::Value metadata = json::Object();
    for (const auto& [key, value] : details.metadata) metadata.Set(key, value);
    error.Set("metadata", metadata);
  }
  if (details.retry_delay) error.Set("retryDelay", absl::FormatDuration(*details.retry_delay));
  return json::Write(json::Object({{"error", error}}));
}

}  // namespace tunegate::cli
