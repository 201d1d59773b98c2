// The contract of Commit: all or nothing, revisions, requests, rows.
#ifndef TUNEGATE_SERVER_STORE_CONTRACT_COMMITS_H_
#define TUNEGATE_SERVER_STORE_CONTRACT_COMMITS_H_

#include <string>
#include <thread>
#include <vector>

#include "server/store/contract/fixture.h"

namespace tunegate::store {

TEST_P(StoreContract, CreatedRecordReadsBackWithWhatTheStoreSets) {
  Transaction transaction = PutOf("jobs/a", 0, std::string("pay\0load", 8));
  transaction.puts[0].record.state = "RUNNING";
  transaction.puts[0].record.task = "tasks/t";
  transaction.puts[0].record.owner = "workflows/w";
  const CommitResult done = MustCommit(transaction);
  const Record record = MustGet("jobs/a");
  EXPECT_EQ(record.state, "RUNNING");
  EXPECT_EQ(record.task, "tasks/t");
  EXPECT_EQ(record.owner, "workflows/w");
  EXPECT_EQ(record.payload, std::string("pay\0load", 8));
  EXPECT_EQ(record.revision, 1);
  EXPECT_EQ(record.create_time, clock_.Now());
  EXPECT_EQ(record.create_time, done.time);
  EXPECT_FALSE(record.terminal);
  EXPECT_FALSE(record.end_time.has_value());
}

TEST_P(StoreContract, GetOfAnUnknownNameIsNotFound) {
  const absl::Status status = store_->Get("jobs/none").status();
  EXPECT_TRUE(absl::IsNotFound(status));
  EXPECT_EQ(ReasonOf(status), "RESOURCE_NOT_FOUND");
}

TEST_P(StoreContract, PutRaisesTheRevisionAndKeepsTheCreateTime) {
  Create("jobs/a");
  const absl::Time created = clock_.Now();
  clock_.Advance(absl::Seconds(5));
  MustCommit(PutOf("jobs/a", 1, "second"));
  const Record record = MustGet("jobs/a");
  EXPECT_EQ(record.revision, 2);
  EXPECT_EQ(record.payload, "second");
  EXPECT_EQ(record.create_time, created);
}

TEST_P(StoreContract, EndTimeIsSetWhenTerminalFirstBecomesTrueAndGoesWithIt) {
  Create("jobs/a");
  const auto put = [&](int64_t revision, bool terminal) {
    Transaction transaction = PutOf("jobs/a", revision, "x");
    transaction.puts[0].record.terminal = terminal;
    clock_.Advance(absl::Seconds(1));
    MustCommit(transaction);
    return MustGet("jobs/a");
  };
  const absl::Time ended = clock_.Now() + absl::Seconds(1);
  EXPECT_EQ(put(1, true).end_time, ended);
  EXPECT_EQ(put(2, true).end_time, ended);
  EXPECT_EQ(put(3, false).end_time, std::nullopt);
  EXPECT_EQ(put(4, true).end_time, ended + absl::Seconds(3));
}

TEST_P(StoreContract, PutAtAnotherRevisionIsAborted) {
  Create("jobs/a");
  MustCommit(PutOf("jobs/a", 1, "second"));
  const absl::Status status = store_->Commit(PutOf("jobs/a", 1, "late")).status();
  EXPECT_TRUE(absl::IsAborted(status)) << status;
  EXPECT_EQ(ReasonOf(status), "REVISION_CHANGED");
  EXPECT_EQ(DetailsOf(status).metadata["resource"], "jobs/a");
  EXPECT_EQ(MustGet("jobs/a").payload, "second");
}

TEST_P(StoreContract, PutOfAnUnknownNameAtARevisionIsAborted) {
  const absl::Status status = store_->Commit(PutOf("jobs/none", 3, "x")).status();
  EXPECT_TRUE(absl::IsAborted(status)) << status;
  EXPECT_EQ(ReasonOf(status), "REVISION_CHANGED");
}

TEST_P(StoreContract, CreatingATakenNameAlreadyExists) {
  Create("jobs/a");
  const absl::Status status = store_->Commit(PutOf("jobs/a", 0, "again")).status();
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  EXPECT_EQ(ReasonOf(status), "NAME_TAKEN");
  EXPECT_EQ(MustGet("jobs/a").payload, "first");
}

TEST_P(StoreContract, RefusedTransactionLeavesNothing) {
  Create("jobs/taken");
  Transaction transaction = PutOf("jobs/new", 0, "x");
  transaction.puts.push_back(PutOf("jobs/taken", 9, "x").puts[0]);
  transaction.events.push_back({.resource = "jobs/new", .payload = "event"});
  transaction.rows.push_back({.parent = "jobs/new", .stream = "s", .key = "k", .payload = "p"});
  transaction.schedule.push_back({.name = "jobs/new", .delay = absl::ZeroDuration()});
  transaction.idempotency = Idempotency{
      .caller = "c", .method = "m", .request_id = "r", .resource = "jobs/new", .digest = "d"};
  EXPECT_TRUE(absl::IsAborted(store_->Commit(transaction).status()));
  EXPECT_TRUE(absl::IsNotFound(store_->Get("jobs/new").status()));
  EXPECT_TRUE(AllEvents().empty());
  EXPECT_TRUE(store_->ReadRows("jobs/new", "s", "", 10)->empty());
  EXPECT_EQ(ClaimCount(), 0u);
  EXPECT_FALSE(store_->FindRequest("c", "m", "r")->has_value());
  EXPECT_EQ(store_->ReadLogInfo()->newest_position, 0);
}

TEST_P(StoreContract, NamesWithoutAKindAreRefused) {
  for (const char* name : {"", "jobs", "jobs/", "/a"}) {
    const absl::Status status = store_->Commit(PutOf(name, 0, "x")).status();
    EXPECT_EQ(ReasonOf(status), "NAME_INVALID") << name;
  }
}

TEST_P(StoreContract, TextThatNoEngineCanKeepIsRefused) {
  for (const std::string& text :
       {std::string("jobs/\xff"), std::string("jobs/a\0b", 8), "jobs/" + std::string(800, 'a')}) {
    EXPECT_EQ(ReasonOf(store_->Commit(PutOf(text, 0, "x")).status()), "TEXT_INVALID") << text;
    Transaction row;
    row.rows.push_back({.parent = "jobs/a", .stream = "s", .key = text, .payload = "x"});
    EXPECT_EQ(ReasonOf(store_->Commit(row).status()), "TEXT_INVALID") << text;
  }
  Create("jobs/" + std::string(795, 'a'), "\xff\xfe");
}

TEST_P(StoreContract, PayloadAbove64KibIsRefusedAndOneOfThatSizeKept) {
  const absl::Status status = store_->Commit(PutOf("jobs/a", 0, std::string(65537, 'x'))).status();
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_EQ(ReasonOf(status), "RECORD_TOO_LARGE");
  Create("jobs/b", std::string(65536, 'x'));
  EXPECT_EQ(MustGet("jobs/b").payload.size(), 65536u);
}

TEST_P(StoreContract, OfManyWritersOfOneRevisionExactlyOneWins) {
  Create("jobs/a");
  std::vector<absl::Status> results(8);
  std::vector<std::thread> writers;
  for (size_t i = 0; i < results.size(); ++i) {
    writers.emplace_back(
        [&, i] { results[i] = store_->Commit(PutOf("jobs/a", 1, std::to_string(i))).status(); });
  }
  for (std::thread& writer : writers) writer.join();
  size_t winner = results.size();
  for (size_t i = 0; i < results.size(); ++i) {
    if (!results[i].ok()) {
      EXPECT_EQ(ReasonOf(results[i]), "REVISION_CHANGED");
      continue;
    }
    EXPECT_EQ(winner, results.size()) << "two writers won";
    winner = i;
  }
  EXPECT_EQ(MustGet("jobs/a").payload, std::to_string(winner));
  EXPECT_EQ(MustGet("jobs/a").revision, 2);
}

// A creation under a request id.
inline Transaction CreationOf(const std::string& name, const std::string& request_id,
                              const std::string& digest) {
  Transaction transaction;
  Record record;
  record.name = name;
  transaction.puts.push_back({.record = record, .expected_revision = 0});
  transaction.idempotency = Idempotency{.caller = "alice",
                                        .method = "CreateJob",
                                        .request_id = request_id,
                                        .resource = name,
                                        .digest = digest};
  return transaction;
}

TEST_P(StoreContract, RepeatedRequestIsToldOfTheResourceItMade) {
  MustCommit(CreationOf("jobs/a", "r1", "digest-1"));
  const absl::Status status = store_->Commit(CreationOf("jobs/b", "r1", "digest-2")).status();
  EXPECT_TRUE(absl::IsAlreadyExists(status)) << status;
  ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, "REQUEST_ID_TAKEN");
  EXPECT_EQ(details.metadata["resource"], "jobs/a");
  EXPECT_EQ(details.metadata["digest"], "digest-1");
  EXPECT_TRUE(absl::IsNotFound(store_->Get("jobs/b").status()));
}

