#include "server/providers/provider_error.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/utf8.h"

namespace tunegate::providers {
namespace {

constexpr size_t kMessageBytes = 1000;
constexpr size_t kNameBytes = 200;
constexpr size_t kSeenBytes = 200;

// Texts of the outside world enter a status only through here.
std::string Clean(std::string_view text, size_t max_bytes) {
  return Abbreviate(ToValidUtf8(text), max_bytes);
}

absl::StatusCode CodeOf(int http_status) {
  switch (http_status) {
    case 400:
    case 413:
    case 415:
    case 422:
      return absl::StatusCode::kInvalidArgument;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
    case 410:
      return absl::StatusCode::kNotFound;
    case 408:
      return absl::StatusCode::kDeadlineExceeded;
    case 409:
      return absl::StatusCode::kAborted;
    case 429:
      return absl::StatusCode::kResourceExhausted;
    default:
      if (http_status >= 500) return absl::StatusCode::kUnavailable;
      if (http_status >= 400) return absl::StatusCode::kInvalidArgument;
      return absl::StatusCode::kInternal;  // a redirect, or no HTTP status at all
  }
}

std::string_view ReasonOf(const Refusal& refusal) {
  if (refusal.http_status == 401) return kKeyRejected;
  return IsQuotaRefusal(refusal) ? kQuotaExhausted : kProviderError;
}

std::string_view RemedyOf(const Refusal& refusal) {
  if (refusal.http_status == 401) {
    return "; check the provider's API key (OPENAI_API_KEY or the configured key file)";
  }
  if (IsQuotaRefusal(refusal)) {
    return "; add credit or raise the limit on the provider's billing page, then resume";
  }
  if (refusal.http_status >= 300 && refusal.http_status < 400) {
    return "; check the configured base URL, redirects are not followed";
  }
  return "";
}

Error WithMetadata(Error error, std::string_view key, std::string_view value) {
  if (value.empty()) return error;
  return std::move(error).Metadata(key, Clean(value, kNameBytes));
}

}  // namespace

bool IsQuotaRefusal(const Refusal& refusal) {
  if (refusal.http_status != 429) return false;
  for (const std::string* name : {&refusal.code, &refusal.type}) {
    if (*name == "insufficient_quota" || *name == "billing_hard_limit_reached") return true;
  }
  return false;
}

absl::Status RefusalStatus(const Refusal& refusal) {
  std::string message =
      absl::StrCat("provider '", refusal.provider, "' answered HTTP ", refusal.http_status);
  if (!refusal.code.empty()) absl::StrAppend(&message, " (", Clean(refusal.code, kNameBytes), ")");
  if (!refusal.message.empty()) {
    absl::StrAppend(&message, ": ", Clean(refusal.message, kMessageBytes));
  }
  const std::string_view remedy = RemedyOf(refusal);
  message.append(remedy);
  Error error(CodeOf(refusal.http_status), ReasonOf(refusal), message);
  error = WithMetadata(std::move(error), "http_status", absl::StrCat(refusal.http_status));
  error = WithMetadata(std::move(error), "sent",
                       SentName(std::max(SentByHttpStatus(refusal.http_status), refusal.earlier)));
  error = WithMetadata(std::move(error), "provider_code", refusal.code);
  error = WithMetadata(std::move(error), "provider_type", refusal.type);
  error = WithMetadata(std::move(error), "provider_param", refusal.param);
  error = WithMetadata(std::move(error), "provider_request_id", refusal.request_id);
  if (refusal.retry_delay.has_value()) error = std::move(error).RetryAfter(*refusal.retry_delay);
  return error;
}

absl::Status NoAnswerStatus(std::string_view provider, std::string_view what, bool timed_out,
                            Sent sent) {
  const std::string message = absl::StrCat("provider '", std::string(provider),
                                           "' did not answer: ", Clean(what, kMessageBytes));
  const auto code =
      timed_out ? absl::StatusCode::kDeadlineExceeded : absl::StatusCode::kUnavailable;
  return Error(code, kProviderError, message).Metadata("sent", SentName(sent));
}

absl::Status UnansweredLineStatus(std::string_view provider, std::string_view code,
                                  std::string_view message) {
  const std::string text =
      absl::StrCat("provider '", std::string(provider), "' did not answer this line of its batch: ",
                   Clean(message.empty() ? "it does not say why" : message, kMessageBytes));
  Error error(absl::StatusCode::kUnavailable, kProviderError, text);
  return WithMetadata(std::move(error).Metadata("sent", SentName(Sent::kNo)), "provider_code",
                      code);
}

absl::Status InvalidAnswerStatus(std::string_view provider, std::string_view what,
                                 std::string_view seen, int http_status,
                                 std::string_view request_id) {
  std::string message =
      absl::StrCat("provider '", std::string(provider),
                   "' gave an answer that cannot be used: ", Clean(what, kMessageBytes));
  if (!seen.empty()) absl::StrAppend(&message, "; seen: ", Clean(seen, kSeenBytes));
  Error error = Internal(kProviderAnswerInvalid, message)
                    .Metadata("sent", SentName(SentByHttpStatus(http_status)))
                    .Metadata("http_status", absl::StrCat(http_status));
  return WithMetadata(std::move(error), "provider_request_id", request_id);
}

Sent SentByHttpStatus(int http_status) {
  if (http_status >= 200 && http_status < 300) return Sent::kYes;
  const bool refused = http_status >= 300 && http_status < 500 && http_status != 408;
  return refused ? Sent::kNo : Sent::kMaybe;
}

Sent SentOf(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  const auto found = details.metadata.find("sent");
  if (found == details.metadata.end()) return Sent::kNo;
  if (found->second == SentName(Sent::kYes)) return Sent::kYes;
  return found->second == SentName(Sent::kMaybe) ? Sent::kMaybe : Sent::kNo;
}

bool IsProviderError(const absl::Status& status) {
  return DetailsOf(status).metadata.count("sent") > 0;
}

std::string_view SentName(Sent sent) {
  switch (sent) {
    case Sent::kNo:
      return "no";
    case Sent::kYes:
      return "yes";
    case Sent::kMaybe:
      break;
  }
  return "maybe";
}

}  // namespace tunegate::providers
