#include "client/watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <thread>
#include <vector>

#include "common/clock.h"
#include "common/errors.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using v1::Event;
using v1::WatchEventsRequest;
using v1::WatchEventsResponse;

// What one connection gives before it ends.
struct Script {
  std::vector<WatchEventsResponse> messages = {};
  absl::Status status = absl::OkStatus();
};

class ScriptedStream : public EventStream {
 public:
  ScriptedStream(Script script, std::vector<absl::Duration>* patience)
      : script_(std::move(script)), patience_(*patience) {}
  bool Read(WatchEventsResponse* response, absl::Duration patience) override {
    patience_.push_back(patience);
    if (next_ == script_.messages.size()) return false;
    *response = script_.messages[next_++];
    return true;
  }
  absl::Status Finish() override { return script_.status; }

 private:
  Script script_;
  std::vector<absl::Duration>& patience_;
  size_t next_ = 0;
};

WatchEventsResponse Commit(int64_t position, bool caught_up = false) {
  WatchEventsResponse response;
  Event* event = response.add_events();
  event->set_position(position);
  event->set_type(Event::TYPE_PROGRESS);
  response.set_position(position);
  response.set_log_id("log-1");
  response.set_caught_up(caught_up);
  return response;
}

WatchEventsResponse Snapshot(const std::string& resource) {
  WatchEventsResponse response;
  Event* event = response.add_events();
  event->set_resource(resource);
  event->set_type(Event::TYPE_SNAPSHOT);
  response.set_log_id("log-1");
  return response;
}

WatchEventsResponse Bookmark(int64_t position) {
  WatchEventsResponse response;
  response.set_position(position);
  response.set_log_id("log-1");
  response.set_caught_up(true);
  return response;
}

absl::Status Gone() { return Unavailable("", "gone"); }

class WatchTest : public testing::Test, public WatchListener {
 protected:
  bool OnMessage(const WatchEventsResponse& response) override {
    for (const Event& event : response.events()) {
      seen_.push_back(event.type() == Event::TYPE_SNAPSHOT ? "snapshot " + event.resource()
                                                           : std::to_string(event.position()));
    }
    return !(leave_at_ && response.position() >= *leave_at_);
  }
  void OnLost(const absl::Status&, std::optional<int64_t> position) override {
    seen_.push_back(position ? "lost after " + std::to_string(*position) : "lost");
    if (interrupt_when_lost_) interrupt_.Trigger();
  }
  void OnBack(int64_t replayed, bool complete) override {
    seen_.push_back("back " + std::to_string(replayed) + (complete ? "" : " incomplete"));
  }
  void OnStartedAnew(const absl::Status& why) override {
    seen_.push_back("anew " + DetailsOf(why).reason);
  }

  absl::Status Run(const WatchEventsRequest& request) {
    const OpenEventStream open = [this](const WatchEventsRequest& asked) {
      requests_.push_back(asked);
      Script script{.messages = {}, .status = NotFound("SCRIPT_ENDED", "no more connections")};
      if (!scripts_.empty()) {
        script = scripts_.front();
        scripts_.pop_front();
      }
      return std::make_unique<ScriptedStream>(script, &patience_);
    };
    return Watch(open, request, options_, interrupt_, *this);
  }

  WatchOptions options_{.initial_backoff = absl::Microseconds(1),
                        .max_backoff = absl::Microseconds(8)};
  Interrupt interrupt_;
  std::deque<Script> scripts_;
  std::vector<WatchEventsRequest> requests_;
  std::vector<absl::Duration> patience_;  // of every Read
  std::vector<std::string> seen_;
  std::optional<int64_t> leave_at_;
  bool interrupt_when_lost_ = false;
};

WatchEventsRequest UntilTerminal() {
  WatchEventsRequest request;
  request.set_stop_when_terminal(true);
  return request;
}

TEST_F(WatchTest, GoesOnAfterTheLastPositionAndSaysHowManyWereReplayed) {
  scripts_ = {{.messages = {Commit(5), Commit(6, true)}, .status = Gone()},
              {.messages = {Commit(7), Commit(8, true), Commit(9, true)}}};
  EXPECT_TRUE(Run(UntilTerminal()).ok());
  EXPECT_THAT(seen_, ElementsAre("5", "6", "lost after 6", "7", "8", "back 2", "9"));
  ASSERT_EQ(requests_.size(), 2u);
  EXPECT_EQ(requests_[1].after_position(), 6);
  EXPECT_EQ(requests_[1].log_id(), "log-1");
  EXPECT_TRUE(requests_[1].stop_when_terminal());
}

TEST_F(WatchTest, GoesOnAfterAnEmptyLogAsAfterAnyPosition) {
  scripts_ = {{.messages = {Bookmark(0)}, .status = Gone()}, {.messages = {Commit(1, true)}}};
  EXPECT_TRUE(Run(UntilTerminal()).ok());
  ASSERT_EQ(requests_.size(), 2u);
  EXPECT_TRUE(requests_[1].has_after_position());
  EXPECT_EQ(requests_[1].after_position(), 0);
  EXPECT_EQ(requests_[1].log_id(), "log-1") << "or 0 would be the oldest that is kept";
}

