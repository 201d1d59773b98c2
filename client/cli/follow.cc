#include "client/cli/follow.h"

#include <algorithm>
#include <optional>
#include <string>

#include "client/cli/error_text.h"
#include "client/cli/format.h"
#include "client/cli/session.h"
#include "client/client.h"
#include "common/clock.h"
#include "common/errors.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::cli {
namespace {

class Listener : public client::WatchListener {
 public:
  Listener(Session& session, const v1::WatchEventsRequest& request, Screen& screen)
      : session_(session),
        screen_(screen),
        nowhere_(nullptr),
        block_(session.json() ? nowhere_ : session.out(), session.terminal()) {
    if (request.has_after_position()) position_ = request.after_position();
  }

  bool OnMessage(const v1::WatchEventsResponse& response) override {
    if (session_.json()) session_.PrintJson(response);
    for (const v1::Event& event : response.events()) screen_.OnEvent(event, block_);
    // A snapshot's messages have none.
    if (response.position() > 0 || response.caught_up()) {
      position_ = std::max(position_.value_or(0), response.position());
    }
    screen_.OnCommit(position_.value_or(0), block_);
    // Nobody reads any more: app.cc says so.
    if (!session_.out()) return false;
    return !screen_.Ended();
  }

  void OnLost(const absl::Status& why, std::optional<int64_t> position) override {
    std::string text = "server unreachable (" + CodeName(why.code()) + "), retrying";
    if (position) text += "; last position " + std::to_string(*position);
    Say(text);
  }

  void OnBack(int64_t replayed, bool complete) override {
    Say("back; " + Counted(replayed, "event") + " replayed, " +
        (complete ? "none missed" : "from a snapshot: what lay between is not shown"));
  }

  void OnStartedAnew(const absl::Status& why) override {
    position_.reset();  // it may be of another log
    const std::string reason = DetailsOf(why).reason;
    Say("the server's log no longer has that position" +
        (reason.empty() ? "" : " (" + reason + ")") + "; going on from the present state");
  }

  // Where to go on; unset while that is not known.
  std::optional<int64_t> position() const { return position_; }
  LiveBlock& block() { return block_; }

 private:
  // On a terminal in its place among the lines; otherwise beside the data, on the error stream.
  void Say(const std::string& text) {
    const Line line = Line(" " + TimeOfDay(session_.clock().Now()) + "  ", Style::kFaint)
                          .Add(text, Style::kWarning);
    if (session_.terminal().interactive && !session_.json()) {
      block_.Print(line);
    } else {
      session_.err() << line.Render(kMaxColumns, false) << "\n" << std::flush;
    }
  }

  Session& session_;
  Screen& screen_;
  std::ostream nowhere_;
  LiveBlock block_;
  std::optional<int64_t> position_;
};

// What is said after Ctrl-C.
std::string LeftText(const Leaving& leaving, std::optional<int64_t> position) {
  std::string where, after;
  if (position) where = " at position " + std::to_string(*position);
  if (position && leaving.from_position) after = " --after " + std::to_string(*position);
  return "left" + where + "; " + leaving.what + " goes on. Again: " + leaving.again + after;
}

}  // namespace

absl::StatusOr<FollowEnd> Follow(Session& session, const v1::WatchEventsRequest& request,
                                 const Leaving& leaving, Screen& screen) {
  TG_ASSIGN_OR_RETURN(client::Client * client, session.Connect());
  Listener listener(session, request, screen);
  const auto open = [client](const v1::WatchEventsRequest& r) { return client->WatchEvents(r); };
  const absl::Status status =
      client::Watch(open, request, session.watch_options(), session.interrupt(), listener);
  listener.block().Keep();
  if (status.ok()) return FollowEnd::kEnded;
  if (!session.interrupt().Triggered()) return status;
  session.err() << Line(LeftText(leaving, listener.position())).Plain() << "\n";
  return FollowEnd::kInterrupted;
}

v1::WatchEventsRequest WatchToTheEnd(const std::string& resource, bool owned) {
  v1::WatchEventsRequest request;
  request.add_resources(resource);
  request.set_include_owned(owned);
  request.set_snapshot(true);
  request.set_stop_when_terminal(true);
  return request;
}

}  // namespace tunegate::cli
