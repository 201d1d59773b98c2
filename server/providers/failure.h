// What a provider's error means for durable work: try again, wait for a person, or give up; and the
// Failure that people read.
#ifndef TUNEGATE_SERVER_PROVIDERS_FAILURE_H_
#define TUNEGATE_SERVER_PROVIDERS_FAILURE_H_

#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::providers {

// The failure reason of work that waits for a provider which does not answer, and goes on by
// itself when it does.
inline constexpr std::string_view kProviderUnreachable = "PROVIDER_UNREACHABLE";

enum class Consequence {
  kTryAgain,     // busy, unreachable, in doubt: time may mend it
  kNeedsPerson,  // quota, key, permission: blocked until somebody acts
  kGiveUp,       // the request itself is refused
};

// For a status that is not OK.
Consequence ConsequenceOf(const absl::Status& status);

// The failure of `status`. `resume_command` completes the remedy of what needs a person, e.g.
// "tunegate job resume jobs/x"; may be empty.
v1::Failure FailureOf(const absl::Status& status, std::string_view resume_command);

// A failure of our own making.
v1::Failure MakeFailure(std::string_view reason, std::string_view message, std::string_view remedy);

// Nobody is waited for longer on their word alone: a Retry-After of a day may be a mistake, or be
// taken back, and a look costs nothing.
inline constexpr absl::Duration kLongestAskedDelay = absl::Minutes(5);
// How long to wait before try `attempt` (from 1): 1 s doubling to 1 min, or what the provider asks
// for where that is longer, up to kLongestAskedDelay.
absl::Duration TryAgainDelay(const absl::Status& status, int attempt);

}  // namespace tunegate::providers

#endif  // TUNEGATE_SERVER_PROVIDERS_FAILURE_H_
