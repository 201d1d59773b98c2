// What is wrong with a store is found and named; what is old or belongs to nobody goes.
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "common/digest.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/maintenance/compaction.h"
#include "server/maintenance/maintenance_fixture.h"
#include "server/maintenance/store_check.h"
#include "server/maintenance/trimmer.h"
#include "server/store/sqlite/database.h"

namespace tunegate::maintenance {
namespace {

using testing::HasSubstr;

class MaintenanceTest : public MaintenanceFixture {
 protected:
  v1::CheckStoreResponse Check() {
    auto response = CheckStore(*store_, *caretaker_, {});
    EXPECT_TRUE(response.ok()) << response.status();
    return response.value_or(v1::CheckStoreResponse());
  }
};

TEST_F(MaintenanceTest, HealthyStoreIsReadWholeAndNothingIsFound) {
  PutDataset("datasets/a", "bytes");
  for (int i = 0; i < 450; ++i) Put("jobs/" + std::to_string(i), "", "");
  const v1::CheckStoreResponse response = Check();
  EXPECT_EQ(response.diagnoses_size(), 0) << response.ShortDebugString();
  EXPECT_EQ(response.resource_count(), 451);
  EXPECT_EQ(response.event_count(), 451);
  EXPECT_EQ(response.blob_count(), 1);
}

TEST_F(MaintenanceTest, RecordsAndEventsThatDoNotParseAreNamed) {
  Put("jobs/broken", "\x0a\xff", "");
  Put("jobs/fine", "", "\x0a\xff");
  const v1::CheckStoreResponse response = Check();
  ASSERT_EQ(response.diagnoses_size(), 2);
  EXPECT_THAT(response.diagnoses(0).message(), HasSubstr("jobs/broken"));
  EXPECT_EQ(response.diagnoses(1).check(), "store.events");
  EXPECT_THAT(response.diagnoses(1).message(), HasSubstr("position 2"));
}

TEST_F(MaintenanceTest, RowsAreReadAllAndThoseThatDoNotParseAreNamed) {
  store::Transaction transaction;
  for (int i = 0; i < 450; ++i) {
    transaction.rows.push_back({"evaluations/a", "calls", std::to_string(1000 + i), ""});
  }
  transaction.rows.push_back({"evaluations/a", "calls", "broken", "\x0a\xff"});
  transaction.rows.push_back({"tasks/a", "questions", "no message", "\x0a\xff"});
  ASSERT_TRUE(store_->Commit(std::move(transaction)).ok());
  const v1::CheckStoreResponse response = Check();
  EXPECT_EQ(response.row_count(), 452);
  ASSERT_EQ(response.diagnoses_size(), 1) << response.ShortDebugString();
  EXPECT_EQ(response.diagnoses(0).check(), "store.rows");
  EXPECT_THAT(response.diagnoses(0).message(), HasSubstr("row broken of evaluations/a"));
}

TEST_F(MaintenanceTest, GapInTheLogIsNamed) {
  for (int i = 0; i < 4; ++i) Put("jobs/" + std::to_string(i), "", "");
  const auto database = *store::Database::Open(
      directory_ + "/tunegate.db", store::Database::Mode::kReadWrite, store::Synchronous::kNormal);
  ASSERT_TRUE(database->Execute("DELETE FROM events WHERE position IN (2, 4)").ok());
  const v1::CheckStoreResponse response = Check();
  ASSERT_EQ(response.diagnoses_size(), 2);
  EXPECT_THAT(response.diagnoses(0).message(), HasSubstr("between positions 1 and 3"));
  EXPECT_THAT(response.diagnoses(1).message(), HasSubstr("ends at position 3"));
}

TEST_F(MaintenanceTest, DamagedAndMissingBytesAreNamed) {
  for (const std::string bytes : {"one", "two"}) PutDataset("datasets/" + bytes, bytes);
  std::ofstream(BlobFile("one")) << "one, changed";
  std::filesystem::remove(BlobFile("two"));
  const v1::CheckStoreResponse response = Check();
  ASSERT_EQ(response.diagnoses_size(), 2);
  EXPECT_THAT(response.diagnoses(0).message(), HasSubstr("datasets/one"));
  EXPECT_THAT(response.diagnoses(1).message(), HasSubstr("datasets/two"));
}

TEST_F(MaintenanceTest, DamagedPageIsFoundByTheDatabaseItself) {
  for (int i = 0; i < 300; ++i) Put("jobs/" + std::to_string(i), "", std::string(1000, '\0'));
  ASSERT_TRUE(caretaker_->GiveBackSpace({}).ok());  // everything is in the file itself
  std::fstream file(directory_ + "/tunegate.db", std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(40 * 4096);
  file << std::string(64, 'x');
  file.close();
  const auto wrong = caretaker_->CheckDatabase({});
  ASSERT_TRUE(wrong.ok()) << wrong.status();
  EXPECT_FALSE(wrong->empty());
}

TEST_F(MaintenanceTest, CompactionDropsOldOrphansOnlyAndGivesSpaceBack) {
  for (const char* bytes : {"orphan", "fresh orphan"}) {
    ASSERT_TRUE(store_->PutBlob(Sha256Hex(bytes), bytes).ok());
  }
  PutDataset("datasets/a", "named");
  const auto hours_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(2);
  for (const char* old : {"named", "orphan"}) {
    std::filesystem::last_write_time(BlobFile(old), hours_ago);
  }
  for (int i = 0; i < 3000; ++i) Put("jobs/" + std::to_string(i), "", std::string(1000, 'x'));
  clock_.Advance(absl::Hours(2));
  store::Retention retention;
  retention.max_event_age = absl::Hours(1);
  const auto response = CompactStore(*store_, *caretaker_, retention, {});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->dropped_events(), 3001);
  EXPECT_EQ(response->dropped_blobs(), 1);
  EXPECT_GT(response->freed_bytes(), 2'000'000);
  EXPECT_TRUE(store_->GetBlob(Sha256Hex("named")).ok());
  EXPECT_TRUE(store_->GetBlob(Sha256Hex("fresh orphan")).ok());
  EXPECT_TRUE(absl::IsNotFound(store_->GetBlob(Sha256Hex("orphan")).status()));
}

// A refused import puts bytes that nobody names; a deleted dataset that had the same is nobody.
TEST_F(MaintenanceTest, BytesThatOnlyDeletedDatasetsNamedAreOrphans) {
  PutDataset("datasets/live", "shared");
  NameBytes("datasets/deleted", "erased", v1::Dataset::STATE_DELETED);
  NameBytes("datasets/same", "shared", v1::Dataset::STATE_DELETED);
  ASSERT_TRUE(store_->PutBlob(Sha256Hex("erased"), "erased").ok());
  const auto hours_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(2);
  for (const char* old : {"shared", "erased"}) {
    std::filesystem::last_write_time(BlobFile(old), hours_ago);
  }
  const auto response = CompactStore(*store_, *caretaker_, {}, {});
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->dropped_blobs(), 1);
  EXPECT_TRUE(store_->GetBlob(Sha256Hex("shared")).ok());
  EXPECT_TRUE(absl::IsNotFound(store_->GetBlob(Sha256Hex("erased")).status()));
}

TEST_F(MaintenanceTest, NothingIsSweptBesideARecordThatCannotBeParsed) {
  Put("datasets/broken", "\xff\xff", "");
  ASSERT_TRUE(store_->PutBlob(Sha256Hex("orphan"), "orphan").ok());
  std::filesystem::last_write_time(
      BlobFile("orphan"), std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  EXPECT_EQ(DetailsOf(CompactStore(*store_, *caretaker_, {}, {}).status()).reason, "STORE_CORRUPT");
  EXPECT_TRUE(store_->GetBlob(Sha256Hex("orphan")).ok());
}

TEST_F(MaintenanceTest, OrphanThatIsPutAgainIsNewAgain) {
  ASSERT_TRUE(store_->PutBlob(Sha256Hex("x"), "x").ok());
  std::filesystem::last_write_time(
      BlobFile("x"), std::filesystem::file_time_type::clock::now() - std::chrono::hours(2));
  ASSERT_TRUE(store_->PutBlob(Sha256Hex("x"), "x").ok());
  EXPECT_EQ(*caretaker_->SweepBlobs({}, absl::Hours(1)), 0);
}

// Counts how often it is asked to drop events.
class CountingCaretaker : public store::Caretaker {
 public:
  absl::StatusOr<std::vector<std::string>> CheckDatabase(const store::StopCheck&) override {
    return std::vector<std::string>();
  }
  absl::StatusOr<std::unique_ptr<store::StoreCopy>> Copy(const store::StopCheck&) override {
    return absl::UnavailableError("the disk is away");
  }
  absl::StatusOr<int64_t> DropOldEvents(const store::Retention&, const store::StopCheck&) override {
    MutexLock lock(mutex_);
    ++asked_;
    changed_.NotifyAll();
    return absl::UnavailableError("the disk is away");
  }
  absl::StatusOr<int64_t> SweepBlobs(const std::set<std::string>&, absl::Duration) override {
    return 0;
  }
  absl::Status GiveBackSpace(const store::StopCheck&) override { return absl::OkStatus(); }
  absl::StatusOr<int64_t> SizeBytes() override { return 0; }

  void AwaitAsked(int times) {
    MutexLock lock(mutex_);
    changed_.Wait(lock, [&] { return asked_ >= times; });
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int asked_ = 0;
};

TEST(TrimmerTest, GoesOnAfterAFailureAndEndsWhenTold) {
  CountingCaretaker caretaker;
  Trimmer trimmer(&caretaker, store::Retention(), absl::Milliseconds(1));
  trimmer.Start();
  caretaker.AwaitAsked(3);
  trimmer.Stop();
}

}  // namespace
}  // namespace tunegate::maintenance