TEST_P(StoreContract, RepeatedRequestIsToldSoAlsoWhenTheNameIsTaken) {
  MustCommit(CreationOf("jobs/a", "r1", "d"));
  EXPECT_EQ(ReasonOf(store_->Commit(CreationOf("jobs/a", "r1", "d")).status()), "REQUEST_ID_TAKEN");
  EXPECT_EQ(ReasonOf(store_->Commit(CreationOf("jobs/a", "r2", "d")).status()), "NAME_TAKEN");
}

TEST_P(StoreContract, RequestIdsAreOneCallersAndOneMethods) {
  MustCommit(CreationOf("jobs/a", "r1", "d"));
  Transaction other_caller = CreationOf("jobs/b", "r1", "d");
  other_caller.idempotency->caller = "bob";
  MustCommit(other_caller);
  Transaction other_method = CreationOf("jobs/c", "r1", "d");
  other_method.idempotency->method = "AdoptJob";
  MustCommit(other_method);
  const auto found = store_->FindRequest("bob", "CreateJob", "r1");
  ASSERT_TRUE(found.ok() && found->has_value());
  EXPECT_EQ((*found)->resource, "jobs/b");
  EXPECT_EQ((*found)->digest, "d");
  EXPECT_FALSE(store_->FindRequest("carol", "CreateJob", "r1")->has_value());
}

