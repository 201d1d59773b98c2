#include "server/maintenance/care_turn.h"

#include "common/errors.h"

namespace tunegate::maintenance {
namespace {

constexpr absl::Duration kRetryDelay = absl::Seconds(10);

}  // namespace

absl::StatusOr<CareTurn::Held> CareTurn::Take() {
  if (taken_.exchange(true)) {
    return ResourceExhausted(
               "CARE_UNDER_WAY",
               "another check, compaction or backup is under way on this server, which "
               "does one at a time; try again when it is done")
        .RetryAfter(kRetryDelay);
  }
  return Held(this, [this](const CareTurn*) { taken_.store(false); });
}

}  // namespace tunegate::maintenance
