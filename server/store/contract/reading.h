// The contract of reading: lists, the log, snapshots.
#ifndef TUNEGATE_SERVER_STORE_CONTRACT_READING_H_
#define TUNEGATE_SERVER_STORE_CONTRACT_READING_H_

#include <algorithm>
#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/mutex.h"
#include "server/store/contract/fixture.h"

namespace tunegate::store {

// A query for `limit` records of a kind; the rest as usual.
inline ListQuery QueryOf(const std::string& kind, int limit = 1000) {
  ListQuery query;
  query.kind = kind;
  query.limit = limit;
  return query;
}

inline std::vector<std::string> NamesOf(const std::vector<Record>& records) {
  std::vector<std::string> names;
  for (const Record& record : records) names.push_back(record.name);
  return names;
}

TEST_P(StoreContract, ReadersFindNothingOlderThanWhatWasCommitted) {
  Create("jobs/a");
  constexpr int64_t kRevisions = 200;
  std::atomic<int64_t> committed = 1;
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      while (committed < kRevisions) {
        const int64_t before = committed;
        const auto peeked = store_->Peek("jobs/a");
        if (peeked != nullptr) {
          ASSERT_GE(peeked->revision, before);
        }
        const auto read = store_->Get("jobs/a");
        ASSERT_TRUE(read.ok()) << read.status();
        ASSERT_GE(read->revision, before);
      }
    });
  }
  for (int64_t revision = 1; revision < kRevisions; ++revision) {
    MustCommit(PutOf("jobs/a", revision, "x"));
    ++committed;
    // What was refused, or stood beside it, changes nothing.
    EXPECT_EQ(ReasonOf(store_->Commit(PutOf("jobs/a", revision, "y")).status()),
              "REVISION_CHANGED");
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(store_->Get("jobs/a")->revision, kRevisions);
  EXPECT_EQ(store_->Get("jobs/a")->payload, "x");
}

TEST_P(StoreContract, PeekKnowsOnlyWhatIsThere) {
  EXPECT_EQ(store_->Peek("jobs/a"), nullptr);
  EXPECT_TRUE(absl::IsNotFound(store_->Get("jobs/a").status()));
  EXPECT_EQ(store_->Peek("jobs/a"), nullptr);
  Create("jobs/a");
  const Record read = *store_->Get("jobs/a");
  if (const auto peeked = store_->Peek("jobs/a"); peeked != nullptr) {
    EXPECT_EQ(peeked->revision, read.revision);
    EXPECT_EQ(peeked->create_time, read.create_time);
    EXPECT_EQ(peeked->payload, read.payload);
  }
}

TEST_P(StoreContract, ListGivesNewestFirstAndNamesInByteOrderWithinATime) {
  Create("jobs/old");
  clock_.Advance(absl::Seconds(1));
  for (const char* name : {"jobs/b", "jobs/B", "jobs/\xC3\xA4", "jobs/a"}) Create(name);
  Create("datasets/x");
  EXPECT_THAT(NamesOf(*store_->List(QueryOf("jobs"))),
              testing::ElementsAre("jobs/\xC3\xA4", "jobs/b", "jobs/a", "jobs/B", "jobs/old"));
  ListQuery oldest_first = QueryOf("jobs");
  oldest_first.oldest_first = true;
  EXPECT_THAT(NamesOf(*store_->List(oldest_first)),
              testing::ElementsAre("jobs/old", "jobs/B", "jobs/a", "jobs/b", "jobs/\xC3\xA4"));
}

TEST_P(StoreContract, PagesMeetWithoutGapOrOverlapInBothOrders) {
  std::vector<std::string> expected;
  for (int i = 0; i < 23; ++i) {
    if (i % 3 == 0) clock_.Advance(absl::Microseconds(1));  // some share a time
    const std::string name = "jobs/j" + std::to_string(100 + i);
    Create(name);
    expected.push_back(name);
  }
  for (const bool oldest_first : {true, false}) {
    ListQuery query = QueryOf("jobs", 4);
    query.oldest_first = oldest_first;
    std::vector<std::string> names;
    while (true) {
      const auto page = store_->List(query);
      ASSERT_TRUE(page.ok()) << page.status();
      if (page->empty()) break;
      EXPECT_LE(page->size(), 4u);
      for (const Record& record : *page) names.push_back(record.name);
      query.after_create_time = page->back().create_time;
      query.after_name = page->back().name;
    }
    if (!oldest_first) std::reverse(expected.begin(), expected.end());
    EXPECT_EQ(names, expected);
    if (!oldest_first) std::reverse(expected.begin(), expected.end());
  }
}

TEST_P(StoreContract, PagingIsNotDisturbedByNewRecords) {
  for (const char* name : {"jobs/1", "jobs/2", "jobs/3"}) {
    clock_.Advance(absl::Seconds(1));
    Create(name);
  }
  ListQuery query = QueryOf("jobs", 2);
  const auto page = store_->List(query);
  ASSERT_TRUE(page.ok() && page->size() == 2u);
  clock_.Advance(absl::Seconds(1));
  Create("jobs/4");
  query.after_create_time = page->back().create_time;
  query.after_name = page->back().name;
  EXPECT_THAT(NamesOf(*store_->List(query)), testing::ElementsAre("jobs/1"));
}