TEST_P(StoreContract, TwoEqualRequestsAtOnceMakeOneResource) {
  for (int round = 0; round < 20; ++round) {
    const std::string request_id = "round-" + std::to_string(round);
    std::vector<absl::Status> results(4);
    std::vector<std::thread> callers;
    for (size_t i = 0; i < results.size(); ++i) {
      callers.emplace_back([&, i] {
        const std::string name = "jobs/" + request_id + "-" + std::to_string(i);
        results[i] = store_->Commit(CreationOf(name, request_id, "d")).status();
      });
    }
    for (std::thread& caller : callers) caller.join();
    int made = 0;
    for (const absl::Status& result : results) {
      made += result.ok() ? 1 : 0;
      EXPECT_TRUE(result.ok() || ReasonOf(result) == "REQUEST_ID_TAKEN") << result;
    }
    EXPECT_EQ(made, 1);
  }
  ListQuery query;
  query.kind = "jobs";
  query.limit = 1000;
  EXPECT_EQ(store_->List(query)->size(), 20u);
}

TEST_P(StoreContract, RowsAreAppendOnly) {
  const auto append = [&](const std::string& key, const std::string& payload) {
    Transaction transaction;
    transaction.rows.push_back(
        {.parent = "jobs/a", .stream = "metrics", .key = key, .payload = payload});
    MustCommit(transaction);
  };
  append("1", "one");
  append("1", "another");
  const auto rows = store_->ReadRows("jobs/a", "metrics", "", 10);
  ASSERT_TRUE(rows.ok() && rows->size() == 1u);
  EXPECT_EQ(rows->front().payload, "one");
}

TEST_P(StoreContract, DroppedRowsAreGoneAndNoOthers) {
  Transaction appended;
  for (const char* parent : {"jobs/a", "jobs/b"}) {
    for (const char* stream : {"metrics", "calls"}) {
      appended.rows.push_back({.parent = parent, .stream = stream, .key = "1", .payload = "old"});
    }
  }
  MustCommit(appended);
  Transaction dropped;
  dropped.drop_rows.push_back({.parent = "jobs/a", .stream = "metrics"});
  dropped.drop_rows.push_back({.parent = "jobs/a", .stream = "never written"});
  dropped.rows.push_back({.parent = "jobs/a", .stream = "metrics", .key = "2", .payload = "new"});
  MustCommit(dropped);
  const auto left = store_->ReadRows("jobs/a", "metrics", "", 10);
  ASSERT_TRUE(left.ok() && left->size() == 1u);
  EXPECT_EQ(left->front().payload, "new") << "dropped before it appends";
  EXPECT_EQ(store_->ReadRows("jobs/a", "calls", "", 10)->size(), 1u);
  EXPECT_EQ(store_->ReadRows("jobs/b", "metrics", "", 10)->size(), 1u);
}

TEST_P(StoreContract, RefusedTransactionDropsNoRows) {
  Transaction appended;
  appended.rows.push_back({.parent = "jobs/a", .stream = "s", .key = "1", .payload = "p"});
  MustCommit(appended);
  Transaction refused = PutOf("jobs/a", 9, "x");
  refused.drop_rows.push_back({.parent = "jobs/a", .stream = "s"});
  EXPECT_TRUE(absl::IsAborted(store_->Commit(refused).status()));
  EXPECT_EQ(store_->ReadRows("jobs/a", "s", "", 10)->size(), 1u);
}

TEST_P(StoreContract, RowsArePagedByKeyWithinTheirStream) {
  Transaction transaction;
  for (const char* key : {"003", "001", "004", "002"}) {
    transaction.rows.push_back(
        {.parent = "jobs/a", .stream = "metrics", .key = key, .payload = key});
  }
  transaction.rows.push_back({.parent = "jobs/a", .stream = "calls", .key = "001", .payload = "x"});
  transaction.rows.push_back({.parent = "jobs/b", .stream = "metrics", .key = "0", .payload = "x"});
  MustCommit(transaction);
  std::vector<std::string> keys;
  std::string after;
  while (true) {
    const auto page = store_->ReadRows("jobs/a", "metrics", after, 3);
    ASSERT_TRUE(page.ok()) << page.status();
    if (page->empty()) break;
    for (const Row& row : *page) {
      EXPECT_EQ(row.payload, row.key);
      keys.push_back(row.key);
    }
    after = page->back().key;
  }
  EXPECT_THAT(keys, testing::ElementsAre("001", "002", "003", "004"));
}

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_CONTRACT_COMMITS_H_
