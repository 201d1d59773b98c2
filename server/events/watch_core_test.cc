// What a watcher is promised. The guarantees that carry a name in event.proto have a test of that
// name in watch_guarantees_test.cc.
#include "server/events/watch_core.h"

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/events/test_log.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::events {
namespace {

WatchRequest After(int64_t position) {
  WatchRequest request;
  request.after_position = position;
  return request;
}

WatchRequest SnapshotOf(std::set<std::string> resources) {
  WatchRequest request;
  request.snapshot = true;
  request.filter.resources = std::move(resources);
  return request;
}

// Puts a job's record, with an event unless `silent`.
void PutJob(TestLog& log, const std::string& name, int64_t expected_revision,
            const std::string& owner = "", bool terminal = false, bool silent = false) {
  tunegate::store::v1::JobRecord job;
  job.mutable_resource()->set_name(name);
  store::Transaction transaction;
  store::Record record;
  record.name = name;
  record.owner = owner;
  record.terminal = terminal;
  record.payload = job.SerializeAsString();
  transaction.puts.push_back({.record = record, .expected_revision = expected_revision});
  v1::Event event = TestLog::EventOf(name, "", terminal);
  event.set_owner(owner);
  if (!silent) {
    transaction.events.push_back({.resource = name, .payload = event.SerializeAsString()});
  }
  const auto done = log.store->Commit(std::move(transaction));
  ASSERT_TRUE(done.ok()) << done.status();
  log.AwaitFeed(done->position);
}

std::string ReasonOfOpening(TestLog& log, const WatchRequest& request) {
  return DetailsOf(WatchCore::Open(&log.feed, &log.log_store, request, {}).status()).reason;
}

TEST(WatchCoreTest, FirstMessageTellsThePositionAndTheLogsId) {
  TestLog log;
  log.AwaitFeed(log.Commit("jobs/a"));
  const auto watch = log.MustOpen({});
  const auto messages = log.Drain(*watch);
  EXPECT_EQ(Outline(messages), "1! ");
  EXPECT_EQ(messages[0].log_id(), log.feed.log().log_id);
}

TEST(WatchCoreTest, FromNowLeavesOutWhatWasCommittedBefore) {
  TestLog log;
  log.AwaitFeed(log.Commit("jobs/a"));
  const auto watch = log.MustOpen({});
  log.AwaitFeed(log.Commit("jobs/b"));
  EXPECT_EQ(Outline(log.Drain(*watch)), "jobs/b@2 2! ");
}

TEST(WatchCoreTest, PositionZeroGivesAllThatIsKept) {
  TestLog log;
  for (int i = 0; i < 3; ++i) log.Commit("jobs/a");
  log.AwaitFeed(3);
  EXPECT_EQ(Outline(log.Drain(*log.MustOpen(After(0)))), "jobs/a@1 1- jobs/a@2 2- jobs/a@3 3! ");
  log.log_store.oldest_position = 2;
  EXPECT_EQ(Outline(log.Drain(*log.MustOpen(After(0)))), "jobs/a@3 3! ");
}

TEST(WatchCoreTest, PositionZeroOfALogThatIsKnownIsAPosition) {
  TestLog log;
  WatchRequest request = After(0);
  request.log_id = log.feed.log().log_id;
  for (int i = 0; i < 3; ++i) log.Commit("jobs/a");
  log.AwaitFeed(3);
  EXPECT_EQ(Outline(log.Drain(*log.MustOpen(request))), "jobs/a@1 1- jobs/a@2 2- jobs/a@3 3! ");
  log.log_store.oldest_position = 2;
  EXPECT_EQ(ReasonOfOpening(log, request), "POSITION_TOO_OLD")
      << "who saw an empty log would miss two events and not know";
}

TEST(WatchCoreTest, CommitsThatDoNotMatchMoveThePositionSilently) {
  TestLog log;
  const auto request = [&] {
    WatchRequest jobs = After(0);
    jobs.filter.kinds = {"jobs"};
    return jobs;
  }();
  const auto watch = log.MustOpen(request);
  EXPECT_EQ(Outline(log.Drain(*watch)), "0! ");
  log.Commit("datasets/a");
  log.AwaitFeed(log.Commit("datasets/b"));
  EXPECT_EQ(Outline(log.Drain(*watch)), "");
  log.AwaitFeed(log.Commit("jobs/a"));
  EXPECT_EQ(Outline(log.Drain(*watch)), "jobs/a@3 3! ");
}

TEST(WatchCoreTest, CaughtUpIsSaidAlsoWhenTheLastCommitsDoNotMatch) {
  TestLog log;
  log.Commit("jobs/a");
  log.AwaitFeed(log.Commit("datasets/a"));
  WatchRequest request = After(0);
  request.filter.kinds = {"jobs"};
  EXPECT_EQ(Outline(log.Drain(*log.MustOpen(request))), "jobs/a@1 1- 2! ");
}

TEST(WatchCoreTest, FilteredMessageHasOnlyTheMatchingEventsOfACommit) {
  TestLog log;
  log.AwaitFeed(log.Commit(
      {TestLog::EventOf("jobs/a"), TestLog::EventOf("datasets/x"), TestLog::EventOf("jobs/b")}));
  WatchRequest request = After(0);
  request.filter.kinds = {"jobs"};
  EXPECT_EQ(Outline(log.Drain(*log.MustOpen(request))), "jobs/a@1 jobs/b@1 1! ");
}

TEST(WatchCoreTest, OldPositionIsOutOfRange) {
  TestLog log;
  for (int i = 0; i < 5; ++i) log.Commit("jobs/a");
  log.AwaitFeed(5);
  log.log_store.oldest_position = 3;
  EXPECT_EQ(ReasonOfOpening(log, After(2)), "POSITION_TOO_OLD");
  EXPECT_EQ(ReasonOfOpening(log, After(3)), "");
}

TEST(WatchCoreTest, PositionThatAgesWhileTheWatcherSleepsIsOutOfRange) {
  TestLog log({.max_tail_events = 1, .poll_interval = absl::Hours(1)});
  const auto watch = log.MustOpen({});
  log.Drain(*watch);
  for (int i = 0; i < 5; ++i) log.Commit("jobs/a");
  log.AwaitFeed(5);
  log.log_store.oldest_position = 3;
  const absl::Status status = watch->NextMessage().status();
  EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
  EXPECT_EQ(DetailsOf(status).reason, "POSITION_TOO_OLD");
}

TEST(WatchCoreTest, OtherLogIsOutOfRange) {
  TestLog log({.max_tail_events = 100, .poll_interval = absl::Milliseconds(1)});
  log.AwaitFeed(log.Commit("jobs/a"));
  WatchRequest request = After(1);
  request.log_id = "of-another-log";
  EXPECT_EQ(ReasonOfOpening(log, request), "LOG_REPLACED");
  EXPECT_EQ(ReasonOfOpening(log, After(2)), "LOG_REPLACED") << "beyond the end";
  request.log_id = log.feed.log().log_id;
  const auto watch = log.MustOpen(request);
  log.Drain(*watch);
  log.log_store.replaced = true;
  ASSERT_TRUE(log.Await([&] { return log.feed.log().log_id == "another-log"; }));
  const absl::Status status = watch->NextMessage().status();
  EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
  EXPECT_EQ(DetailsOf(status).reason, "LOG_REPLACED");
}

TEST(WatchCoreTest, PositionAheadOfThisServersFeedIsWaitedFor) {
  // As when a client comes from another server that read faster.
  TestLog log({.max_tail_events = 100, .poll_interval = absl::Hours(1)}, false);
  log.Commit("jobs/a");
  const auto watch = log.MustOpen(After(1));
  EXPECT_EQ(Outline(log.Drain(*watch)), "1! ");
  log.Commit("jobs/b");
  log.feed.Poke();
  log.AwaitFeed(2);
  EXPECT_EQ(Outline(log.Drain(*watch)), "jobs/b@2 2! ");
}

TEST(WatchCoreTest, NeverReadsTheStoreWhereItMayNotBlock) {
  TestLog log({.max_tail_events = 2, .poll_interval = absl::Hours(1)});
  log.Commit("jobs/a");
  for (int i = 0; i < 9; ++i) log.Commit("datasets/a");
  log.AwaitFeed(10);
  WatchRequest request = After(0);
  request.filter.kinds = {"jobs"};
  const auto watch = log.MustOpen(request, {.read = {.events = 3, .bytes = 1 << 20}});
  ASSERT_TRUE(watch->NextMessage()->has_value());
  const int reads = log.log_store.event_reads;
  // Two commits are left of what was read ahead, and neither matches.
  const auto next = watch->NextMessage(WatchCore::Mode::kNeverBlocks);
  ASSERT_TRUE(next.ok() && !next->has_value());
  EXPECT_TRUE(watch->must_block());
  EXPECT_EQ(log.log_store.event_reads, reads);
  EXPECT_EQ(Outline(log.Drain(*watch)), "10! ");
  EXPECT_FALSE(watch->must_block());
}

TEST(WatchCoreTest, RequestsThatContradictThemselvesAreRefusedWithTheField) {
  TestLog log;
  const auto field_of = [&](const WatchRequest& request) {
    const absl::Status status = WatchCore::Open(&log.feed, &log.log_store, request, {}).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    const auto violations = DetailsOf(status).field_violations;
    return violations.empty() ? "" : violations[0].first;
  };
  EXPECT_EQ(field_of(After(-1)), "after_position");
  WatchRequest both = After(0);
  both.snapshot = true;
  EXPECT_EQ(field_of(both), "after_position");
  WatchRequest nothing_named;
  nothing_named.stop_when_terminal = true;
  EXPECT_EQ(field_of(nothing_named), "resources");
  WatchRequest kind_named = nothing_named;
  kind_named.filter.resources = {"jobs/a"};
  kind_named.filter.kinds = {"decisions"};
  EXPECT_EQ(field_of(kind_named), "resources");
}

TEST(WatchSnapshotTest, ComesFirstThenItsPositionThenWhatFollows) {
  TestLog log;
  PutJob(log, "jobs/a", 0);
  PutJob(log, "jobs/b", 0);
  WatchRequest request;
  request.snapshot = true;
  request.filter.kinds = {"jobs"};
  const auto watch = log.MustOpen(request);
  PutJob(log, "jobs/a", 1);
  const auto messages = log.Drain(*watch);
  EXPECT_EQ(Outline(messages), "jobs/a@2 jobs/b@2 0- 2- jobs/a@3 3! ");
  EXPECT_EQ(messages[0].events(0).type(), v1::Event::TYPE_SNAPSHOT);
  EXPECT_EQ(messages[0].events(0).job().name(), "jobs/a");
  EXPECT_EQ(messages[2].events(0).type(), v1::Event::TYPE_STATE_CHANGED);
}

TEST(WatchSnapshotTest, OfNothingIsJustABookmark) {
  TestLog log;
  EXPECT_EQ(Outline(log.Drain(*log.MustOpen(SnapshotOf({"jobs/none"})))), "0! ");
}

TEST(WatchSnapshotTest, OfAnEmptyLogStillEndsInABookmark) {
  TestLog log;
  PutJob(log, "jobs/a", 0, "", false, true);
  const auto watch = log.MustOpen(SnapshotOf({"jobs/a"}));
  EXPECT_EQ(watch->position(), std::nullopt) << "there is nothing to resume with yet";
  EXPECT_EQ(Outline(log.Drain(*watch)), "jobs/a@0 0- 0! ");
  EXPECT_EQ(watch->position(), 0);
}

TEST(WatchSnapshotTest, IncludesWhatANamedWorkflowOwns) {
  TestLog log;
  PutJob(log, "jobs/mine", 0, "workflows/w");
  PutJob(log, "jobs/other", 0, "workflows/v");
  WatchRequest request = SnapshotOf({"workflows/w"});
  EXPECT_EQ(Outline(log.Drain(*log.MustOpen(request))), "2! ");
  request.filter.include_owned = true;
  EXPECT_EQ(Outline(log.Drain(*log.MustOpen(request))), "jobs/mine@2 0- 2! ");
  request.filter.resources.insert("jobs/mine");
  EXPECT_EQ(Outline(log.Drain(*log.MustOpen(request))), "jobs/mine@2 0- 2! ") << "once";
}

TEST(WatchSnapshotTest, LabelsNarrowItAndTypesDoNot) {
  TestLog log;
  PutJob(log, "jobs/a", 0);
  WatchRequest request = SnapshotOf({"jobs/a"});
  request.filter.types = {v1::Event::TYPE_PROGRESS};
  EXPECT_EQ(Outline(log.Drain(*log.MustOpen(request))), "jobs/a@1 0- 1! ");
  request.filter.labels = {{"team", "search"}};
  EXPECT_EQ(Outline(log.Drain(*log.MustOpen(request))), "1! ");
}

TEST(WatchSnapshotTest, LargeOneComesInSeveralMessagesAndNoneOfThemIsAPosition) {
  TestLog log;
  for (int i = 0; i < 8; ++i) {
    tunegate::store::v1::JobRecord job;
    job.mutable_resource()->set_display_name(std::string(60000, 'x'));
    store::Transaction transaction;
    store::Record record;
    record.name = "jobs/" + std::to_string(i);
    record.payload = job.SerializeAsString();
    transaction.puts.push_back({.record = record, .expected_revision = 0});
    ASSERT_TRUE(log.store->Commit(std::move(transaction)).ok());
  }
  log.AwaitFeed(log.Commit("jobs/0"));
  WatchRequest request;
  request.snapshot = true;
  const auto watch = log.MustOpen(request);
  const auto messages = log.Drain(*watch);
  EXPECT_EQ(Outline(messages),
            "jobs/0@1 jobs/1@1 jobs/2@1 jobs/3@1 jobs/4@1 0- jobs/5@1 jobs/6@1 jobs/7@1 0- 1! ");
}

TEST(WatchSnapshotTest, ThatNobodyReadsMakesRoomForAnother) {
  TestLog log;
  PutJob(log, "jobs/a", 0);
  SnapshotRoom room({.bytes = 2, .patience = absl::Seconds(30)}, &log.clock);
  WatchRequest everything;
  everything.snapshot = true;
  const auto sleeper = log.MustOpen(everything, {.room = &room});
  EXPECT_EQ(
      DetailsOf(WatchCore::Open(&log.feed, &log.log_store, everything, {.room = &room}).status())
          .reason,
      "NO_ROOM_FOR_SNAPSHOT");
  log.clock.Advance(absl::Seconds(30));
  const auto next = log.MustOpen(everything, {.room = &room});
  EXPECT_EQ(DetailsOf(sleeper->NextMessage().status()).reason, "SNAPSHOT_NOT_READ");
  EXPECT_EQ(Outline(log.Drain(*next)), "jobs/a@1 0- 1! ");
}

// A store in which something is committed between the reads of a watch's opening.
class BusyStore : public store::ForwardingStore {
 public:
  explicit BusyStore(TestLog* log) : ForwardingStore(&log->log_store), log_(*log) {}
  absl::StatusOr<store::Record> Get(std::string_view name) override {
    auto record = ForwardingStore::Get(name);
    PutJob(log_, "jobs/a", ++revision_);
    return record;
  }

 private:
  TestLog& log_;
  int64_t revision_ = 0;
};

TEST(WatchSnapshotTest, IsOfOneMomentAlsoWhenTheLogDoesNotStandStill) {
  TestLog log;
  PutJob(log, "jobs/a", 0);
  BusyStore busy(&log);
  const auto watch = WatchCore::Open(&log.feed, &busy, SnapshotOf({"jobs/a"}), {});
  ASSERT_TRUE(watch.ok()) << watch.status();
  EXPECT_EQ(Outline(log.Drain(**watch)), "jobs/a@4 0- 4! ");
}

WatchRequest UntilTerminal(std::set<std::string> resources) {
  WatchRequest request;
  request.stop_when_terminal = true;
  request.filter.resources = std::move(resources);
  return request;
}

TEST(WatchEndTest, EndsWhenTheLastNamedResourceIsTerminal) {
  TestLog log;
  PutJob(log, "jobs/a", 0);
  PutJob(log, "jobs/b", 0);
  const auto watch = log.MustOpen(UntilTerminal({"jobs/a", "jobs/b"}));
  PutJob(log, "jobs/a", 1, "", true);
  EXPECT_EQ(Outline(log.Drain(*watch)), "jobs/a@3 3! ");
  EXPECT_FALSE(watch->ended());
  PutJob(log, "jobs/b", 1, "", true);
  PutJob(log, "jobs/b", 2, "", true);
  EXPECT_EQ(Outline(log.Drain(*watch)), "jobs/b@4 4- ") << "nothing after the one that ends it";
  EXPECT_TRUE(watch->ended());
}

TEST(WatchEndTest, ResourcesThatAreTerminalAtTheStartCount) {
  TestLog log;
  PutJob(log, "jobs/a", 0, "", true);
  const auto watch = log.MustOpen(UntilTerminal({"jobs/a"}));
  EXPECT_EQ(Outline(log.Drain(*watch)), "1! ");
  EXPECT_TRUE(watch->ended());
}

TEST(WatchEndTest, ResumedWatchGetsWhatItMissedBeforeItEnds) {
  TestLog log;
  PutJob(log, "jobs/a", 0);
  PutJob(log, "jobs/a", 1);
  PutJob(log, "jobs/a", 2, "", true);
  PutJob(log, "jobs/x", 0);
  WatchRequest request = UntilTerminal({"jobs/a"});
  request.after_position = 1;
  const auto watch = log.MustOpen(request);
  EXPECT_EQ(Outline(log.Drain(*watch)), "jobs/a@2 2- jobs/a@3 3- 4! ");
  EXPECT_TRUE(watch->ended());
}

TEST(WatchEndTest, SnapshotOfATerminalResourceIsSentBeforeItEnds) {
  TestLog log;
  PutJob(log, "jobs/a", 0, "", true);
  WatchRequest request = UntilTerminal({"jobs/a"});
  request.snapshot = true;
  const auto watch = log.MustOpen(request);
  EXPECT_EQ(Outline(log.Drain(*watch)), "jobs/a@1 0- 1! ");
  EXPECT_TRUE(watch->ended());
}

TEST(WatchEndTest, ResourceThatComesBackToLifeIsWaitedFor) {
  TestLog log;
  PutJob(log, "jobs/a", 0, "", true);
  PutJob(log, "jobs/b", 0);
  const auto watch = log.MustOpen(UntilTerminal({"jobs/a", "jobs/b"}));
  PutJob(log, "jobs/a", 1, "", false);
  PutJob(log, "jobs/b", 1, "", true);
  log.Drain(*watch);
  EXPECT_FALSE(watch->ended());
  PutJob(log, "jobs/a", 2, "", true);
  EXPECT_EQ(Outline(log.Drain(*watch)), "jobs/a@5 5! ");
  EXPECT_TRUE(watch->ended());
}

TEST(WatchEndTest, WhatTheProviderSaysAfterTheEndDoesNotReopenIt) {
  TestLog log;
  PutJob(log, "jobs/a", 0, "", true);
  PutJob(log, "jobs/b", 0);
  const auto watch = log.MustOpen(UntilTerminal({"jobs/a", "jobs/b"}));
  v1::Event late = TestLog::EventOf("jobs/a");
  late.set_type(v1::Event::TYPE_PROVIDER_EVENT);
  log.Commit({late});
  PutJob(log, "jobs/b", 1, "", true);
  log.Drain(*watch);
  EXPECT_TRUE(watch->ended());
}

TEST(WatchEndTest, TypesThatAreFilteredOutStillEndIt) {
  TestLog log;
  PutJob(log, "jobs/a", 0);
  WatchRequest request = UntilTerminal({"jobs/a"});
  request.filter.types = {v1::Event::TYPE_PROGRESS};
  const auto watch = log.MustOpen(request);
  log.Drain(*watch);
  PutJob(log, "jobs/a", 1, "", true);
  EXPECT_EQ(Outline(log.Drain(*watch)), "2! ") << "its position, so that nothing is repeated";
  EXPECT_TRUE(watch->ended());
}

TEST(WatchEndTest, ChangeWhileTheWatchOpensIsNeitherMissedNorCutOff) {
  TestLog log;
  PutJob(log, "jobs/a", 0);
  // Turns terminal right after it was read as running.
  class EndingStore : public store::ForwardingStore {
   public:
    explicit EndingStore(TestLog* log) : ForwardingStore(&log->log_store), log_(*log) {}
    absl::StatusOr<store::Record> Get(std::string_view name) override {
      auto record = ForwardingStore::Get(name);
      PutJob(log_, "jobs/a", 1, "", true);
      return record;
    }

   private:
    TestLog& log_;
  } ending(&log);
  const auto watch = WatchCore::Open(&log.feed, &ending, UntilTerminal({"jobs/a"}), {});
  ASSERT_TRUE(watch.ok()) << watch.status();
  EXPECT_EQ(Outline(log.Drain(**watch)), "jobs/a@2 2! ");
  EXPECT_TRUE((*watch)->ended());
}

TEST(WatchEndTest, NameThatDoesNotExistIsNotFound) {
  TestLog log;
  EXPECT_EQ(ReasonOfOpening(log, UntilTerminal({"jobs/typo"})), "RESOURCE_NOT_FOUND");
}

}  // namespace
}  // namespace tunegate::events
