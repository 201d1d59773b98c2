// What a provider's refusal or silence becomes: one mapping from HTTP and its error object to a
// status, shared by every adapter and fake, so that callers see the same codes, reasons and
// metadata whoever answered. provider.h lists them; the names of the metadata stand here.
//
//   if (SentOf(created.status()) != Sent::kNo) { ... list the jobs and look for our metadata ... }
//
// Stateless; thread-safe.
#ifndef TUNEGATE_SERVER_PROVIDERS_PROVIDER_ERROR_H_
#define TUNEGATE_SERVER_PROVIDERS_PROVIDER_ERROR_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace tunegate::providers {

// Whether a failed request may have been acted upon. Ordered: of several attempts at one call, the
// largest stands.
enum class Sent {
  kNo,     // certainly not: no connection, or the provider refused it (4xx other than 408)
  kMaybe,  // nobody knows: sent in part or whole without an answer, a 408, or a 5xx
  kYes,    // it was accepted (2xx), and what was answered could not be understood
};

// Reasons of provider errors, beside common ones.
inline constexpr std::string_view kProviderError = "PROVIDER_ERROR";
inline constexpr std::string_view kQuotaExhausted = "QUOTA_EXHAUSTED";
inline constexpr std::string_view kKeyRejected = "KEY_REJECTED";
inline constexpr std::string_view kProviderAnswerInvalid = "PROVIDER_ANSWER_INVALID";

// An answer that says no. Texts are made valid UTF-8 and cut to a screenful on the way.
struct Refusal {
  int http_status = 0;
  std::string provider;  // the configured name, for the message
  std::string message;   // the provider's words; empty: none were given
  std::string code, type, param, request_id;
  std::optional<absl::Duration> retry_delay;
  Sent earlier = Sent::kNo;  // of the attempts before this one
};

// The status of an HTTP answer that is no success. 401 is KEY_REJECTED and a 429 of code or type
// insufficient_quota (also billing_hard_limit_reached) is QUOTA_EXHAUSTED, with a hint at the
// remedy in the message; all else is PROVIDER_ERROR.
absl::Status RefusalStatus(const Refusal& refusal);

// True when `refusal` says that money, not patience, is missing.
bool IsQuotaRefusal(const Refusal& refusal);

// No answer came: UNAVAILABLE, or DEADLINE_EXCEEDED when time ran out. `what` says what happened.
absl::Status NoAnswerStatus(std::string_view provider, std::string_view what, bool timed_out,
                            Sent sent);

// A line of a batch to which the provider gave no answer, and why: UNAVAILABLE.
absl::Status UnansweredLineStatus(std::string_view provider, std::string_view code,
                                  std::string_view message);

// An answer came and makes no sense: INTERNAL, PROVIDER_ANSWER_INVALID. `what` says what was
// expected; `seen` is the answer itself, abbreviated here.
absl::Status InvalidAnswerStatus(std::string_view provider, std::string_view what,
                                 std::string_view seen, int http_status,
                                 std::string_view request_id);

// What an answer of this HTTP status says about it: 0 stands for none.
Sent SentByHttpStatus(int http_status);

// What `status` says about it; kNo for OK and for statuses that no provider made.
Sent SentOf(const absl::Status& status);
// Whether a provider, or the way to it, made `status`.
bool IsProviderError(const absl::Status& status);
// "no", "maybe" or "yes": the value of the metadata "sent".
std::string_view SentName(Sent sent);

}  // namespace tunegate::providers

#endif  // TUNEGATE_SERVER_PROVIDERS_PROVIDER_ERROR_H_