TEST_P(StoreContract, ListFiltersByStateTaskAndOwnerTogether) {
  const auto create = [&](const std::string& name, const std::string& state,
                          const std::string& task, const std::string& owner) {
    Transaction transaction = PutOf(name, 0, "x");
    transaction.puts[0].record.state = state;
    transaction.puts[0].record.task = task;
    transaction.puts[0].record.owner = owner;
    clock_.Advance(absl::Seconds(1));
    MustCommit(transaction);
  };
  create("jobs/1", "RUNNING", "tasks/a", "workflows/w");
  create("jobs/2", "RUNNING", "tasks/b", "");
  create("jobs/3", "FAILED", "tasks/a", "workflows/w");
  ListQuery query = QueryOf("jobs");
  query.state = "RUNNING";
  EXPECT_THAT(NamesOf(*store_->List(query)), testing::ElementsAre("jobs/2", "jobs/1"));
  query.task = "tasks/a";
  EXPECT_THAT(NamesOf(*store_->List(query)), testing::ElementsAre("jobs/1"));
  query.state = "";
  query.owner = "workflows/w";
  EXPECT_THAT(NamesOf(*store_->List(query)), testing::ElementsAre("jobs/3", "jobs/1"));
  query.task = "tasks/b";
  EXPECT_TRUE(store_->List(query)->empty());
}

TEST_P(StoreContract, EventsOfACommitShareItsPositionInTheirOrder) {
  Transaction transaction = EventOf("jobs/a", "one");
  transaction.events.push_back({.resource = "workflows/w", .payload = "two"});
  const CommitResult done = MustCommit(transaction);
  EXPECT_EQ(done.position, 1);
  const std::vector<StoredEvent> events = AllEvents();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].position, 1);
  EXPECT_EQ(events[0].index, 0);
  EXPECT_EQ(events[0].resource, "jobs/a");
  EXPECT_EQ(events[0].payload, "one");
  EXPECT_EQ(events[0].time, done.time);
  EXPECT_EQ(events[1].position, 1);
  EXPECT_EQ(events[1].index, 1);
  EXPECT_EQ(events[1].resource, "workflows/w");
}

TEST_P(StoreContract, CommitWithoutEventsTakesNoPosition) {
  MustCommit(EventOf("jobs/a", "x"));
  EXPECT_EQ(MustCommit(PutOf("jobs/a", 0, "x")).position, 1);
  EXPECT_EQ(MustCommit(EventOf("jobs/a", "x")).position, 2);
  EXPECT_EQ(store_->ReadLogInfo()->newest_position, 2);
}

TEST_P(StoreContract, PositionsAreGaplessAndInCommitOrderUnderConcurrentWriters) {
  constexpr int kWriters = 8;
  constexpr int kCommits = 50;
  Create("jobs/taken");
  std::vector<std::vector<int64_t>> positions(kWriters);
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      const std::string resource = "jobs/" + std::to_string(w);
      for (int i = 0; i < kCommits; ++i) {
        Transaction transaction = EventOf(resource, std::to_string(i));
        transaction.events.push_back({.resource = resource, .payload = "second"});
        const auto done = store_->Commit(transaction);
        if (done.ok()) positions[w].push_back(done->position);
        // One that is refused must not use up a position.
        Transaction refused = EventOf(resource, "refused");
        refused.puts = PutOf("jobs/taken", 0, "x").puts;
        EXPECT_FALSE(store_->Commit(refused).ok());
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  const std::vector<StoredEvent> events = AllEvents();
  ASSERT_EQ(events.size(), static_cast<size_t>(2 * kWriters * kCommits));
  std::map<std::string, std::vector<int64_t>> by_resource;
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].position, static_cast<int64_t>(i / 2 + 1));
    EXPECT_EQ(events[i].index, static_cast<int32_t>(i % 2));
    if (events[i].index == 0) by_resource[events[i].resource].push_back(events[i].position);
  }
  for (int w = 0; w < kWriters; ++w) {
    EXPECT_EQ(by_resource["jobs/" + std::to_string(w)], positions[w]);
  }
}

TEST_P(StoreContract, ReadEventsGivesTheLastCommitWhole) {
  for (int i = 0; i < 3; ++i) {
    Transaction transaction;
    for (int k = 0; k < 4; ++k)
      transaction.events.push_back({.resource = "jobs/a", .payload = "x"});
    MustCommit(transaction);
  }
  const auto five = store_->ReadEvents({.after_position = 0, .max_events = 5});
  ASSERT_TRUE(five.ok());
  EXPECT_EQ(five->size(), 8u);
  EXPECT_EQ(five->back().position, 2);
  EXPECT_EQ(store_->ReadEvents({.after_position = 2, .max_events = 1})->size(), 4u);
  EXPECT_TRUE(store_->ReadEvents({.after_position = 3, .max_events = 1})->empty());
}

