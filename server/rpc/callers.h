// Callers: who may call, by the token they bring. The same for gRPC and for HTTP.
#ifndef TUNEGATE_SERVER_RPC_CALLERS_H_
#define TUNEGATE_SERVER_RPC_CALLERS_H_

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "server/rpc/caller.h"

namespace tunegate::rpc {

// Immutable, so thread-safe.
class Callers {
 public:
  // Names by the SHA-256 of their tokens. Empty: everyone is "local".
  explicit Callers(std::map<std::string, std::string> names_by_digest)
      : names_by_digest_(std::move(names_by_digest)) {}

  // Who brings this `authorization` header; nullopt: none was sent. UNAUTHENTICATED (TOKEN_MISSING,
  // TOKEN_REJECTED). `Caller.client` is not set.
  absl::StatusOr<Caller> Identify(std::optional<std::string_view> authorization) const;

 private:
  const std::map<std::string, std::string> names_by_digest_;
};

}  // namespace tunegate::rpc

#endif  // TUNEGATE_SERVER_RPC_CALLERS_H_
