// WorkPause: the switch that stops all spending. Stored, so that it holds over restarts and for
// every server that shares the store.
#ifndef TUNEGATE_SERVER_ADMIN_WORK_PAUSE_H_
#define TUNEGATE_SERVER_ADMIN_WORK_PAUSE_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/store/store.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::admin {

struct PauseState {
  bool paused = false;
  std::string reason;
  absl::Time since;
};

// How often paused work looks whether it may go on.
inline constexpr absl::Duration kPausePoll = absl::Seconds(2);
// The failure reason of work that waits for the switch.
inline constexpr std::string_view kWorkPaused = "WORK_PAUSED";

// Thread-safe; blocks on the store.
class WorkPause {
 public:
  WorkPause(store::Store* store, const Clock* clock) : store_(store), clock_(clock) {}

  absl::StatusOr<PauseState> Read() const;
  absl::StatusOr<PauseState> Set(bool paused, std::string_view reason);

  // The failure that blocked work shows.
  static v1::Failure FailureFor(const PauseState& state);

 private:
  store::Store* store_;
  const Clock* clock_;
};

}  // namespace tunegate::admin

#endif  // TUNEGATE_SERVER_ADMIN_WORK_PAUSE_H_
