#include "server/events/feed.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/events/test_log.h"

namespace tunegate::events {
namespace {

// The positions of what Read gives.
std::vector<int64_t> PositionsAfter(Feed& feed, int64_t position, int64_t max_events = 1000) {
  const auto commits = feed.Read(position, {.events = max_events});
  EXPECT_TRUE(commits.ok()) << commits.status();
  std::vector<int64_t> positions;
  if (!commits.ok()) return positions;
  for (const auto& commit : *commits) positions.push_back(commit->position);
  return positions;
}

TEST(FeedTest, TailGivesWhatWasCommittedSinceItStarted) {
  TestLog log;
  for (int i = 0; i < 3; ++i) log.Commit("jobs/a");
  log.AwaitFeed(3);
  EXPECT_THAT(PositionsAfter(log.feed, 0), testing::ElementsAre(1, 2, 3));
  EXPECT_THAT(PositionsAfter(log.feed, 2), testing::ElementsAre(3));
  EXPECT_THAT(PositionsAfter(log.feed, 3), testing::IsEmpty());
  EXPECT_THAT(PositionsAfter(log.feed, 9), testing::IsEmpty());
}

TEST(FeedTest, ReadGivesAtLeastOneWholeCommit) {
  TestLog log;
  log.Commit({TestLog::EventOf("jobs/a"), TestLog::EventOf("jobs/b"), TestLog::EventOf("jobs/c")});
  log.Commit("jobs/a");
  log.AwaitFeed(2);
  const auto commits = log.feed.Read(0, {.events = 1});
  ASSERT_TRUE(commits.ok() && commits->size() == 1u);
  EXPECT_EQ(commits->front()->events.size(), 3u);
}

TEST(FeedTest, ReadGivesNoMoreThanAskedFor) {
  TestLog log({.max_tail_events = 4, .poll_interval = absl::Hours(1)});
  for (int i = 0; i < 8; ++i) log.Commit({TestLog::EventOf("jobs/a", std::string(1000, 'x'))});
  log.AwaitFeed(8);
  for (const int64_t after : {0, 4}) {  // from the store, from the tail
    const auto two = log.feed.Read(after, {.events = 2});
    ASSERT_TRUE(two.ok()) << two.status();
    EXPECT_EQ(two->size(), 2u);
    const auto few_bytes = log.feed.Read(after, {.bytes = 3500});
    ASSERT_TRUE(few_bytes.ok()) << few_bytes.status();
    EXPECT_EQ(few_bytes->size(), 3u);
    const auto least = log.feed.Read(after, {.bytes = 1});
    ASSERT_TRUE(least.ok()) << least.status();
    EXPECT_EQ(least->size(), 1u) << "one commit is always given";
  }
}

TEST(FeedTest, TailIsBoundedInBytesToo) {
  TestLog log({.max_tail_events = 1000, .max_tail_bytes = 4500, .poll_interval = absl::Hours(1)});
  for (int i = 0; i < 8; ++i) log.Commit({TestLog::EventOf("jobs/a", std::string(1000, 'x'))});
  log.AwaitFeed(8);
  EXPECT_TRUE(log.feed.ReadTail(4, {}).has_value());
  EXPECT_FALSE(log.feed.ReadTail(3, {}).has_value());
}

TEST(FeedTest, BytesAreTheEventWithItsPositionAndTime) {
  TestLog log;
  v1::Event event = TestLog::EventOf("jobs/a", "hello", true);
  event.set_owner("workflows/w");
  (*event.mutable_labels())["team"] = "search";
  log.Commit({event});
  log.AwaitFeed(1);
  const auto commits = log.feed.Read(0, {});
  ASSERT_TRUE(commits.ok() && commits->size() == 1u);
  const FeedEvent& fed = commits->front()->events.front();
  v1::Event read;
  ASSERT_TRUE(read.ParseFromString(std::string(fed.bytes())));
  EXPECT_EQ(read.position(), 1);
  EXPECT_EQ(read.time().seconds(), 1800000000);
  EXPECT_EQ(read.time().nanos(), 1000);
  EXPECT_EQ(read.message(), "hello");
  EXPECT_EQ(read.resource(), "jobs/a");
  EXPECT_EQ(fed.owner, "workflows/w");
  EXPECT_TRUE(fed.terminal);
  EXPECT_EQ(fed.labels.at("team"), "search");
}

TEST(FeedTest, ReadersShareTheBytesOfTheTail) {
  TestLog log;
  log.Commit("jobs/a");
  log.AwaitFeed(1);
  const auto one = log.feed.Read(0, {});
  const auto other = log.feed.Read(0, {});
  ASSERT_TRUE(one.ok() && other.ok());
  EXPECT_EQ(one->front()->events[0].bytes().data(), other->front()->events[0].bytes().data());
}

TEST(FeedTest, WhatFellOutOfTheTailIsReadFromTheStore) {
  TestLog log({.max_tail_events = 2, .poll_interval = absl::Hours(1)});
  for (int i = 0; i < 5; ++i) log.Commit("jobs/a");
  log.AwaitFeed(5);
  EXPECT_TRUE(log.feed.ReadTail(3, {}).has_value());
  EXPECT_FALSE(log.feed.ReadTail(2, {}).has_value());
  log.log_store.failures_left = 1000000;
  EXPECT_THAT(PositionsAfter(log.feed, 3), testing::ElementsAre(4, 5));
  EXPECT_TRUE(absl::IsUnavailable(log.feed.Read(1, {}).status()));
  log.log_store.failures_left = 0;
  EXPECT_THAT(PositionsAfter(log.feed, 1), testing::ElementsAre(2, 3, 4, 5));
}

TEST(FeedTest, MissedWakeUpsDoNoHarm) {
  TestLog log({.max_tail_events = 100, .poll_interval = absl::Milliseconds(1)}, false);
  for (int i = 0; i < 3; ++i) log.Commit("jobs/a");
  log.AwaitFeed(3);
  EXPECT_THAT(PositionsAfter(log.feed, 0), testing::ElementsAre(1, 2, 3));
}

TEST(FeedTest, WakeUpsWithoutCauseDoNoHarm) {
  TestLog log;
  log.Commit("jobs/a");
  for (int i = 0; i < 100; ++i) log.feed.Poke();
  log.AwaitFeed(1);
  EXPECT_THAT(PositionsAfter(log.feed, 0), testing::ElementsAre(1));
}

TEST(FeedTest, PositionBeforeTheOldestKeptIsOutOfRange) {
  TestLog log({.max_tail_events = 1, .poll_interval = absl::Hours(1)});
  for (int i = 0; i < 5; ++i) log.Commit("jobs/a");
  log.AwaitFeed(5);
  log.log_store.oldest_position = 3;
  const absl::Status status = log.feed.Read(2, {}).status();
  EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
  EXPECT_EQ(DetailsOf(status).reason, "POSITION_TOO_OLD");
  EXPECT_THAT(PositionsAfter(log.feed, 3), testing::ElementsAre(4, 5));
}

TEST(FeedTest, ReaderGoesOnAfterTroubleOfTheStore) {
  TestLog log({.max_tail_events = 100, .poll_interval = absl::Milliseconds(1)});
  log.log_store.failures_left = 5;
  log.Commit("jobs/a");
  log.AwaitFeed(1);
  EXPECT_EQ(log.log_store.failures_left, 0);
  EXPECT_THAT(PositionsAfter(log.feed, 0), testing::ElementsAre(1));
}

TEST(FeedTest, ReplacedLogIsNoticed) {
  TestLog log({.max_tail_events = 100, .poll_interval = absl::Milliseconds(1)});
  EXPECT_NE(log.feed.log().log_id, "another-log");
  log.log_store.replaced = true;
  EXPECT_TRUE(log.Await([&] { return log.feed.log().log_id == "another-log"; }));
}

TEST(FeedTest, ListenersHearThatRetentionWentPastTheReader) {
  TestLog log({.poll_interval = absl::Hours(1)}, false);
  std::atomic<int> calls = 0;
  const int id = log.feed.AddListener([&] { ++calls; });
  for (int i = 0; i < 3; ++i) log.Commit("jobs/a");
  log.log_store.oldest_position = 3;
  log.feed.Poke();
  log.AwaitFeed(3);
  EXPECT_TRUE(log.Await([&] { return calls == 1; })) << "watchers in the gap have to be told";
  log.feed.RemoveListener(id);
}

TEST(FeedTest, DamagedEventIsPassedOnWithWhatTheStoreKnows) {
  TestLog log;
  store::Transaction transaction;
  transaction.events.push_back({.resource = "jobs/a", .payload = "\xff\xff\xff"});
  transaction.events.push_back({.resource = "jobs/b", .payload = ""});
  ASSERT_TRUE(log.store->Commit(std::move(transaction)).ok());
  log.AwaitFeed(1);
  const auto commits = log.feed.Read(0, {});
  ASSERT_TRUE(commits.ok() && commits->size() == 1u);
  ASSERT_EQ(commits->front()->events.size(), 2u);
  v1::Event read;
  ASSERT_TRUE(read.ParseFromString(std::string(commits->front()->events[0].bytes())));
  EXPECT_EQ(read.resource(), "jobs/a");
  EXPECT_EQ(read.position(), 1);
  EXPECT_THAT(read.message(), testing::HasSubstr("damaged"));
}

TEST(FeedTest, RemovedListenerIsNotRunningAnyMore) {
  TestLog log;
  for (int i = 0; i < 200; ++i) {
    auto calls = std::make_unique<std::atomic<int>>(0);  // gone when the listener is
    const int id = log.feed.AddListener([&calls = *calls] { ++calls; });
    log.Commit("jobs/a");
    if (i % 2 == 0) log.AwaitFeed(i + 1);
    log.feed.RemoveListener(id);
  }
}

TEST(FeedTest, ListenerMayReadTheFeedAndRemoveItself) {
  TestLog log;
  std::atomic<int> calls = 0;
  int id = 0;
  std::atomic<bool> known = false;
  id = log.feed.AddListener([&] {
    if (!known) return;
    ++calls;
    EXPECT_TRUE(log.feed.Read(0, {}).ok());
    log.feed.RemoveListener(id);
  });
  known = true;
  log.Commit("jobs/a");
  EXPECT_TRUE(log.Await([&] { return calls == 1; }));
  log.AwaitFeed(log.Commit("jobs/a"));
  EXPECT_EQ(calls, 1);
}

FeedEvent EventWith(const std::string& resource, const std::string& owner, int type,
                    std::map<std::string, std::string> labels) {
  FeedEvent event;
  event.resource = resource;
  event.owner = owner;
  event.type = type;
  event.labels = std::move(labels);
  return event;
}

TEST(EventFilterTest, EmptyFilterMatchesEverything) {
  EXPECT_TRUE(Matches({}, EventWith("jobs/a", "", 1, {})));
}

TEST(EventFilterTest, NamesAndKindsAreAlternatives) {
  EventFilter filter;
  filter.resources = {"jobs/a"};
  filter.kinds = {"decisions"};
  EXPECT_TRUE(Matches(filter, EventWith("jobs/a", "", 1, {})));
  EXPECT_TRUE(Matches(filter, EventWith("decisions/x", "", 1, {})));
  EXPECT_FALSE(Matches(filter, EventWith("jobs/ab", "", 1, {})));
  EXPECT_FALSE(Matches(filter, EventWith("datasets/a", "", 1, {})));
}

TEST(EventFilterTest, OwnedResourcesMatchOnlyWhenIncluded) {
  EventFilter filter;
  filter.resources = {"workflows/w"};
  const FeedEvent child = EventWith("jobs/a", "workflows/w", 1, {});
  EXPECT_FALSE(Matches(filter, child));
  filter.include_owned = true;
  EXPECT_TRUE(Matches(filter, child));
  EXPECT_FALSE(Matches(filter, EventWith("jobs/b", "workflows/v", 1, {})));
  EXPECT_FALSE(Matches(filter, EventWith("jobs/b", "", 1, {})));
}

TEST(EventFilterTest, TypesAndEveryLabelMustMatch) {
  EventFilter filter;
  filter.types = {2, 3};
  filter.labels = {{"team", "search"}, {"env", "prod"}};
  EXPECT_TRUE(Matches(
      filter, EventWith("jobs/a", "", 3, {{"env", "prod"}, {"team", "search"}, {"more", "x"}})));
  EXPECT_FALSE(Matches(filter, EventWith("jobs/a", "", 1, {{"env", "prod"}, {"team", "search"}})));
  EXPECT_FALSE(Matches(filter, EventWith("jobs/a", "", 3, {{"team", "search"}})));
  EXPECT_FALSE(Matches(filter, EventWith("jobs/a", "", 3, {{"env", "test"}, {"team", "search"}})));
}

}  // namespace
}  // namespace tunegate::events
