// The contract of lasting: blobs, reopening, and death by SIGKILL.
#ifndef TUNEGATE_SERVER_STORE_CONTRACT_LASTING_H_
#define TUNEGATE_SERVER_STORE_CONTRACT_LASTING_H_

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/digest.h"
#include "server/store/contract/fixture.h"

namespace tunegate::store {

TEST_P(StoreContract, BlobReadsBackAndIsAFile) {
  const std::string bytes("a\0b\n", 4);
  const std::string digest = Sha256Hex(bytes);
  ASSERT_TRUE(store_->PutBlob(digest, bytes).ok());
  ASSERT_TRUE(store_->PutBlob(digest, bytes).ok()) << "again";
  EXPECT_EQ(*store_->GetBlob(digest), bytes);
  const auto blob = store_->OpenBlob(digest);
  ASSERT_TRUE(blob.ok()) << blob.status();
  for (int reader = 0; reader < 2; ++reader) {
    std::ifstream file(blob->path(), std::ios::binary);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), bytes);
  }
}

TEST_P(StoreContract, EmptyAndLargeBlobsAreKept) {
  for (const std::string& bytes : {std::string(), std::string(5000000, 'x')}) {
    ASSERT_TRUE(store_->PutBlob(Sha256Hex(bytes), bytes).ok());
    EXPECT_EQ(*store_->GetBlob(Sha256Hex(bytes)), bytes);
  }
}

TEST_P(StoreContract, UnknownBlobIsNotFound) {
  const std::string digest = Sha256Hex("never put");
  EXPECT_EQ(ReasonOf(store_->GetBlob(digest).status()), "BLOB_NOT_FOUND");
  EXPECT_EQ(ReasonOf(store_->OpenBlob(digest).status()), "BLOB_NOT_FOUND");
  EXPECT_TRUE(store_->DeleteBlob(digest, [] { return false; }).ok());
}

TEST_P(StoreContract, DeletedBlobIsGone) {
  const std::string digest = Sha256Hex("x");
  ASSERT_TRUE(store_->PutBlob(digest, "x").ok());
  ASSERT_TRUE(store_->DeleteBlob(digest, [] { return false; }).ok());
  EXPECT_TRUE(absl::IsNotFound(store_->GetBlob(digest).status()));
  ASSERT_TRUE(store_->PutBlob(digest, "x").ok());
  EXPECT_EQ(*store_->GetBlob(digest), "x");
}

TEST_P(StoreContract, DamagedBlobIsNotHandedOutAndPuttingItAgainRepairsIt) {
  for (const std::string& bytes : {std::string("few"), std::string(1000000, 'x')}) {
    const std::string digest = Sha256Hex(bytes);
    ASSERT_TRUE(store_->PutBlob(digest, bytes).ok());
    GetParam().damage_blob(place_, digest);
    EXPECT_EQ(ReasonOf(store_->GetBlob(digest).status()), "STORE_CORRUPT");
    EXPECT_EQ(ReasonOf(store_->OpenBlob(digest).status()), "STORE_CORRUPT");
    ASSERT_TRUE(store_->PutBlob(digest, bytes).ok());
    EXPECT_EQ(store_->GetBlob(digest).value_or(""), bytes);
    EXPECT_TRUE(store_->OpenBlob(digest).ok());
  }
}

TEST_P(StoreContract, BlobUnderAWrongOrMalformedDigestIsRefused) {
  EXPECT_EQ(ReasonOf(store_->PutBlob(Sha256Hex("x"), "y")), "DIGEST_MISMATCH");
  EXPECT_TRUE(absl::IsNotFound(store_->GetBlob(Sha256Hex("x")).status()));
  for (const std::string& digest : {std::string(), std::string("../../etc/passwd"),
                                    std::string(64, 'A'), std::string(63, 'a')}) {
    EXPECT_EQ(ReasonOf(store_->PutBlob(digest, "x")), "DIGEST_INVALID");
    EXPECT_EQ(ReasonOf(store_->GetBlob(digest).status()), "DIGEST_INVALID");
    EXPECT_EQ(ReasonOf(store_->OpenBlob(digest).status()), "DIGEST_INVALID");
    EXPECT_EQ(ReasonOf(store_->DeleteBlob(digest, [] { return false; })), "DIGEST_INVALID");
  }
}

