// tunegate admin: what the server is, and the switch that stops all spending.
#ifndef TUNEGATE_CLIENT_CLI_ADMIN_H_
#define TUNEGATE_CLIENT_CLI_ADMIN_H_

#include <string>

#include "client/cli/command.h"

namespace tunegate::cli {

struct AdminInfo : Command {
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct AdminPause : Command {
  std::string reason;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct AdminResume : Command {
  absl::StatusOr<Ending> Run(Session& session) const override;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_ADMIN_H_
