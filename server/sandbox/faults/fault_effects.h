// What a FaultEffect does to a request before it is handled and to the answer after.
#ifndef TUNEGATE_SERVER_SANDBOX_FAULTS_FAULT_EFFECTS_H_
#define TUNEGATE_SERVER_SANDBOX_FAULTS_FAULT_EFFECTS_H_

#include <cstdint>
#include <optional>

#include "server/sandbox/faults/fault_plan.h"
#include "server/sandbox/http/message.h"

namespace tunegate::sandbox {

void ApplyToRequest(const FaultEffect& effect, Request& request);

// The answer that comes without handling the request; nullopt when the request is to be handled.
std::optional<Response> AnswerInstead(const FaultEffect& effect);

// `now` is in seconds since 1970.
void ApplyToResponse(const FaultEffect& effect, int64_t now, Response& response);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_FAULTS_FAULT_EFFECTS_H_
