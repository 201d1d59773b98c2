// Follow: watches until a screen has seen enough, and tells what every watch tells alike: that the
// connection was lost, that it is back, how to come again after Ctrl-C. With --output json each
// response is a line and the screen draws nothing.
#ifndef TUNEGATE_CLIENT_CLI_FOLLOW_H_
#define TUNEGATE_CLIENT_CLI_FOLLOW_H_

#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "client/cli/live.h"

namespace tunegate::v1 {
class Event;
class WatchEventsRequest;
}  // namespace tunegate::v1

namespace tunegate::cli {

class Session;

// What a watch shows.
class Screen {
 public:
  virtual ~Screen() = default;
  // One change, in order.
  virtual void OnEvent(const v1::Event& event, LiveBlock& block) = 0;
  // After the events of a commit, and after a bookmark: the place to redraw.
  virtual void OnCommit(int64_t /*position*/, LiveBlock& /*block*/) {}
  // True once nothing more is to come for this screen.
  virtual bool Ended() const = 0;
};

enum class FollowEnd { kEnded, kInterrupted };

// What is said after Ctrl-C.
struct Leaving {
  std::string what;            // goes on: "the job"
  std::string again;           // the command that watches it again
  bool from_position = false;  // with --after and the position that was reached
};

absl::StatusOr<FollowEnd> Follow(Session& session, const v1::WatchEventsRequest& request,
                                 const Leaving& leaving, Screen& screen);

// Names one resource and, if `owned`, what it makes; begins with their present state, and ends when
// the resource does.
v1::WatchEventsRequest WatchToTheEnd(const std::string& resource, bool owned);

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_FOLLOW_H_
