// CallScope: one gRPC call's context, with the token in its metadata, cancelled by the interrupt.
// For client.cc and streams.cc only.
#ifndef TUNEGATE_CLIENT_CALL_SCOPE_H_
#define TUNEGATE_CLIENT_CALL_SCOPE_H_

#include <grpcpp/client_context.h>

#include <chrono>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/interrupt.h"

namespace tunegate::client {

using TimePoint = std::chrono::system_clock::time_point;

// `duration` from now, as gRPC counts deadlines.
inline TimePoint FromNow(absl::Duration duration) {
  return absl::ToChronoTime(absl::Now() + duration);
}

class CallScope {
 public:
  // Without a limit when `deadline` is infinite.
  CallScope(Interrupt& interrupt, const std::string& token, absl::Duration deadline)
      : scope_(interrupt, [this] { context_.TryCancel(); }) {
    if (!token.empty()) context_.AddMetadata("authorization", "Bearer " + token);
    if (deadline < absl::InfiniteDuration()) context_.set_deadline(FromNow(deadline));
  }

  grpc::ClientContext& context() { return context_; }

 private:
  grpc::ClientContext context_;
  // After the context: the interrupt lets go of it first.
  Interrupt::Scope scope_;
};

}  // namespace tunegate::client

#endif  // TUNEGATE_CLIENT_CALL_SCOPE_H_
