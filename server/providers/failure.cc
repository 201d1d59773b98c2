#include "server/providers/failure.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/utf8.h"
#include "server/providers/provider_error.h"

namespace tunegate::providers {
namespace {

std::string Find(const ErrorDetails& details, const std::string& key) {
  const auto found = details.metadata.find(key);
  return found == details.metadata.end() ? "" : ToValidUtf8(found->second);
}

std::string RemedyOf(const ErrorDetails& details, const absl::Status& status,
                     std::string_view resume_command) {
  const std::string then =
      resume_command.empty() ? "" : absl::StrCat(", then  ", std::string(resume_command));
  if (details.reason == kQuotaExhausted) return absl::StrCat("raise the provider's quota", then);
  if (details.reason == kKeyRejected) {
    return absl::StrCat("give the server a valid key and restart it", then);
  }
  if (absl::IsPermissionDenied(status)) {
    return absl::StrCat("give the key the right to do this", then);
  }
  if (absl::IsNotFound(status) || absl::IsInvalidArgument(status)) {
    return "mend what the provider refuses and start anew";
  }
  return resume_command.empty() ? "" : std::string(resume_command);
}

}  // namespace

Consequence ConsequenceOf(const absl::Status& status) {
  const std::string reason = DetailsOf(status).reason;
  if (reason == kQuotaExhausted || reason == kKeyRejected) return Consequence::kNeedsPerson;
  switch (status.code()) {
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return Consequence::kNeedsPerson;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
      return Consequence::kGiveUp;
    default:
      return Consequence::kTryAgain;
  }
}

v1::Failure FailureOf(const absl::Status& status, std::string_view resume_command) {
  const ErrorDetails details = DetailsOf(status);
  v1::Failure failure;
  failure.set_reason(details.reason.empty() ? absl::StatusCodeToString(status.code())
                                            : details.reason);
  failure.set_message(ToValidUtf8(std::string(status.message())));
  failure.set_remedy(RemedyOf(details, status, resume_command));
  failure.set_provider_code(Find(details, "provider_code"));
  failure.set_provider_request_id(Find(details, "provider_request_id"));
  return failure;
}

v1::Failure MakeFailure(std::string_view reason, std::string_view message,
                        std::string_view remedy) {
  v1::Failure failure;
  failure.set_reason(std::string(reason));
  failure.set_message(std::string(message));
  failure.set_remedy(std::string(remedy));
  return failure;
}

absl::Duration TryAgainDelay(const absl::Status& status, int attempt) {
  const absl::Duration backoff =
      std::min(absl::Seconds(1) * (1 << std::clamp(attempt - 1, 0, 6)), absl::Minutes(1));
  const absl::Duration asked = DetailsOf(status).retry_delay.value_or(absl::ZeroDuration());
  return std::max(backoff, std::min(asked, kLongestAskedDelay));
}

}  // namespace tunegate::providers
