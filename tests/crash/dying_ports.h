// Ports that kill the process, by SIGKILL, at one of their points, and that write down every point
// as it is passed: right before and right after every commit, every call to the outside and every
// blob that is put or deleted, and right after every claim of work.
#ifndef TUNEGATE_TESTS_CRASH_DYING_PORTS_H_
#define TUNEGATE_TESTS_CRASH_DYING_PORTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/server.h"

namespace tunegate::crash {

struct DyingOptions {
  // "before commit 17", "after call 3": the seventeenth, or third, of the whole process to get
  // there (answers come in an order of their own). Empty: never dies.
  std::string die;
  // One line a point that was passed, with what it was about: "before commit 17 jobs/x", "after
  // call 3 CreateJob", and of a commit that recorded answers how many: "after commit 21
  // evaluations/x answers 4". A process that died at a point has it last. Empty: none.
  std::string log_file;
};

// INVALID_ARGUMENT for a point that cannot be read.
absl::StatusOr<PortWrappers> MakeDyingPorts(const DyingOptions& options);

}  // namespace tunegate::crash

#endif  // TUNEGATE_TESTS_CRASH_DYING_PORTS_H_
