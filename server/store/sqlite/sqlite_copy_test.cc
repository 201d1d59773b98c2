// A copy of a store is of one moment, is whole while others write and delete, and leaves nothing.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "common/clock.h"
#include "common/digest.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/sqlite/sqlite_caretaker.h"
#include "server/store/sqlite/sqlite_store.h"

namespace tunegate::store {
namespace {

using testing::HasSubstr;

class SqliteCopyTest : public testing::Test {
 protected:
  SqliteCopyTest() {
    options_.data_dir = directory_;
    options_.clock = &clock_;
    options_.synchronous = Synchronous::kNormal;
    Reopen();
  }

  void Reopen() {
    caretaker_.reset();
    store_.reset();
    auto store = OpenSqliteStore(options_);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    caretaker_ = *OpenSqliteCaretaker(options_);
  }
  void Create(const std::string& name, size_t bytes = 10) {
    Transaction transaction;
    Put put;
    put.record.name = name;
    put.record.payload = std::string(bytes, 'x');
    transaction.puts.push_back(std::move(put));
    transaction.events.push_back({.resource = name, .payload = "x"});
    const auto done = store_->Commit(std::move(transaction));
    ASSERT_TRUE(done.ok()) << done.status();
  }
  std::unique_ptr<StoreCopy> Copy() {
    auto copy = caretaker_->Copy({});
    EXPECT_TRUE(copy.ok()) << copy.status();
    return copy.ok() ? *std::move(copy) : nullptr;
  }
  // A store on what was copied.
  absl::StatusOr<std::unique_ptr<Store>> OpenRestored(const StoreCopy& copy) {
    SqliteOptions options = options_;
    options.data_dir = directory_ + "-restored-" + RandomHex(4);
    std::filesystem::create_directories(options.data_dir);
    std::filesystem::copy_file(copy.database_path(), options.data_dir + "/tunegate.db");
    return OpenSqliteStore(options);
  }
  static size_t CountJobs(StoreCopy& copy) {
    ListQuery query;
    query.kind = "jobs";
    query.limit = 100000;
    const auto jobs = copy.List(query);
    EXPECT_TRUE(jobs.ok()) << jobs.status();
    return jobs.ok() ? jobs->size() : 0;
  }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  const std::string directory_ = testing::TempDir() + "/copy-" + RandomHex(8);
  const std::string place_ = directory_ + "/backup.part";
  SqliteOptions options_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<Caretaker> caretaker_;
};

TEST_F(SqliteCopyTest, CopyHasWhatWasThereAndNothingLater) {
  Create("jobs/a");
  const auto copy = Copy();
  Create("jobs/b");
  EXPECT_EQ(copy->position(), 1);
  EXPECT_EQ(CountJobs(*copy), 1u);
  EXPECT_GT(copy->schema_version(), 0);
}

TEST_F(SqliteCopyTest, EachStoreOnACopyHasALogIdOfItsOwn) {
  Create("jobs/a");
  const std::string original = store_->ReadLogInfo()->log_id;
  const auto copy = Copy();
  const auto first = OpenRestored(*copy);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = OpenRestored(*copy);
  ASSERT_TRUE(second.ok()) << second.status();
  const LogInfo one = *(*first)->ReadLogInfo();
  const LogInfo other = *(*second)->ReadLogInfo();
  EXPECT_FALSE(one.log_id.empty());
  EXPECT_NE(one.log_id, original);
  EXPECT_NE(other.log_id, original);
  EXPECT_NE(one.log_id, other.log_id);
  EXPECT_EQ(one.newest_position, 1);
  EXPECT_EQ(store_->ReadLogInfo()->log_id, original) << "the original keeps its own";
  Reopen();
  EXPECT_EQ(store_->ReadLogInfo()->log_id, original) << "also when it is opened again";
}

TEST_F(SqliteCopyTest, CopyIsOfOneMomentWhileManyWrite) {
  for (int i = 0; i < 50; ++i) Create("jobs/" + std::to_string(i), 50000);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 50; !done.load(); ++i) Create("jobs/" + std::to_string(i), 2000);
  });
  for (int i = 0; i < 5; ++i) {
    const auto copy = Copy();
    // Each job was created with an event, at one position each.
    EXPECT_EQ(static_cast<int64_t>(CountJobs(*copy)), copy->position());
  }
  done.store(true);
  writer.join();
}

