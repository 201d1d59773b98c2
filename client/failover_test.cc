// The watch on real connections that break: what a subscriber of several replicas lives through.
#include <gmock/gmock.h>
#include <grpcpp/channel.h>
#include <gtest/gtest.h>

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "client/channel.h"
#include "client/client.h"
#include "client/testing/fake_server.h"
#include "client/testing/line.h"
#include "client/watch.h"
#include "tunegate/v1/event.pb.h"
#include "tunegate/v1/job.pb.h"

namespace tunegate::client {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr char kWatchEvents[] = "EventService/WatchEvents";
// A frame of HTTP/2 that asks for a sign of life.
constexpr int kPingBytes = 17;

// One of several servers of one log, at the far end of a line. Whatever is asked of it, it answers
// with the next event, which names the server, and then says no more.
struct Replica {
  explicit Replica(std::string name_of_it) : name(std::move(name_of_it)) {
    server.OnStream(kWatchEvents, [this](const FakeCall& call) {
      v1::WatchEventsRequest request;
      request.ParseFromString(call.requests.at(0));
      v1::WatchEventsResponse response;
      response.set_position(request.after_position() + 1);
      response.set_log_id("log-1");
      response.set_caught_up(true);
      v1::Event* event = response.add_events();
      event->set_position(response.position());
      event->set_resource(name);
      return FakeReply{.messages = {response.SerializeAsString()},
                       .status = absl::OkStatus(),
                       .hold_open = true};
    });
  }

  const std::string name;
  FakeServer server;
  Line line{server.address()};
};

class FailoverTest : public testing::Test, public WatchListener {
 protected:
  bool OnMessage(const v1::WatchEventsResponse& response) override {
    for (const v1::Event& event : response.events()) {
      positions_.push_back(event.position());
      told_by_.push_back(event.resource());
    }
    if (positions_.size() == 2) return false;
    fail_(told_by_.back() == one_.name ? one_ : two_);
    return true;
  }
  void OnLost(const absl::Status& why, std::optional<int64_t>) override { lost_.push_back(why); }

  // A watch of both, until the second event; the server that told the first one fails.
  void WatchWhile(std::function<void(Replica&)> fail) {
    fail_ = std::move(fail);
    Client client(*MakeChannel({.server = one_.line.address() + "," + two_.line.address()}), {},
                  &interrupt_);
    const auto open = [&](const v1::WatchEventsRequest& request) {
      return client.WatchEvents(request);
    };
    v1::WatchEventsRequest request;
    request.set_after_position(6);
    const WatchOptions options{.initial_backoff = absl::Milliseconds(10),
                               .max_backoff = absl::Milliseconds(100),
                               .silence_limit = absl::Seconds(1),
                               .keep_trying = true};
    EXPECT_TRUE(Watch(open, request, options, interrupt_, *this).ok());
  }

  void ExpectTheOtherOneWentOn() {
    EXPECT_THAT(positions_, ElementsAre(7, 8));
    ASSERT_THAT(told_by_, SizeIs(2));
    EXPECT_NE(told_by_[0], told_by_[1]);
    EXPECT_THAT(lost_, Not(IsEmpty()));
    for (const absl::Status& why : lost_) EXPECT_EQ(why.code(), absl::StatusCode::kUnavailable);
  }

  Interrupt interrupt_;
  Replica one_{"one"}, two_{"two"};
  std::function<void(Replica&)> fail_;
  std::vector<int64_t> positions_;
  std::vector<std::string> told_by_;
  std::vector<absl::Status> lost_;
};

TEST_F(FailoverTest, WatchOfAServerThatIsKilledGoesOnAtAnother) {
  WatchWhile([](Replica& replica) { replica.line.Break(); });
  ExpectTheOtherOneWentOn();
}

TEST_F(FailoverTest, WatchOfAServerThatVanishesWithoutAWordGoesOnAtAnother) {
  WatchWhile([](Replica& replica) { replica.line.Silence(); });
  ExpectTheOtherOneWentOn();
}

TEST_F(FailoverTest, WatchOfAServerThatHangsGoesOnAtAnother) {
  WatchWhile([](Replica& replica) {
    replica.server.OnStream(kWatchEvents, [](const FakeCall&) {
      return FakeReply{.messages = {}, .status = absl::OkStatus(), .hold_open = true};
    });
  });
  ExpectTheOtherOneWentOn();
}

// A call that only waits sends nothing but pings, of which gRPC allows two unless told otherwise.
TEST_F(FailoverTest, ConnectionIsAskedForASignOfLifeForAsLongAsACallWaits) {
  Client client(*MakeChannel({.server = one_.line.address(),
                              .keepalive = absl::Milliseconds(100),
                              .keepalive_timeout = absl::Milliseconds(500)}),
                {}, &interrupt_);
  const auto stream = client.WatchEvents({});
  v1::WatchEventsResponse response;
  ASSERT_TRUE(stream->Read(&response, absl::InfiniteDuration()));
  ASSERT_TRUE(one_.line.WaitUntilSent(one_.line.sent() + 6 * kPingBytes));
  one_.line.Silence();
  EXPECT_FALSE(stream->Read(&response, absl::Seconds(60)));
  const absl::Status status = stream->Finish();
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(status.message(), "the connection is silent") << "it was noticed before that";
}

TEST_F(FailoverTest, CallToAServerThatVanishesEndsLongBeforeItsDeadline) {
  one_.server.OnStream("JobService/GetJob", [](const FakeCall&) {
    return FakeReply{.messages = {}, .status = absl::OkStatus(), .hold_open = true};
  });
  Client client(*MakeChannel({.server = one_.line.address(),
                              .keepalive = absl::Milliseconds(100),
                              .keepalive_timeout = absl::Milliseconds(500)}),
                {.token = "", .deadline = absl::Hours(1)}, &interrupt_);
  std::thread vanish([this] {
    EXPECT_TRUE(one_.server.WaitForCalls("JobService/GetJob", 1));
    one_.line.Silence();
  });
  EXPECT_EQ(client.Call(v1::GetJobRequest()).status().code(), absl::StatusCode::kUnavailable);
  vanish.join();
}

}  // namespace
}  // namespace tunegate::client
