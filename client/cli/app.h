// The program without its surroundings: arguments in, exit code out. The one place where endings
// and errors become exit codes.
#ifndef TUNEGATE_CLIENT_CLI_APP_H_
#define TUNEGATE_CLIENT_CLI_APP_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/cli/ending.h"
#include "client/cli/parser.h"
#include "client/cli/session.h"

namespace tunegate::cli {

// A parser that knows every noun.
Parser MakeParser();

// 0 done or GO, 1 failed, 2 usage, 3 NO_GO, 4 INCONCLUSIVE, 5 cancelled, 64 + code for a gRPC
// error, 130 for an interrupt.
int ExitCode(const absl::StatusOr<Ending>& ending, bool interrupted);

// Parses, runs, tells the error if there is one. `arguments` without the program's name.
int RunTunegate(const std::vector<std::string>& arguments, World& world);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_APP_H_
