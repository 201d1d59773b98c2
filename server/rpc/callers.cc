#include "server/rpc/callers.h"

#include "common/digest.h"
#include "common/errors.h"

namespace tunegate::rpc {

absl::StatusOr<Caller> Callers::Identify(std::optional<std::string_view> authorization) const {
  if (names_by_digest_.empty()) return Caller{};
  constexpr std::string_view kScheme = "Bearer ";
  if (!authorization.has_value()) {
    return Unauthenticated("TOKEN_MISSING",
                           "this server wants a token: send 'authorization: Bearer TOKEN' "
                           "(the CLI reads it from TUNEGATE_TOKEN)");
  }
  if (authorization->substr(0, kScheme.size()) == kScheme) {
    // Looked up by digest, so that the time it takes tells nothing about the tokens.
    const auto found = names_by_digest_.find(Sha256Hex(authorization->substr(kScheme.size())));
    if (found != names_by_digest_.end()) {
      return Caller{.name = found->second, .authenticated = true};
    }
  }
  return Unauthenticated("TOKEN_REJECTED", "the token is none of those that this server knows");
}

}  // namespace tunegate::rpc
