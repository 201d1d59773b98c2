// tunegate task: what a model is to learn, as data.
#ifndef TUNEGATE_CLIENT_CLI_TASK_H_
#define TUNEGATE_CLIENT_CLI_TASK_H_

#include <string>

#include "client/cli/command.h"
#include "client/cli/options.h"

namespace tunegate::cli {

struct TaskInfer : Command {
  std::string file;  // "-": standard input
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct TaskCreate : Command {
  std::string file;
  std::string id;
  bool dry_run = false;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct TaskList : Command {
  ListOptions list;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

struct TaskShow : Command {
  std::string name;
  absl::StatusOr<Ending> Run(Session& session) const override;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_TASK_H_
