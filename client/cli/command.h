// Command: one verb with its options filled in. A verb is a struct of options with a Run; the
// parser (parser.h) fills the options, app.cc runs what was chosen, and tests do either alone.
#ifndef TUNEGATE_CLIENT_CLI_COMMAND_H_
#define TUNEGATE_CLIENT_CLI_COMMAND_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/cli/ending.h"

namespace tunegate::cli {

class Session;

class Command {
 public:
  virtual ~Command() = default;
  // What one option alone cannot tell: which ones exclude or need each other. Usage errors.
  virtual absl::Status Check() const { return absl::OkStatus(); }
  // Errors of the server's are client::FromRpc's, others are found here.
  virtual absl::StatusOr<Ending> Run(Session& session) const = 0;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_COMMAND_H_
