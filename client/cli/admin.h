// tunegate admin: what the server is, the switch that stops all spending, and the care of what it
// keeps.
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

struct AdminCheck : Command {
  // kFailed when something is wrong.
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct AdminCompact : Command {
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct AdminBackup : Command {
  std::string file;
  bool force = false;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

// Asks no server.
struct AdminRestore : Command {
  std::string file;
  std::string data_dir;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_ADMIN_H_
