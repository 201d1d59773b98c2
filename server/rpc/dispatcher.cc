#include "server/rpc/dispatcher.h"

#include <optional>

#include "common/errors.h"

namespace tunegate::rpc {
namespace {

std::optional<std::string_view> Metadata(const grpc::CallbackServerContext& context,
                                         const char* key) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(key);
  if (found == metadata.end()) return std::nullopt;
  return std::string_view(found->second.data(), found->second.size());
}

}  // namespace

std::unique_ptr<CallRecord> Dispatcher::Open(grpc::CallbackServerContext* context,
                                             std::string_view method, CallRecord::Shape shape) {
  auto record =
      std::make_unique<CallRecord>(method, shape, Metadata(*context, kRequestIdKey).value_or(""));
  // Not as initial metadata: with any of its own an error is no longer sent as trailers alone, and
  // a client's retry policy counts a call whose headers have come as answered.
  context->AddTrailingMetadata(kRequestIdKey, record->id());
  return record;
}

absl::Status Dispatcher::Identify(const grpc::CallbackServerContext& context, Call& call) const {
  TG_ASSIGN_OR_RETURN(call.caller, callers_.Identify(Metadata(context, "authorization")));
  call.caller.client = ClientOf(call.caller.name, call.caller.authenticated, context.peer());
  call.caller.gone = [&context] { return context.IsCancelled(); };
  call.record->SetCaller(call.caller.name);
  return absl::OkStatus();
}

absl::Status Dispatcher::Admit(const grpc::CallbackServerContext& context, Call& call) {
  TG_RETURN_IF_ERROR(Identify(context, call));
  TG_ASSIGN_OR_RETURN(call.slot, calls_.Take(call.caller.client));
  return absl::OkStatus();
}

absl::Status Dispatcher::Overloaded() {
  return Unavailable("SERVER_BUSY", "the server has more calls than it can queue; try again")
      .RetryAfter(absl::Seconds(1));
}

}  // namespace tunegate::rpc