TEST_P(StoreContract, ReopeningKeepsEverything) {
  Transaction transaction = PutOf("jobs/a", 0, "payload");
  transaction.puts[0].record.terminal = true;
  transaction.events.push_back({.resource = "jobs/a", .payload = "event"});
  transaction.rows.push_back({.parent = "jobs/a", .stream = "s", .key = "k", .payload = "row"});
  transaction.schedule.push_back({.name = "jobs/a", .delay = absl::ZeroDuration()});
  transaction.idempotency = Idempotency{
      .caller = "c", .method = "m", .request_id = "r", .resource = "jobs/a", .digest = "d"};
  MustCommit(transaction);
  const Lease lease = ClaimOne();
  ASSERT_TRUE(store_->PutBlob(Sha256Hex("x"), "x").ok());
  const LogInfo log = *store_->ReadLogInfo();
  const Record record = MustGet("jobs/a");

  Reopen();
  const Record again = MustGet("jobs/a");
  EXPECT_EQ(again.payload, record.payload);
  EXPECT_EQ(again.create_time, record.create_time);
  EXPECT_EQ(again.end_time, record.end_time);
  ASSERT_EQ(AllEvents().size(), 1u);
  EXPECT_EQ(AllEvents()[0].payload, "event");
  EXPECT_EQ(store_->ReadRows("jobs/a", "s", "", 10)->size(), 1u);
  EXPECT_TRUE(store_->FindRequest("c", "m", "r")->has_value());
  EXPECT_EQ(*store_->GetBlob(Sha256Hex("x")), "x");
  EXPECT_EQ(store_->ReadLogInfo()->log_id, log.log_id);
  EXPECT_FALSE(log.log_id.empty());
  Transaction step;
  step.lease = lease;
  step.events.push_back({.resource = "jobs/a", .payload = "next"});
  EXPECT_EQ(MustCommit(step).position, 2);
}

// In a child process: commits from four threads until killed, and writes the name of each commit
// into `acknowledged` once it returned.
inline void CommitUntilKilled(const StoreFactory& factory, const std::string& place,
                              const Clock* clock, int acknowledged) {
  auto store = factory.open(place, clock);
  if (!store.ok()) _exit(1);
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0;; ++i) {
        char name[32] = {};  // a fixed size: a short write to a pipe comes whole or not at all
        std::snprintf(name, sizeof(name), "jobs/%d-%08d", w, i);
        Transaction transaction;
        Record record;
        record.name = name;
        transaction.puts.push_back({.record = record, .expected_revision = 0});
        transaction.events.push_back({.resource = name, .payload = "x"});
        if (!(*store)->Commit(transaction).ok()) _exit(2);
        if (write(acknowledged, name, sizeof(name)) != sizeof(name)) _exit(3);
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
}

TEST_P(StoreContract, WhatWasAcknowledgedSurvivesSigkill) {
  store_.reset();
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    close(pipe_ends[0]);
    CommitUntilKilled(GetParam(), place_, &clock_, pipe_ends[1]);
    _exit(0);
  }
  close(pipe_ends[1]);
  std::set<std::string> acknowledged;
  char name[32];
  bool killed = false;
  while (read(pipe_ends[0], name, sizeof(name)) == sizeof(name)) {
    acknowledged.insert(name);
    if (!killed && acknowledged.size() >= 300) {
      kill(child, SIGKILL);
      killed = true;
    }
  }
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(killed && WIFSIGNALED(status)) << "the child ended by itself with " << status;

  Open();
  for (const std::string& each : acknowledged) EXPECT_EQ(MustGet(each).revision, 1);
  const std::vector<StoredEvent> events = AllEvents();
  EXPECT_GE(events.size(), acknowledged.size());
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].position, static_cast<int64_t>(i + 1));
    EXPECT_TRUE(store_->Get(events[i].resource).ok()) << "an event without its record";
  }
  EXPECT_EQ(store_->ReadLogInfo()->newest_position, static_cast<int64_t>(events.size()));
}

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_CONTRACT_LASTING_H_