TEST_F(WatchTest, DropsWhatWasSeenAlready) {
  scripts_ = {{.messages = {Commit(5), Commit(6)}, .status = Gone()},
              {.messages = {Commit(5), Commit(6), Commit(7, true)}}};
  EXPECT_TRUE(Run(UntilTerminal()).ok());
  EXPECT_THAT(seen_, ElementsAre("5", "6", "lost after 6", "7", "back 1"));
}

TEST_F(WatchTest, BookmarkMovesThePositionOn) {
  scripts_ = {{.messages = {Commit(5), Bookmark(40)}, .status = Gone()}, {.messages = {}}};
  EXPECT_TRUE(Run(UntilTerminal()).ok());
  ASSERT_EQ(requests_.size(), 2u);
  EXPECT_EQ(requests_[1].after_position(), 40);
}

TEST_F(WatchTest, SnapshotThatBreaksOffIsTakenAgain) {
  WatchEventsRequest request = UntilTerminal();
  request.set_snapshot(true);
  scripts_ = {{.messages = {Snapshot("jobs/a")}, .status = Gone()},
              {.messages = {Snapshot("jobs/a"), Bookmark(12)}, .status = Gone()},
              {.messages = {}}};
  EXPECT_TRUE(Run(request).ok());
  ASSERT_EQ(requests_.size(), 3u);
  EXPECT_TRUE(requests_[1].snapshot());
  EXPECT_FALSE(requests_[1].has_after_position());
  EXPECT_FALSE(requests_[2].snapshot());
  EXPECT_EQ(requests_[2].after_position(), 12);
}

TEST_F(WatchTest, PositionThatIsNoLongerKeptStartsAnewWithASnapshotAndSaysSo) {
  scripts_ = {{.messages = {Commit(5)}, .status = Gone()},
              {.messages = {}, .status = OutOfRange("POSITION_TOO_OLD", "no longer kept")},
              {.messages = {Snapshot("jobs/a"), Bookmark(90)}, .status = Gone()},
              {.messages = {Commit(91, true)}}};
  EXPECT_TRUE(Run(UntilTerminal()).ok());
  EXPECT_THAT(seen_, ElementsAre("5", "lost after 5", "anew POSITION_TOO_OLD", "snapshot jobs/a",
                                 "back 1 incomplete", "lost after 90", "91", "back 1"));
  EXPECT_TRUE(requests_[2].snapshot());
  EXPECT_EQ(requests_[2].log_id(), "");
}

TEST_F(WatchTest, LossAfterAStartAnewIsCompleteAgain) {
  scripts_ = {{.messages = {Commit(5)}, .status = OutOfRange("POSITION_TOO_OLD", "not kept")},
              {.messages = {Snapshot("jobs/a"), Bookmark(90)}, .status = Gone()},
              {.messages = {Commit(91, true)}}};
  EXPECT_TRUE(Run(UntilTerminal()).ok());
  EXPECT_THAT(seen_, ElementsAre("5", "anew POSITION_TOO_OLD", "snapshot jobs/a", "lost after 90",
                                 "91", "back 1"));
}

TEST_F(WatchTest, LossWithinAStartAnewIsNotComplete) {
  scripts_ = {{.messages = {Commit(5)}, .status = OutOfRange("POSITION_TOO_OLD", "not kept")},
              {.messages = {Snapshot("jobs/a")}, .status = Gone()},
              {.messages = {Snapshot("jobs/a"), Bookmark(90)}}};
  EXPECT_TRUE(Run(UntilTerminal()).ok());
  EXPECT_THAT(seen_, ElementsAre("5", "anew POSITION_TOO_OLD", "snapshot jobs/a", "lost",
                                 "snapshot jobs/a", "back 1 incomplete"));
}

