// ProviderAccess: how a configured provider is looked at for operators, without spending.
#ifndef TUNEGATE_SERVER_ADMIN_PROVIDER_ACCESS_H_
#define TUNEGATE_SERVER_ADMIN_PROVIDER_ACCESS_H_

#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace tunegate::admin {

// What one question told.
struct ProviderLook {
  absl::Status status = {};                        // OK: it answers and takes the key
  bool answered = false;                           // something did, if only with a refusal
  bool sandbox = false;                            // it says that it is the sandbox
  std::optional<absl::Duration> clock_ahead = {};  // its clock minus ours, where it tells a time
};

struct ProviderAccess {
  std::string name;
  std::string base_url;
  // Blocks for a few times `timeout` at most.
  std::function<ProviderLook(absl::Duration timeout)> look;
};

}  // namespace tunegate::admin

#endif  // TUNEGATE_SERVER_ADMIN_PROVIDER_ACCESS_H_
