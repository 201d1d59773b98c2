// Caller: who makes a call. Idempotency is per caller, and overrides record who made them.
#ifndef TUNEGATE_SERVER_RPC_CALLER_H_
#define TUNEGATE_SERVER_RPC_CALLER_H_

#include <functional>
#include <string>

namespace tunegate::rpc {

struct Caller {
  // The configured name of an authenticated caller; "local" where everyone may call.
  std::string name = "local";
  // True when a token proved the name.
  bool authenticated = false;
  // Who limits count for: the proven name, otherwise the address (slots.h).
  std::string client = "";
  // True when nobody waits for the answer any more. For what takes long; to be asked only until the
  // call is answered. Empty where nobody can tell.
  std::function<bool()> gone = nullptr;
};

}  // namespace tunegate::rpc

#endif  // TUNEGATE_SERVER_RPC_CALLER_H_
