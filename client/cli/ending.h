// Ending: how a command ended, in the program's own words. Only app.cc turns it into an exit code.
#ifndef TUNEGATE_CLIENT_CLI_ENDING_H_
#define TUNEGATE_CLIENT_CLI_ENDING_H_

namespace tunegate::cli {

enum class Ending {
  kDone,          // what was asked for is done; a verdict is GO
  kFailed,        // what was watched or checked has failed
  kNoGo,          // the verdict
  kInconclusive,  // the verdict
  kCancelled,     // what was watched was cancelled
  kInterrupted,   // Ctrl-C
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_ENDING_H_