TEST_F(WatchTest, OutOfRangeTwiceInARowIsAnError) {
  WatchEventsRequest request;
  request.set_after_position(3);
  const absl::Status too_old = OutOfRange("POSITION_TOO_OLD", "no longer kept");
  scripts_ = {{.messages = {}, .status = too_old}, {.messages = {}, .status = too_old}};
  EXPECT_EQ(Run(request).code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(requests_.size(), 2u);
}

TEST_F(WatchTest, StartingAnewAgainAndAgainIsDoneWithPauses) {
  const Script too_slow{.messages = {Snapshot("jobs/a"), Bookmark(90)},
                        .status = OutOfRange("POSITION_TOO_OLD", "no longer kept")};
  scripts_ = {too_slow, too_slow, too_slow, {.messages = {Snapshot("jobs/a"), Bookmark(95)}}};
  WatchEventsRequest request = UntilTerminal();
  request.set_snapshot(true);
  options_.initial_backoff = options_.max_backoff = absl::Milliseconds(40);
  const absl::Duration begin = RealClock().Monotonic();
  EXPECT_TRUE(Run(request).ok());
  EXPECT_THAT(seen_, ElementsAre("snapshot jobs/a", "anew POSITION_TOO_OLD", "snapshot jobs/a",
                                 "anew POSITION_TOO_OLD", "snapshot jobs/a",
                                 "anew POSITION_TOO_OLD", "snapshot jobs/a"));
  EXPECT_GE(RealClock().Monotonic() - begin, 2 * absl::Milliseconds(30)) << "the first has none";
}

TEST_F(WatchTest, WhateverAServerThatGoesLeavesBehindIsALoss) {
  const std::vector<absl::Status> last_words = {
      Unavailable("SERVER_DRAINING", "go on with after_position 5").Metadata("position", "5"),
      absl::UnavailableError("GOAWAY received"),
      absl::UnavailableError("Socket closed"),
      absl::CancelledError("CANCELLED"),
      absl::UnknownError("Stream removed"),
      absl::InternalError("Received RST_STREAM with error code 2"),
  };
  for (const absl::Status& status : last_words) {
    seen_.clear();
    requests_.clear();
    scripts_ = {{.messages = {Commit(5)}, .status = status}, {.messages = {Commit(6, true)}}};
    EXPECT_TRUE(Run(UntilTerminal()).ok()) << status;
    EXPECT_THAT(seen_, ElementsAre("5", "lost after 5", "6", "back 1")) << status;
    EXPECT_EQ(requests_.back().after_position(), 5) << status;
  }
}

TEST_F(WatchTest, ServerThatWasNeverReachedIsAnErrorAtOnce) {
  scripts_ = {{.messages = {}, .status = Gone()}};
  EXPECT_EQ(Run({}).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(requests_.size(), 1u);
  EXPECT_THAT(seen_, IsEmpty());
}

TEST_F(WatchTest, ServiceWaitsForAServerThatWasNeverReached) {
  options_.keep_trying = true;
  WatchEventsRequest request = UntilTerminal();
  request.set_after_position(4);
  request.set_log_id("log-1");
  scripts_ = {{.messages = {}, .status = Gone()},
              {.messages = {}, .status = Unavailable("SERVER_DRAINING", "ask another one")},
              {.messages = {Commit(5, true)}}};
  EXPECT_TRUE(Run(request).ok());
  EXPECT_THAT(seen_, ElementsAre("lost", "5", "back 1"));
  ASSERT_EQ(requests_.size(), 3u);
  EXPECT_EQ(requests_[2].after_position(), 4);
  EXPECT_EQ(requests_[2].log_id(), "log-1");
}

TEST_F(WatchTest, ServiceDoesNotWaitForWhatWaitingDoesNotMend) {
  options_.keep_trying = true;
  scripts_ = {{.messages = {}, .status = PermissionDenied("NO_ACCESS", "no")}};
  EXPECT_EQ(Run({}).code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(WatchTest, EveryMessageIsWaitedForOnlySoLong) {
  scripts_ = {{.messages = {Commit(5)}, .status = Gone()}, {.messages = {Commit(6, true)}}};
  EXPECT_TRUE(Run(UntilTerminal()).ok());
  EXPECT_THAT(patience_, ElementsAre(absl::Seconds(45), absl::Seconds(45), absl::Seconds(45),
                                     absl::Seconds(45)));
  patience_.clear();
  options_.silence_limit = absl::Seconds(7);
  scripts_ = {{.messages = {Commit(5, true)}}};
  EXPECT_TRUE(Run(UntilTerminal()).ok());
  EXPECT_THAT(patience_, ElementsAre(absl::Seconds(7), absl::Seconds(7)));
}

TEST_F(WatchTest, KeepsTryingWhileTheServerIsAway) {
  scripts_ = {{.messages = {Commit(5)}, .status = Gone()},
              {.messages = {}, .status = Gone()},
              {.messages = {}, .status = Gone()},
              {.messages = {Commit(6, true)}}};
  EXPECT_TRUE(Run(UntilTerminal()).ok());
  EXPECT_THAT(seen_, ElementsAre("5", "lost after 5", "6", "back 1"));
}

TEST_F(WatchTest, EndOfAStreamWithoutEndIsALoss) {
  scripts_ = {{.messages = {Commit(5)}}, {.messages = {Commit(6, true)}}};
  leave_at_ = 6;
  EXPECT_TRUE(Run({}).ok());
  EXPECT_THAT(seen_, ElementsAre("5", "lost after 5", "6"));
}

TEST_F(WatchTest, ErrorThatWaitingDoesNotMendEndsTheWatch) {
  scripts_ = {{.messages = {Commit(5)}, .status = PermissionDenied("NO_ACCESS", "no")}};
  EXPECT_EQ(Run({}).code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(WatchTest, InterruptEndsTheWaitForTheServer) {
  scripts_ = {{.messages = {Commit(5)}, .status = Gone()}};
  interrupt_when_lost_ = true;
  const absl::Status status = Run({});
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(DetailsOf(status).reason, "INTERRUPTED");
  EXPECT_EQ(requests_.size(), 1u);
}

TEST_F(WatchTest, ListenerMayLeave) {
  scripts_ = {{.messages = {Commit(5), Commit(6), Commit(7)}}};
  leave_at_ = 6;
  EXPECT_TRUE(Run({}).ok());
  EXPECT_THAT(seen_, ElementsAre("5", "6"));
}

}  // namespace
}  // namespace tunegate::client
