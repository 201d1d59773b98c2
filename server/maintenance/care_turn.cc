#include "server/maintenance/care_turn.h"

#include "common/errors.h"

namespace tunegate::maintenance {
namespace {

constexpr absl::Duration kRetryDelay = absl::Seconds(10);

}  // namespace

absl::StatusOr<CareTurn::Held> CareTurn::Take() {
  TG_RETURN_IF_ERROR(CheckOpen());
  if (taken_.exchange(true)) {
    return ResourceExhausted(
               "CARE_UNDER_WAY",
               "another check, compaction or backup is under way on this server, which "
               "does one at a time; try again when it is done")
        .RetryAfter(kRetryDelay);
  }
  return Held(this, [this](const CareTurn*) { taken_.store(false); });
}

absl::Status CareTurn::CheckOpen() const {
  if (!closed_.load()) return absl::OkStatus();
  return Unavailable("SERVER_DRAINING",
                     "the server shuts down, and waits for no check, compaction or backup; call "
                     "again when it is back");
}

}  // namespace tunegate::maintenance