TEST_F(SqliteCopyTest, BytesThatAreDeletedMeanwhileAreHeld) {
  const std::string first = Sha256Hex("first");
  const std::string second = Sha256Hex("second");
  ASSERT_TRUE(store_->PutBlob(first, "first").ok());
  ASSERT_TRUE(store_->PutBlob(second, "second").ok());
  auto copy = Copy();
  ASSERT_TRUE(copy->HoldBlob(first).ok());
  ASSERT_TRUE(store_->DeleteBlob(first, [] { return false; }).ok());
  ASSERT_TRUE(store_->DeleteBlob(second, [] { return false; }).ok());
  for (const auto& [sha256, bytes] : {std::pair(first, "first"), std::pair(second, "second")}) {
    EXPECT_TRUE(absl::IsNotFound(store_->GetBlob(sha256).status()));
    const auto path = copy->HoldBlob(sha256);
    ASSERT_TRUE(path.ok()) << path.status();
    std::ifstream file(*path);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), bytes);
  }
  EXPECT_TRUE(absl::IsNotFound(copy->HoldBlob(Sha256Hex("third")).status()));
  copy.reset();
  EXPECT_FALSE(std::filesystem::exists(place_)) << "erased for good with the copy";
}

TEST_F(SqliteCopyTest, SweptBytesAreHeld) {
  const std::string sha256 = Sha256Hex("bytes");
  ASSERT_TRUE(store_->PutBlob(sha256, "bytes").ok());
  const auto copy = Copy();
  EXPECT_EQ(*caretaker_->SweepBlobs({}, absl::Seconds(-10)), 1);
  EXPECT_TRUE(copy->HoldBlob(sha256).ok());
}

TEST_F(SqliteCopyTest, OneCopyAtATime) {
  auto copy = Copy();
  const absl::Status second = caretaker_->Copy({}).status();
  EXPECT_EQ(second.code(), absl::StatusCode::kResourceExhausted) << second;
  EXPECT_EQ(DetailsOf(second).reason, "COPY_UNDER_WAY");
  EXPECT_TRUE(DetailsOf(second).retry_delay.has_value());
  EXPECT_EQ(CountJobs(*copy), 0u) << "the first one is not touched";
  copy.reset();
  EXPECT_NE(Copy(), nullptr);
}

TEST_F(SqliteCopyTest, CopyThatNobodyWaitsForStopsAndLeavesNothing) {
  for (int i = 0; i < 200; ++i) Create("jobs/" + std::to_string(i), 50000);
  int asked = 0;
  const absl::Status status = caretaker_->Copy([&] { return ++asked == 2; }).status();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  EXPECT_EQ(asked, 2) << "10 MB are more than one step";
  EXPECT_FALSE(std::filesystem::exists(place_));
  EXPECT_NE(Copy(), nullptr);
}

TEST_F(SqliteCopyTest, DamagedDatabaseGivesNoCopy) {
  for (int i = 0; i < 300; ++i) Create("jobs/" + std::to_string(i), 2000);
  ASSERT_TRUE(caretaker_->GiveBackSpace({}).ok());  // everything is in the file itself
  std::fstream file(directory_ + "/tunegate.db", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(40 * 4096);
  file << std::string(64, '\xee');
  file.close();
  const absl::Status status = caretaker_->Copy({}).status();
  EXPECT_EQ(DetailsOf(status).reason, "STORE_CORRUPT") << status;
  EXPECT_EQ(DetailsOf(status).metadata["path"], directory_ + "/tunegate.db") << "not the copy";
  EXPECT_FALSE(std::filesystem::exists(place_));
}

TEST_F(SqliteCopyTest, CopyThatWouldFillTheDiskIsRefusedAndLeavesNothing) {
  constexpr int64_t kMiB = 1 << 20;
  int64_t free = 0;
  options_.free_bytes = [&](const std::string& directory) {
    EXPECT_EQ(directory, directory_);
    return free;
  };
  Reopen();
  for (int i = 0; i < 40; ++i) Create("jobs/" + std::to_string(i), 60000);  // more than 2 MiB
  for (const int64_t little : {kMiB, 101 * kMiB}) {
    free = little;
    const absl::Status status = caretaker_->Copy({}).status();
    EXPECT_TRUE(absl::IsResourceExhausted(status)) << status;
    EXPECT_EQ(DetailsOf(status).reason, "NO_ROOM_FOR_COPY");
    EXPECT_THAT(std::string(status.message()), HasSubstr("larger disk"));
    EXPECT_FALSE(std::filesystem::exists(place_));
  }
  free = 110 * kMiB;
  EXPECT_NE(Copy(), nullptr);
}

TEST_F(SqliteCopyTest, WhatAKilledServerLeftIsRemovedAtTheNextStart) {
  std::filesystem::create_directories(place_ + "/blobs");
  std::ofstream(place_ + "/tunegate.db") << "half";
  Reopen();
  EXPECT_FALSE(std::filesystem::exists(place_));
  EXPECT_NE(Copy(), nullptr);
}

TEST_F(SqliteCopyTest, CheckThatNobodyWaitsForStops) {
  for (int i = 0; i < 300; ++i) Create("jobs/" + std::to_string(i), 20000);
  std::atomic<int> asked{0};
  const absl::Status status = caretaker_->CheckDatabase([&] { return ++asked > 1; }).status();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  EXPECT_TRUE(caretaker_->CheckDatabase([] { return false; })->empty());
}

}  // namespace
}  // namespace tunegate::store
