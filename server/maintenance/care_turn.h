// CareTurn: checks, compactions and backups read for as long as reading takes, each on a thread of
// the server's few: one at a time.
#ifndef TUNEGATE_SERVER_MAINTENANCE_CARE_TURN_H_
#define TUNEGATE_SERVER_MAINTENANCE_CARE_TURN_H_

#include <atomic>
#include <memory>

#include "absl/status/statusor.h"

namespace tunegate::maintenance {

// Thread-safe. Outlives the turns that it gives.
class CareTurn {
 public:
  // Somebody's turn, until the last copy is gone.
  using Held = std::shared_ptr<const CareTurn>;

  CareTurn() = default;
  CareTurn(const CareTurn&) = delete;
  CareTurn& operator=(const CareTurn&) = delete;

  // RESOURCE_EXHAUSTED (CARE_UNDER_WAY, with RetryInfo) while it is somebody else's.
  absl::StatusOr<Held> Take();

 private:
  std::atomic<bool> taken_{false};
};

}  // namespace tunegate::maintenance

#endif  // TUNEGATE_SERVER_MAINTENANCE_CARE_TURN_H_
