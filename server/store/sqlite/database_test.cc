#include "server/store/sqlite/database.h"

#include <filesystem>
#include <string>
#include <utility>

#include "common/digest.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::store {
namespace {

using testing::HasSubstr;

class DatabaseTest : public testing::Test {
 protected:
  void SetUp() override {
    auto database = Database::Open(path_, Database::Mode::kReadWrite, Synchronous::kNormal);
    ASSERT_TRUE(database.ok()) << database.status();
    database_ = *std::move(database);
    ASSERT_TRUE(
        database_->ExecuteScript("CREATE TABLE t (i INTEGER, s TEXT, b BLOB, z INTEGER)").ok());
  }

  const std::string path_ = testing::TempDir() + "/database-" + RandomHex(8) + ".db";
  std::unique_ptr<Database> database_;
};

TEST_F(DatabaseTest, ValuesReadBackAsTheyWereBound) {
  const std::string bytes("a\0\xff", 3);
  {
    auto insert = database_->Prepare("INSERT INTO t VALUES (?, ?, ?, ?)");
    ASSERT_TRUE(insert.ok());
    insert->Bind(int64_t{1} << 60).Bind("text").BindBlob(bytes).Bind(std::optional<absl::Time>());
    ASSERT_TRUE(insert->Run().ok());
    EXPECT_EQ(database_->changes(), 1);
  }
  auto select = database_->Prepare("SELECT i, s, b, z FROM t");
  ASSERT_TRUE(select.ok());
  ASSERT_TRUE(*select->Step());
  EXPECT_EQ(select->Integer(0), int64_t{1} << 60);
  EXPECT_EQ(select->Text(1), "text");
  EXPECT_EQ(select->Text(2), bytes);
  EXPECT_TRUE(select->IsNull(3));
  EXPECT_FALSE(*select->Step());
}

TEST_F(DatabaseTest, EmptyTextAndBlobAreNotNull) {
  {
    auto insert = database_->Prepare("INSERT INTO t (s, b) VALUES (?, ?)");
    ASSERT_TRUE(insert.ok());
    ASSERT_TRUE(insert->Bind(std::string_view()).BindBlob(std::string_view()).Run().ok());
  }
  EXPECT_EQ(*database_->QueryInteger("SELECT count(*) FROM t WHERE s = '' AND b = x''"), 1);
}

TEST_F(DatabaseTest, StatementIsFreshEachTimeItIsPrepared) {
  for (int64_t i = 0; i < 3; ++i) {
    auto insert = database_->Prepare("INSERT INTO t (i, s) VALUES (?, ?)");
    ASSERT_TRUE(insert.ok());
    insert->Bind(i);
    if (i == 0) insert->Bind("only the first");
    ASSERT_TRUE(insert->Run().ok());
  }
  EXPECT_EQ(*database_->QueryInteger("SELECT count(*) FROM t WHERE s IS NULL"), 2);
}

TEST_F(DatabaseTest, TooManyValuesAreAnErrorOfTheStep) {
  auto insert = database_->Prepare("INSERT INTO t (i) VALUES (?)");
  ASSERT_TRUE(insert.ok());
  const absl::Status status = insert->Bind(1).Bind(2).Run();
  EXPECT_TRUE(absl::IsInternal(status)) << status;
  EXPECT_EQ(DetailsOf(status).reason, "STORE_FAILED");
}

TEST_F(DatabaseTest, FullDiskIsUnavailableAndSaysSo) {
  ASSERT_TRUE(database_->ExecuteScript("PRAGMA max_page_count = 10").ok());
  absl::Status status;
  for (int i = 0; i < 100 && status.ok(); ++i) {
    auto insert = database_->Prepare("INSERT INTO t (b) VALUES (?)");
    ASSERT_TRUE(insert.ok());
    status = insert->BindBlob(std::string(3000, 'x')).Run();
  }
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, "STORE_UNAVAILABLE");
  EXPECT_EQ(details.metadata["path"], path_);
  EXPECT_THAT(std::string(status.message()), HasSubstr("the disk is full"));
  EXPECT_THAT(std::string(status.message()), HasSubstr(path_));
}

TEST_F(DatabaseTest, ReaderCannotWrite) {
  auto reader = Database::Open(path_, Database::Mode::kRead, Synchronous::kNormal);
  ASSERT_TRUE(reader.ok()) << reader.status();
  const absl::Status status = (*reader)->Execute("INSERT INTO t (i) VALUES (1)");
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("read-only"));
}

TEST_F(DatabaseTest, LogIsTruncatedAsSoonAsNobodyReadsFromIt) {
  const auto log_bytes = [&] { return std::filesystem::file_size(path_ + "-wal"); };
  auto reader = *Database::Open(path_, Database::Mode::kRead, Synchronous::kNormal);
  ASSERT_TRUE(reader->Execute("BEGIN").ok());
  EXPECT_EQ(*reader->QueryInteger("SELECT count(*) FROM t"), 0);
  ASSERT_TRUE(database_->Execute("INSERT INTO t (i) VALUES (1)").ok());
  EXPECT_TRUE(database_->TruncateLog().ok());
  EXPECT_GT(log_bytes(), 0u);
  EXPECT_EQ(*reader->QueryInteger("SELECT count(*) FROM t"), 0);
  ASSERT_TRUE(reader->Execute("COMMIT").ok());
  EXPECT_TRUE(database_->TruncateLog().ok());
  EXPECT_EQ(log_bytes(), 0u);
  EXPECT_EQ(*database_->QueryInteger("PRAGMA busy_timeout"), 10000);
}

TEST_F(DatabaseTest, UnopenableFileNamesItsPath) {
  const std::string path = testing::TempDir() + "/no-such-directory/x.db";
  const absl::Status status =
      Database::Open(path, Database::Mode::kReadWrite, Synchronous::kFull).status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
}

TEST_F(DatabaseTest, SynchronousIsWhatWasAskedFor) {
  EXPECT_EQ(*database_->QueryInteger("PRAGMA synchronous"), 1);
  auto full = Database::Open(path_, Database::Mode::kReadWrite, Synchronous::kFull);
  ASSERT_TRUE(full.ok());
  EXPECT_EQ(*(*full)->QueryInteger("PRAGMA synchronous"), 2);
  auto extra = Database::Open(path_, Database::Mode::kReadWrite, Synchronous::kExtra);
  ASSERT_TRUE(extra.ok());
  EXPECT_EQ(*(*extra)->QueryInteger("PRAGMA synchronous"), 3);
}

}  // namespace
}  // namespace tunegate::store
