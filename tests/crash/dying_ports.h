// Ports that kill the process, by SIGKILL, right before or right after the n-th commit or the n-th
// call to the outside, and that write down every such point as it is passed.
#ifndef TUNEGATE_TESTS_CRASH_DYING_PORTS_H_
#define TUNEGATE_TESTS_CRASH_DYING_PORTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/server.h"

namespace tunegate::crash {

// "before commit 17", "after call 3": counted from 1, over the whole process. Empty: never dies.
struct DyingOptions {
  std::string die;
  // One line a point that was passed: "commit 17 jobs/x", "call 3 CreateJob". Empty: none.
  std::string log_file;
};

// INVALID_ARGUMENT for a point that cannot be read.
absl::StatusOr<PortWrappers> MakeDyingPorts(const DyingOptions& options);

}  // namespace tunegate::crash

#endif  // TUNEGATE_TESTS_CRASH_DYING_PORTS_H_
