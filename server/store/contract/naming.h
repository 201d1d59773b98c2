// The contract of blobs that commits begin to name while deletions look whether anybody does:
// whoever is named is there.
#ifndef TUNEGATE_SERVER_STORE_CONTRACT_NAMING_H_
#define TUNEGATE_SERVER_STORE_CONTRACT_NAMING_H_

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "common/digest.h"
#include "server/store/contract/fixture.h"

namespace tunegate::store {

// A transaction that creates a record which names the blob.
inline Transaction NamingOf(const std::string& name, const std::string& sha256) {
  Transaction transaction;
  Record record;
  record.name = name;
  record.payload = sha256;
  transaction.puts.push_back({.record = record, .expected_revision = 0});
  transaction.events.push_back({.resource = name, .payload = "named"});
  transaction.blobs.push_back(sha256);
  return transaction;
}

TEST_P(StoreContract, DeletionLeavesABlobThatIsNamed) {
  const std::string digest = Sha256Hex("x");
  ASSERT_TRUE(store_->PutBlob(digest, "x").ok());
  ASSERT_TRUE(store_->DeleteBlob(digest, [] { return true; }).ok());
  EXPECT_TRUE(store_->GetBlob(digest).ok());
  const auto fails = [] { return absl::StatusOr<bool>(absl::UnavailableError("cannot look")); };
  EXPECT_TRUE(absl::IsUnavailable(store_->DeleteBlob(digest, fails)));
  EXPECT_TRUE(store_->GetBlob(digest).ok());
}

TEST_P(StoreContract, CommitThatNamesABlobThatIsNotThereLeavesNoTrace) {
  const std::string there = Sha256Hex("there");
  const std::string gone = Sha256Hex("gone");
  ASSERT_TRUE(store_->PutBlob(there, "there").ok());
  Transaction transaction = NamingOf("datasets/a", there);
  transaction.blobs.push_back(gone);
  const absl::Status refused = store_->Commit(transaction).status();
  EXPECT_TRUE(absl::IsAborted(refused)) << refused;
  EXPECT_EQ(ReasonOf(refused), "BLOB_GONE");
  EXPECT_EQ(DetailsOf(refused).metadata["sha256"], gone);
  EXPECT_TRUE(absl::IsNotFound(store_->Get("datasets/a").status()));
  EXPECT_TRUE(AllEvents().empty());
  ASSERT_TRUE(store_->PutBlob(gone, "gone").ok());
  MustCommit(transaction);
}

TEST_P(StoreContract, CommitThatNamesAMalformedDigestIsRefused) {
  const absl::Status refused = store_->Commit(NamingOf("datasets/a", "no digest")).status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
  EXPECT_EQ(ReasonOf(refused), "DIGEST_INVALID");
  EXPECT_TRUE(absl::IsNotFound(store_->Get("datasets/a").status()));
}

TEST_P(StoreContract, BlobThatIsNamedWhileADeletionLooksIsKept) {
  const std::string digest = Sha256Hex("x");
  ASSERT_TRUE(store_->PutBlob(digest, "x").ok());
  int looks = 0;
  const auto look = [&]() -> absl::StatusOr<bool> {
    const bool named = store_->Get("datasets/a").ok();
    // Too late for this look, and before the bytes are erased.
    if (++looks == 1) MustCommit(NamingOf("datasets/a", digest));
    return named;
  };
  ASSERT_TRUE(store_->DeleteBlob(digest, look).ok());
  EXPECT_EQ(looks, 2);
  EXPECT_EQ(*store_->GetBlob(digest), "x");
}

TEST_P(StoreContract, RefusedCommitDoesNotKeepABlob) {
  const std::string digest = Sha256Hex("x");
  ASSERT_TRUE(store_->PutBlob(digest, "x").ok());
  Create("datasets/a");
  EXPECT_EQ(ReasonOf(store_->Commit(NamingOf("datasets/a", digest)).status()), "NAME_TAKEN");
  ASSERT_TRUE(store_->DeleteBlob(digest, [] { return false; }).ok());
  EXPECT_TRUE(absl::IsNotFound(store_->GetBlob(digest).status()));
}

// Many name the same bytes, and give them up again, at the same time: the bytes of whoever names
// them are there at any moment.
TEST_P(StoreContract, WhatIsNamedIsThereHoweverManyDelete) {
  constexpr int kWriters = 4;
  constexpr int kRounds = 25;
  const std::string digest = Sha256Hex("x");
  const auto is_named = [&]() -> absl::StatusOr<bool> {
    auto snapshot = store_->ReadSnapshot({"datasets"});
    if (!snapshot.ok()) return snapshot.status();
    for (const Record& record : snapshot->records) {
      if (record.payload == digest) return true;
    }
    return false;
  };
  std::atomic<int> missing{0};
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      for (int i = 0; i < kRounds; ++i) {
        const std::string name = "datasets/" + std::to_string(w) + "-" + std::to_string(i);
        absl::Status named;
        do {
          const absl::Status put = store_->PutBlob(digest, "x");
          ASSERT_TRUE(put.ok()) << put;
          named = store_->Commit(NamingOf(name, digest)).status();
        } while (ReasonOf(named) == "BLOB_GONE");
        ASSERT_TRUE(named.ok()) << named;
        if (!store_->GetBlob(digest).ok()) ++missing;
        MustCommit(PutOf(name, 1, "given up"));
        const absl::Status deleted = store_->DeleteBlob(digest, is_named);
        ASSERT_TRUE(deleted.ok()) << deleted;
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(missing.load(), 0);
  EXPECT_TRUE(absl::IsNotFound(store_->GetBlob(digest).status())) << "nobody names it any more";
}

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_CONTRACT_NAMING_H_
