// CareTurn: checks, compactions and backups read for as long as reading takes, each on a thread of
// the server's few: one at a time.
#ifndef TUNEGATE_SERVER_MAINTENANCE_CARE_TURN_H_
#define TUNEGATE_SERVER_MAINTENANCE_CARE_TURN_H_

#include <atomic>
#include <memory>

#include "absl/status/status.h"
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

  // RESOURCE_EXHAUSTED (CARE_UNDER_WAY, with RetryInfo) while it is somebody else's; UNAVAILABLE
  // (SERVER_DRAINING) once closed.
  absl::StatusOr<Held> Take();

  // The server shuts down: nobody gets a turn any more, and whoever has it should end. Does not
  // block.
  void Close() { closed_.store(true); }
  // OK until it is closed, then UNAVAILABLE (SERVER_DRAINING). Does not block.
  absl::Status CheckOpen() const;

 private:
  std::atomic<bool> taken_{false};
  std::atomic<bool> closed_{false};
};

}  // namespace tunegate::maintenance

#endif  // TUNEGATE_SERVER_MAINTENANCE_CARE_TURN_H_
