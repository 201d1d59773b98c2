// tunegate doctor: what is wrong with a server, and what to do about it. Works also where no server
// answers: that is then what is wrong.
#ifndef TUNEGATE_CLIENT_CLI_DOCTOR_H_
#define TUNEGATE_CLIENT_CLI_DOCTOR_H_

#include "client/cli/command.h"

namespace tunegate::cli {

struct Doctor : Command {
  // kFailed when a person is needed.
  absl::StatusOr<Ending> Run(Session& session) const override;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_DOCTOR_H_