TEST_P(StoreContract, PositionBeforeTheOldestKeptIsOutOfRange) {
  const absl::Status status = store_->ReadEvents({.after_position = -1, .max_events = 1}).status();
  EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
  EXPECT_EQ(ReasonOf(status), "POSITION_TOO_OLD");
}

TEST_P(StoreContract, SnapshotAndItsPositionAreOfOneMoment) {
  // Each commit puts its number into two records and logs one event, so in any consistent state
  // both hold the position.
  Transaction first = EventOf("jobs/a", "x");
  first.puts = {PutOf("jobs/a", 0, "1").puts[0], PutOf("datasets/a", 0, "1").puts[0]};
  MustCommit(first);
  std::atomic<bool> done = false;
  std::thread writer([&] {
    for (int64_t i = 1; i < 200; ++i) {
      const std::string payload = std::to_string(i + 1);
      Transaction next = EventOf("jobs/a", "x");
      next.puts = {PutOf("jobs/a", i, payload).puts[0], PutOf("datasets/a", i, payload).puts[0]};
      EXPECT_TRUE(store_->Commit(next).ok());
    }
    done = true;
  });
  while (!done) {
    const auto snapshot = store_->ReadSnapshot({"jobs", "datasets"});
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    if (!snapshot.ok()) break;
    EXPECT_EQ(snapshot->records.size(), 2u);
    for (const Record& record : snapshot->records) {
      EXPECT_EQ(record.payload, std::to_string(snapshot->position));
    }
  }
  writer.join();
}

TEST_P(StoreContract, SnapshotHasOnlyTheKindsAskedFor) {
  Create("jobs/a");
  Create("settings/work");
  EXPECT_THAT(NamesOf(store_->ReadSnapshot({"jobs", "datasets"})->records),
              testing::ElementsAre("jobs/a"));
}

inline std::string Text(const Row& row) {
  return row.parent + "|" + row.stream + "|" + row.key + "|" + row.payload;
}

TEST_P(StoreContract, RowsOfEverybodyAreReadInPieces) {
  Transaction transaction;
  // Sorted by their bytes; a part of the name does not weigh more than what comes after it.
  const std::vector<Row> rows = {{"jobs/a", "calls", "1", "first"}, {"jobs/a", "calls", "2", ""},
                                 {"jobs/a", "events", "1", "x"},    {"jobs/a-b", "calls", "0", "x"},
                                 {"jobs/ab", "Calls", "9", "x"},    {"jobs/ab", "calls", "1", "x"}};
  transaction.rows = {rows.rbegin(), rows.rend()};
  MustCommit(transaction);
  for (const int limit : {1, 4, 100}) {
    std::vector<std::string> read;
    Row last;
    while (true) {
      auto page = store_->ReadAllRows(last, limit);
      ASSERT_TRUE(page.ok()) << page.status();
      if (page->empty()) break;
      EXPECT_LE(static_cast<int>(page->size()), limit);
      for (const Row& row : *page) read.push_back(Text(row));
      last = std::move(page->back());
    }
    std::vector<std::string> written;
    for (const Row& row : rows) written.push_back(Text(row));
    EXPECT_EQ(read, written) << limit;
  }
}

TEST_P(StoreContract, InspectionTellsSchemaSizeAndThatNothingIsDamaged) {
  MustCommit(EventOf("jobs/a", "x"));
  for (const bool look_for_damage : {false, true}) {
    const auto inspection = store_->Inspect(look_for_damage);
    ASSERT_TRUE(inspection.ok()) << inspection.status();
    EXPECT_FALSE(inspection->place.empty());
    EXPECT_GT(inspection->schema_version, 0);
    EXPECT_EQ(inspection->schema_version, inspection->known_schema_version);
    EXPECT_GT(inspection->size_bytes, 1000);
    EXPECT_EQ(inspection->damage, "");
    EXPECT_EQ(inspection->checked.empty(), !look_for_damage);
  }
}

TEST_P(StoreContract, InspectionFindsNoDamageWhileOthersWrite) {
  std::atomic<bool> stop = false;
  std::thread writer([&] {
    while (!stop) MustCommit(EventOf("jobs/a", "x"));
  });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(store_->Inspect(true)->damage, "");
  stop = true;
  writer.join();
}

TEST_P(StoreContract, ListenerIsCalledForEventsAndForWorkAndNotAfterItsRemoval) {
  std::atomic<int> calls = 0;
  Mutex mutex;
  CondVar called;
  store_->SetCommitListener([&] {
    MutexLock lock(mutex);
    ++calls;
    called.NotifyAll();
  });
  const auto wait_for_calls = [&](int count) {
    MutexLock lock(mutex);
    return called.WaitFor(lock, absl::Seconds(60), [&] { return calls >= count; });
  };
  MustCommit(EventOf("jobs/a", "x"));
  EXPECT_TRUE(wait_for_calls(1));
  ScheduleIn("jobs/a", absl::ZeroDuration());
  EXPECT_TRUE(wait_for_calls(2));
  store_->SetCommitListener(nullptr);
  const int before = calls;
  MustCommit(EventOf("jobs/a", "x"));
  EXPECT_EQ(calls, before);
}

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_CONTRACT_READING_H_
