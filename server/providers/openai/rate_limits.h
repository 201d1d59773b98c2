// The headers x-ratelimit-{limit,remaining,reset}-{requests,tokens}, which steer the evaluator's
// pace. Pure functions.
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_RATE_LIMITS_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_RATE_LIMITS_H_

#include <optional>
#include <string_view>

#include "absl/time/time.h"
#include "server/providers/openai/http_message.h"
#include "server/providers/provider.h"

namespace tunegate::providers::openai {

// "6m0s", "12ms", "1h2m", "1.5s", or a bare number of seconds. Unset for anything else, negative
// and infinite ones too.
std::optional<absl::Duration> ParseReset(std::string_view text);

// What `headers` say; unset where they are silent or make no sense.
RateLimits ParseRateLimits(const HttpHeaders& headers);

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_RATE_LIMITS_H_
