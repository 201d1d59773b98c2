#include "client/cli/event.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "client/cli/testing/cli_test.h"
#include "common/errors.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::cli {
namespace {

using client::FakeCall;
using client::FakeReply;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using v1::Event;
using v1::WatchEventsRequest;
using v1::WatchEventsResponse;

Event Progress(int64_t position, bool terminal = false) {
  auto event = Proto<Event>(R"(
    resource: "jobs/nov" type: TYPE_PROGRESS time { seconds: 1795341600 } message: "step"
    job { name: "jobs/nov" state: STATE_RUNNING
          progress { done: 7 total: 10 figures { key: "loss" value: 0.083 } } })");
  event.set_position(position);
  event.set_terminal(terminal);
  return event;
}

std::string Message(const std::vector<Event>& events, int64_t position) {
  WatchEventsResponse response;
  for (const Event& event : events) *response.add_events() = event;
  response.set_position(position);
  response.set_log_id("log-1");
  response.set_caught_up(true);
  return response.SerializeAsString();
}

WatchEventsRequest Asked(const FakeCall& call) {
  WatchEventsRequest request;
  request.ParseFromString(call.requests.at(0));
  return request;
}

// The positions in the second column of event rows.
std::vector<std::string> Positions(const std::string& out) {
  std::vector<std::string> positions;
  for (const std::string& line : Lines(out)) {
    const size_t tab = line.find('\t');
    positions.push_back(line.substr(tab + 1, line.find('\t', tab + 1) - tab - 1));
  }
  return positions;
}

class EventTest : public CliTest {
 protected:
  // A watch whose log ends at 500 and is replaced, as by a restore.
  static FakeReply Replaced() {
    return {.messages = {Message({Progress(500)}, 500)},
            .status = OutOfRange("LOG_REPLACED", "of another log")};
  }
  // Ctrl-C once the event of that position is shown.
  void InterruptAfterPosition(int64_t position) {
    on_output_ = [this, row = "\t" + std::to_string(position) + "\t"](const std::string& out) {
      if (out.find(row) != std::string::npos) interrupt_.Trigger();
    };
  }
  // Ctrl-C once the server has so many watches.
  Ran RunUntilCall(size_t calls, std::vector<std::string> arguments) {
    std::thread later([this, calls] {
      EXPECT_TRUE(server_.WaitForCalls("EventService/WatchEvents", calls));
      interrupt_.Trigger();
    });
    Ran ran = Run(std::move(arguments));
    later.join();
    return ran;
  }
};

TEST_F(EventTest, ParsesSelectionAndRefusesContradictions) {
  const auto watch = ParseAs<EventWatch>({"event", "watch", "workflows/nov", "--owned", "--types",
                                          "progress", "--label", "team=search", "--after", "0"});
  EXPECT_THAT(watch->selection.resources, ElementsAre("workflows/nov"));
  EXPECT_TRUE(watch->selection.owned);
  EXPECT_EQ(watch->selection.after, 0);
  EXPECT_THAT(UsageErrorOf({"event", "watch", "nov"}),
              StartsWith("RESOURCES: expected a full name such as jobs/nov or decisions/-"));
  EXPECT_THAT(UsageErrorOf({"event", "watch", "--types", "all"}), StartsWith("--types: expected"));
  EXPECT_THAT(UsageErrorOf({"event", "watch", "--snapshot", "--after", "3"}),
              StartsWith("--snapshot: "));
  EXPECT_THAT(UsageErrorOf({"event", "watch", "--until-terminal"}),
              StartsWith("--until-terminal: "));
}

TEST_F(EventTest, RowsAreStableAndTabSeparated) {
  AnswerWatches({{.messages = {Message({Progress(1841, true)}, 1841)}}});
  const Ran ran = Run({"event", "watch", "jobs/nov", "--after", "0", "--until-terminal"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(ran.out, "2026-11-22T10:00:00Z\t1841\tjobs/nov\tRUNNING\tstep=7/10 loss=0.083\tstep\n");
  const auto calls = server_.Calls("EventService/WatchEvents");
  EXPECT_TRUE(Asked(calls.at(0)).has_after_position());
  EXPECT_TRUE(Asked(calls.at(0)).stop_when_terminal());
}

TEST_F(EventTest, JsonIsOneResponseALine) {
  AnswerWatches(
      {{.messages = {Message({Progress(5)}, 5), Message({}, 6), Message({Progress(7, true)}, 7)}}});
  const Ran ran = Run({"event", "watch", "jobs/nov", "--until-terminal", "--output", "json"});
  EXPECT_EQ(Lines(ran.out).size(), 3u);
  EXPECT_TRUE(IsJsonLines(ran.out)) << ran.out;
  EXPECT_THAT(Lines(ran.out).at(0), HasSubstr("\"position\":\"5\""));
}

TEST_F(EventTest, LostConnectionIsOneLineAndComesBackWithoutGapsOrRepeats) {
  AnswerWatches({{.messages = {Message({Progress(5)}, 5), Message({Progress(6)}, 6)},
                  .status = Unavailable("SERVER_DRAINING", "going away")},
                 {.messages = {Message({Progress(6)}, 6), Message({Progress(7)}, 7),
                               Message({Progress(8, true)}, 8)}}});
  const Ran ran = Run({"event", "watch", "jobs/nov", "--until-terminal"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(Positions(ran.out), ElementsAre("5", "6", "7", "8"));
  EXPECT_THAT(Lines(ran.err),
              ElementsAre(" 10:00:00  server unreachable (UNAVAILABLE), retrying; last position 6",
                          " 10:00:00  back; 0 events replayed, none missed"));
}

// The server really goes away in the middle of a stream and comes back on its port.
TEST_F(EventTest, ServerThatRestartsMidStreamCostsNoEventAndRepeatsNone) {
  server_.OnStream("EventService/WatchEvents", [](const FakeCall& call) {
    const WatchEventsRequest request = Asked(call);
    FakeReply reply;
    const int64_t after = request.has_after_position() ? request.after_position() : 0;
    // The log has five events, and eight after the restart, which the client sees by resuming.
    const bool resumed = !request.log_id().empty();
    for (int64_t position = after + 1; position <= (resumed ? 8 : 5); ++position) {
      reply.messages.push_back(Message({Progress(position, position == 8)}, position));
    }
    reply.hold_open = !resumed;
    return reply;
  });
  on_output_ = [this, stopped = false](const std::string& out) mutable {
    if (stopped || out.find("\t3\t") == std::string::npos) return;
    stopped = true;
    server_.Stop();
    server_.Restart();
  };
  const Ran ran = Run({"event", "watch", "jobs/nov", "--after", "0", "--until-terminal"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(Positions(ran.out), ElementsAre("1", "2", "3", "4", "5", "6", "7", "8"));
  EXPECT_THAT(ran.err, HasSubstr("server unreachable"));
}

TEST_F(EventTest, PositionThatIsNoLongerKeptIsTold) {
  AnswerWatches({{.status = OutOfRange("POSITION_TOO_OLD", "no longer kept")},
                 {.messages = {Message({Progress(90, true)}, 90)}}});
  const Ran ran = Run({"event", "watch", "jobs/nov", "--after", "3", "--until-terminal"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("no longer has that position (POSITION_TOO_OLD)"));
  const auto calls = server_.Calls("EventService/WatchEvents");
  EXPECT_TRUE(Asked(calls.at(1)).snapshot());
}

TEST_F(EventTest, InterruptSaysHowToComeBack) {
  AnswerWatches({{.messages = {Message({Progress(5)}, 5)}, .hold_open = true}});
  InterruptAfterPosition(5);
  const Ran ran = Run({"event", "watch", "jobs/nov"});
  EXPECT_EQ(ran.code, 130);
  EXPECT_THAT(ran.err, HasSubstr("left at position 5; the log goes on. "
                                 "Again: tunegate event watch jobs/nov --after 5\n"));
}

TEST_F(EventTest, InterruptBeforeTheFirstChangeNamesThePositionThatWasAskedFor) {
  AnswerWatches({{.hold_open = true}});
  EXPECT_THAT(RunUntilCall(1, {"event", "watch", "--after", "3"}).err,
              HasSubstr("Again: tunegate event watch --after 3\n"));
}

TEST_F(EventTest, InterruptBeforeAnythingIsKnownNamesNoPosition) {
  AnswerWatches({{.hold_open = true}});
  EXPECT_THAT(RunUntilCall(1, {"event", "watch"}).err,
              HasSubstr("left; the log goes on. Again: tunegate event watch\n"));
}

// What the new log has before such a position would be left out in silence.
TEST_F(EventTest, PositionOfALogThatWasReplacedIsNotNamed) {
  AnswerWatches({Replaced(), {.hold_open = true}});
  EXPECT_THAT(RunUntilCall(2, {"event", "watch"}).err,
              HasSubstr("left; the log goes on. Again: tunegate event watch\n"));
}

TEST_F(EventTest, PositionOfTheNewLogIsNamedThoughTheOldOneWasLonger) {
  AnswerWatches({Replaced(), {.messages = {Message({Progress(7)}, 7)}, .hold_open = true}});
  InterruptAfterPosition(7);
  EXPECT_THAT(Run({"event", "watch"}).err, HasSubstr("Again: tunegate event watch --after 7\n"));
}

TEST_F(EventTest, HostileMessagesReachTheTerminalHarmless) {
  Event event = Progress(5, true);
  event.set_message("\x1b]0;owned\x07verdict: GO\nverdict: GO");
  AnswerWatches({{.messages = {Message({event}, 5)}}});
  environment_["NO_COLOR"] = "1";
  const Ran ran = RunOnTerminal({"event", "watch", "jobs/nov", "--until-terminal"});
  EXPECT_EQ(ran.out.find('\x1b'), std::string::npos);
  EXPECT_EQ(Lines(ran.out).size(), 1u);
}

TEST_F(EventTest, ListShowsAPage) {
  server_.On<v1::ListEventsRequest>([](const v1::ListEventsRequest&) {
    v1::ListEventsResponse response;
    *response.add_events() = Progress(5);
    response.set_next_page_token("p2");
    return response;
  });
  const Ran ran = Run({"event", "list", "jobs/nov", "--types", "state-changed", "--after", "4"});
  EXPECT_THAT(Positions(ran.out), ElementsAre("5"));
  EXPECT_EQ(Sent<v1::ListEventsRequest>().types(0), Event::TYPE_STATE_CHANGED);
  EXPECT_EQ(Sent<v1::ListEventsRequest>().after_position(), 4);
  EXPECT_THAT(ran.err, HasSubstr("--page-token p2"));
}

TEST_F(EventTest, ListGoesOnBehindPagesThatFoundNothing) {
  server_.On<v1::ListEventsRequest>([](const v1::ListEventsRequest& request) {
    v1::ListEventsResponse response;
    if (request.page_token().empty()) {
      response.set_next_page_token("p2");
    } else {
      *response.add_events() = Progress(70'000);
    }
    return response;
  });
  EXPECT_THAT(Positions(Run({"event", "list", "jobs/nov"}).out), ElementsAre("70000"));
}

}  // namespace
}  // namespace tunegate::cli
