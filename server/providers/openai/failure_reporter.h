// FailureReporter: from what HTTP gave to the status that callers see, with everything secret taken
// out. All texts of the provider that reach a status pass here. Thread-safe.
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_FAILURE_REPORTER_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_FAILURE_REPORTER_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "server/providers/openai/decode.h"
#include "server/providers/openai/http_message.h"
#include "server/providers/provider_error.h"

namespace tunegate::providers::openai {

class FailureReporter {
 public:
  // `provider` is the configured name; `secrets` are never shown.
  FailureReporter(std::string provider, std::vector<std::string> secrets)
      : provider_(std::move(provider)), secrets_(std::move(secrets)) {}

  // OK for a whole answer of 2xx. `earlier` is what the attempts before this one may have done;
  // `now` is for a Retry-After that is a date.
  absl::Status StatusOf(const HttpResponse& response, Sent earlier, absl::Time now) const;

  // For a whole answer of 2xx that decode.h could not use; `why` is its error.
  absl::Status UndecodableStatus(const HttpResponse& response, const absl::Status& why) const;

  // The same for a line of a batch's output or error file, which tells of an answer of its own.
  absl::Status StatusOfLine(const BatchLine& line) const;
  // For a line that decode.h could not use at all.
  absl::Status UndecodableLineStatus(std::string_view line, const absl::Status& why) const;

  // `text` with each secret replaced by "[redacted]".
  std::string Redact(std::string_view text) const;

 private:
  absl::Status RefusalOf(const HttpResponse& response, Sent earlier, absl::Time now) const;
  absl::Status CutAnswerStatus(const HttpResponse& response, Sent earlier, absl::Time now) const;
  absl::Status Invalid(const HttpResponse& response, std::string_view what) const;

  const std::string provider_;
  const std::vector<std::string> secrets_;
};

// What `response` says about having been acted upon: by its status when there is one, else by what
// was sent.
Sent SentBy(const HttpResponse& response);

// True when a 429 says that money, not patience, is missing.
bool SaysQuota(const HttpResponse& response);

// The provider's name for the request, under any header that providers use; empty: none.
std::string_view RequestIdOf(const HttpResponse& response);

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_FAILURE_REPORTER_H_
