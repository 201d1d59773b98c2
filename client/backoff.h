// Backoff: how long to wait before the next attempt. Doubled with each, with a quarter of jitter:
// the clients of a server that went away must not all come back at once.
#ifndef TUNEGATE_CLIENT_BACKOFF_H_
#define TUNEGATE_CLIENT_BACKOFF_H_

#include <cstdint>

#include "absl/time/time.h"
#include "common/random.h"

namespace tunegate::client {

// Not thread-safe.
class Backoff {
 public:
  // Seed 0: a jitter of its own, in no two processes the same.
  Backoff(absl::Duration initial, absl::Duration max, uint64_t seed);

  // The wait after the first attempt and so many others in a row.
  absl::Duration After(int others);

 private:
  const absl::Duration initial_;
  const absl::Duration max_;
  Random random_;
};

}  // namespace tunegate::client

#endif  // TUNEGATE_CLIENT_BACKOFF_H_
