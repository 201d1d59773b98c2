#include "server/rpc/dispatcher.h"

#include "common/digest.h"
#include "common/errors.h"
#include "common/log.h"

namespace tunegate::rpc {

absl::StatusOr<Caller> Dispatcher::Identify(const grpc::CallbackServerContext& context) const {
  if (callers_by_token_.empty()) return Caller{.client = ClientOf("", false, context.peer())};
  constexpr std::string_view kScheme = "Bearer ";
  const auto& metadata = context.client_metadata();
  const auto header = metadata.find("authorization");
  if (header == metadata.end()) {
    return Unauthenticated("TOKEN_MISSING",
                           "this server wants a token: send metadata 'authorization: Bearer TOKEN' "
                           "(the CLI reads it from TUNEGATE_TOKEN)");
  }
  const std::string_view value(header->second.data(), header->second.size());
  if (value.substr(0, kScheme.size()) == kScheme) {
    // Looked up by digest, so that the time it takes tells nothing about the tokens.
    const auto found = callers_by_token_.find(Sha256Hex(value.substr(kScheme.size())));
    if (found != callers_by_token_.end()) {
      return Caller{found->second, true, ClientOf(found->second, true, context.peer())};
    }
  }
  return Unauthenticated("TOKEN_REJECTED", "the token is none of those that this server knows");
}

absl::StatusOr<Dispatcher::Admission> Dispatcher::Admit(
    const grpc::CallbackServerContext& context) {
  Admission admission;
  TG_ASSIGN_OR_RETURN(admission.caller, Identify(context));
  TG_ASSIGN_OR_RETURN(admission.slot, calls_.Take(admission.caller.client));
  return admission;
}

absl::Status Dispatcher::Overloaded() {
  return Unavailable("SERVER_BUSY", "the server has more calls than it can queue; try again")
      .RetryAfter(absl::Seconds(1));
}

void Dispatcher::LogOutcome(std::string_view method, const Caller& caller,
                            const absl::Status& status) {
  if (status.ok()) return;
  log::Info("call failed", {{"method", std::string(method)},
                            {"caller", caller.name},
                            {"code", absl::StatusCodeToString(status.code())},
                            {"reason", DetailsOf(status).reason},
                            {"message", std::string(status.message())}});
}

}  // namespace tunegate::rpc
