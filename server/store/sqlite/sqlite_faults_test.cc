// What can go wrong around an SQLite store: who else uses it, what it finds when it opens, a disk
// that fails under it. Each is told clearly, and what was acknowledged stays.
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/sqlite/database.h"
#include "server/store/sqlite/sqlite_store.h"

namespace tunegate::store {
namespace {

using testing::HasSubstr;

class SqliteFaultsTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Store>> Open() {
    SqliteOptions options;
    options.data_dir = directory_;
    options.clock = &clock_;
    return OpenSqliteStore(options);
  }
  std::unique_ptr<Store> MustOpen() {
    auto store = Open();
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  static absl::Status Create(Store& store, const std::string& name, size_t size = 10) {
    Transaction transaction;
    Record record;
    record.name = name;
    record.payload = std::string(size, 'x');
    transaction.puts.push_back({.record = record, .expected_revision = 0});
    return store.Commit(std::move(transaction)).status();
  }

  // Overwrites the head of a table's first page; the store is closed.
  void DamagePageOf(const std::string& table) {
    int64_t root = 0;
    {
      auto database = Database::Open(file_, Database::Mode::kReadWrite, Synchronous::kFull);
      ASSERT_TRUE(database.ok());
      root = *(*database)->QueryInteger(
          absl::StrCat("SELECT rootpage FROM sqlite_schema WHERE name = '", table, "'"));
    }
    std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp((root - 1) * 4096);
    file << std::string(64, '\xee');
  }
  // What an inspection says once the check that goes on beside it has ended.
  static Inspection AwaitPageCheck(Store& store) {
    while (true) {
      const auto inspection = store.Inspect(true);
      EXPECT_TRUE(inspection.ok()) << inspection.status();
      if (!inspection.ok()) return {};
      const bool under_way =
          inspection->damage.empty() && inspection->checked.find("under way") != std::string::npos;
      if (!under_way) return *inspection;
    }
  }

  FakeClock clock_{absl::FromUnixSeconds(1800000000)};
  const std::string directory_ = testing::TempDir() + "/faults-" + RandomHex(8);
  const std::string file_ = directory_ + "/tunegate.db";
};

TEST_F(SqliteFaultsTest, SecondServerIsToldWhoHoldsTheDirectory) {
  const auto store = MustOpen();
  const absl::Status status = Open().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  ErrorDetails details = DetailsOf(status);
  EXPECT_EQ(details.reason, "DATA_DIR_IN_USE");
  EXPECT_EQ(details.metadata["pid"], absl::StrCat(getpid()));
  EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("process ", getpid())));
  EXPECT_THAT(std::string(status.message()), HasSubstr(directory_));
}

TEST_F(SqliteFaultsTest, DirectoryIsFreeAgainWhenTheStoreIsClosed) {
  MustOpen().reset();
  MustOpen();
}

TEST_F(SqliteFaultsTest, WorkOfADeadServerGoesOnAtOnceAndTheDeadCannotWrite) {
  auto store = MustOpen();
  Transaction schedule;
  schedule.schedule.push_back({.name = "jobs/a", .delay = absl::ZeroDuration()});
  ASSERT_TRUE(store->Commit(std::move(schedule)).ok());
  const auto dead = store->ClaimWork("dead", absl::Hours(1), 10);
  ASSERT_TRUE(dead.ok());
  ASSERT_EQ(dead->size(), 1u);
  store.reset();
  store = MustOpen();
  const auto claimed = store->ClaimWork("living", absl::Hours(1), 10);
  ASSERT_TRUE(claimed.ok());
  ASSERT_EQ(claimed->size(), 1u) << "no waiting for a lease that nobody can hold";
  Transaction late;
  late.lease = (*dead)[0].lease;
  EXPECT_EQ(DetailsOf(store->Commit(std::move(late)).status()).reason, "LEASE_LOST");
}

TEST_F(SqliteFaultsTest, MissingParentsAreMade) {
  SqliteOptions options;
  options.data_dir = directory_ + "/a/b/c";
  EXPECT_TRUE(OpenSqliteStore(options).ok());
}

TEST_F(SqliteFaultsTest, FileInPlaceOfTheDirectoryIsNamed) {
  std::ofstream(directory_) << "not a directory";
  for (const std::string& path : {directory_, directory_ + "/below"}) {
    SqliteOptions options;
    options.data_dir = path;
    const absl::Status status = OpenSqliteStore(options).status();
    EXPECT_EQ(DetailsOf(status).reason, "DATA_DIR_UNUSABLE") << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(path));
    EXPECT_THAT(std::string(status.message()), HasSubstr("--data_dir"));
  }
}

TEST_F(SqliteFaultsTest, ReadOnlyDirectoryIsNamedWithTheRemedy) {
  std::filesystem::create_directories(directory_);
  chmod(directory_.c_str(), 0555);
  // Root may write everywhere, so the attempt is made as nobody, in a process of its own. It is
  // made by a relative name, for the folders above the test's may be closed to nobody.
  const std::filesystem::path path(directory_);
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (chdir(path.parent_path().c_str()) != 0) _exit(1);
    if (getuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(1);
    SqliteOptions options;
    options.data_dir = path.filename();
    const absl::Status status = OpenSqliteStore(options).status();
    const std::string text = absl::StrCat(DetailsOf(status).reason, "|", status.message());
    _exit(write(pipe_ends[1], text.data(), text.size()) < 0 ? 1 : 0);
  }
  close(pipe_ends[1]);
  char text[1000];
  const ssize_t size = read(pipe_ends[0], text, sizeof(text));
  close(pipe_ends[0]);
  int exit_status = 0;
  waitpid(child, &exit_status, 0);
  EXPECT_EQ(exit_status, 0);
  ASSERT_GT(size, 0);
  const std::string told(text, static_cast<size_t>(size));
  EXPECT_THAT(told, HasSubstr("DATA_DIR_UNUSABLE|"));
  EXPECT_THAT(told, HasSubstr("Permission denied"));
  EXPECT_THAT(told, HasSubstr("let the server's user write there"));
}

TEST_F(SqliteFaultsTest, NewerSchemaIsRefusedAndLeftAlone) {
  MustOpen().reset();
  {
    auto database = Database::Open(file_, Database::Mode::kReadWrite, Synchronous::kFull);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE((*database)->ExecuteScript("PRAGMA user_version = 1000").ok());
  }
  const absl::Status status = Open().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(DetailsOf(status).reason, "SCHEMA_TOO_NEW");
  EXPECT_THAT(std::string(status.message()), HasSubstr("schema 1000"));
  auto database = Database::Open(file_, Database::Mode::kRead, Synchronous::kFull);
  ASSERT_TRUE(database.ok());
  EXPECT_EQ(*(*database)->QueryInteger("PRAGMA user_version"), 1000);
}

TEST_F(SqliteFaultsTest, FileThatIsNoDatabaseIsRefused) {
  std::filesystem::create_directories(directory_);
  std::ofstream(file_) << std::string(10000, 'x');
  const absl::Status status = Open().status();
  EXPECT_EQ(DetailsOf(status).reason, "STORE_CORRUPT") << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(file_));
  EXPECT_THAT(std::string(status.message()), HasSubstr("backup"));
}

TEST_F(SqliteFaultsTest, DamagedPageIsFoundWhenTheStoreIsOpened) {
  {
    const auto store = MustOpen();
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(Create(*store, absl::StrCat("jobs/", i), 2000).ok());
    }
  }
  std::fstream file(file_, std::ios::in | std::ios::out | std::ios::binary);
  for (int page = 20; page < 60; ++page) {  // most of them are the records'
    file.seekp(page * 4096);
    file << std::string(64, '\xee');
  }
  file.close();
  const absl::Status status = Open().status();
  EXPECT_EQ(DetailsOf(status).reason, "STORE_CORRUPT") << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(file_));
}

TEST_F(SqliteFaultsTest, DamagedPageStopsTheWriteThatMeetsItAndWhatWasAcknowledgedStays) {
  ASSERT_TRUE(Create(*MustOpen(), "jobs/acknowledged").ok());
  DamagePageOf("rows");
  SqliteOptions options;
  options.data_dir = directory_;
  options.full_check_max_bytes = 0;  // as if it were too large to be read at every start
  const auto store = OpenSqliteStore(options);
  ASSERT_TRUE(store.ok()) << store.status();

  Transaction transaction;
  Record record;
  record.name = "jobs/refused";
  transaction.puts.push_back({.record = record, .expected_revision = 0});
  transaction.rows.push_back({"jobs/refused", "calls", "1", "x"});
  const absl::Status status = (*store)->Commit(std::move(transaction)).status();
  EXPECT_EQ(DetailsOf(status).reason, "STORE_CORRUPT") << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr(file_));
  EXPECT_THAT(std::string(status.message()), HasSubstr("restore a backup"));
  EXPECT_TRUE(absl::IsNotFound((*store)->Get("jobs/refused").status())) << "all of it, or nothing";
  EXPECT_TRUE((*store)->Get("jobs/acknowledged").ok());
  EXPECT_EQ(DetailsOf((*store)->ReadRows("jobs/refused", "calls", "", 10).status()).reason,
            "STORE_CORRUPT");
}

TEST_F(SqliteFaultsTest, DamageOfADatabaseThatIsTooLargeToReadAtTheStartIsFoundSoonAfterIt) {
  SqliteOptions options;
  options.data_dir = directory_;
  options.full_check_max_bytes = 0;
  ASSERT_TRUE(Create(*MustOpen(), "jobs/a").ok());
  {
    const auto store = *OpenSqliteStore(options);
    const Inspection whole = AwaitPageCheck(*store);
    EXPECT_THAT(whole.checked, testing::EndsWith("every page, after the start"));
    EXPECT_EQ(whole.damage, "");
  }
  DamagePageOf("rows");
  const auto store = *OpenSqliteStore(options);
  AwaitPageCheck(*store);
  for (const bool look_for_damage : {false, true}) {
    EXPECT_THAT(store->Inspect(look_for_damage)->damage, HasSubstr("restore a backup"));
  }
}

TEST_F(SqliteFaultsTest, InspectionSaysWhatWasLookedThrough) {
  EXPECT_THAT(MustOpen()->Inspect(true)->checked, testing::EndsWith("; every page"));
  SqliteOptions options;
  options.data_dir = directory_;
  options.full_check_max_bytes = 200'000;
  const auto store = *OpenSqliteStore(options);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Create(*store, absl::StrCat("jobs/", i), 30000).ok());
  EXPECT_THAT(store->Inspect(true)->checked, testing::EndsWith("every page, at the start"))
      << "it has grown since";
}

TEST_F(SqliteFaultsTest, DamageIsFoundByInspectionWhileTheStoreIsOpen) {
  const auto store = MustOpen();
  Transaction transaction;
  transaction.events.push_back({.resource = "jobs/a", .payload = "x"});
  ASSERT_TRUE(store->Commit(std::move(transaction)).ok());
  {
    auto database = Database::Open(file_, Database::Mode::kReadWrite, Synchronous::kFull);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE((*database)->ExecuteScript("UPDATE meta SET newest_position = 0").ok());
  }
  EXPECT_EQ(store->Inspect(false)->damage, "") << "not asked for";
  EXPECT_THAT(store->Inspect(true)->damage, HasSubstr("restore a backup"));
}

TEST_F(SqliteFaultsTest, LogThatIsAheadOfItsCounterIsFoundWhenTheStoreIsOpened) {
  {
    const auto store = MustOpen();
    Transaction transaction;
    transaction.events.push_back({.resource = "jobs/a", .payload = "x"});
    ASSERT_TRUE(store->Commit(std::move(transaction)).ok());
  }
  {
    auto database = Database::Open(file_, Database::Mode::kReadWrite, Synchronous::kFull);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE((*database)->ExecuteScript("UPDATE meta SET newest_position = 0").ok());
  }
  EXPECT_EQ(DetailsOf(Open().status()).reason, "STORE_CORRUPT");
}

TEST_F(SqliteFaultsTest, TerminalWithoutEndTimeIsRefusedByTheSchemaItself) {
  MustOpen().reset();
  auto database = Database::Open(file_, Database::Mode::kReadWrite, Synchronous::kFull);
  ASSERT_TRUE(database.ok());
  const absl::Status status = (*database)->ExecuteScript(
      "INSERT INTO resources VALUES ('jobs/a', 'jobs', '', '', '', 1, 1, 0, NULL, x'')");
  EXPECT_THAT(std::string(status.message()), HasSubstr("CHECK constraint failed"));
}

// While it lives, no file of this process may grow beyond a size: writes fail as on a bad disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &old_);
    const struct rlimit limit = {.rlim_cur = bytes, .rlim_max = old_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &old_);
    signal(SIGXFSZ, old_handler_);
  }

 private:
  struct rlimit old_;
  sighandler_t old_handler_;
};

TEST_F(SqliteFaultsTest, FailingDiskStopsTheWriteKeepsWhatWasAcknowledgedAndPasses) {
  const auto store = MustOpen();
  int acknowledged = 0;
  absl::Status failure;
  {
    const FileSizeLimit limit(600000);
    while (failure.ok() && acknowledged < 1000) {
      failure = Create(*store, absl::StrCat("jobs/", acknowledged), 30000);
      acknowledged += failure.ok() ? 1 : 0;
    }
    EXPECT_TRUE(absl::IsUnavailable(failure)) << failure;
    EXPECT_EQ(DetailsOf(failure).reason, "STORE_UNAVAILABLE");
    EXPECT_THAT(std::string(failure.message()), HasSubstr(file_));
    EXPECT_TRUE(absl::IsNotFound(store->Get(absl::StrCat("jobs/", acknowledged)).status()))
        << "the store still reads, and nothing half-written is seen";
    const std::string blob(700000, 'x');
    const absl::Status refused = store->PutBlob(Sha256Hex(blob), blob);
    EXPECT_EQ(DetailsOf(refused).reason, "STORE_UNAVAILABLE") << refused;
    EXPECT_TRUE(absl::IsNotFound(store->GetBlob(Sha256Hex(blob)).status()));
  }
  EXPECT_GT(acknowledged, 0);
  EXPECT_TRUE(Create(*store, "jobs/afterwards").ok()) << "the store goes on by itself";
  for (int i = 0; i < acknowledged; ++i) {
    EXPECT_TRUE(store->Get(absl::StrCat("jobs/", i)).ok()) << i;
  }
}

TEST_F(SqliteFaultsTest, DamagedBlobIsNotHandedOut) {
  const auto store = MustOpen();
  const std::string digest = Sha256Hex("the bytes");
  ASSERT_TRUE(store->PutBlob(digest, "the bytes").ok());
  const std::string path = store->OpenBlob(digest)->path();
  std::ofstream(path) << "THE BYTES";
  const absl::Status status = store->GetBlob(digest).status();
  EXPECT_EQ(DetailsOf(status).reason, "STORE_CORRUPT");
  EXPECT_THAT(std::string(status.message()), HasSubstr(path));
  std::ofstream(path) << "cut";
  ASSERT_TRUE(store->PutBlob(digest, "the bytes").ok()) << "putting it again repairs it";
  EXPECT_EQ(*store->GetBlob(digest), "the bytes");
}

TEST_F(SqliteFaultsTest, BlobWhoseSweepWasCutOffIsThereWhenTheStoreIsOpened) {
  const std::string digest = Sha256Hex("bytes");
  ASSERT_TRUE(MustOpen()->PutBlob(digest, "bytes").ok());
  const std::string file = absl::StrCat(directory_, "/blobs/", digest.substr(0, 2), "/", digest);
  std::filesystem::rename(file, file + ".0123456789abcdef.aside");
  EXPECT_EQ(*MustOpen()->GetBlob(digest), "bytes");
  EXPECT_FALSE(std::filesystem::exists(file + ".0123456789abcdef.aside"));
}

TEST_F(SqliteFaultsTest, InterruptedPutsAreSweptWhenTheStoreIsOpened) {
  MustOpen().reset();
  const std::string left = directory_ + "/blobs/ab/abc.123.tmp";
  std::filesystem::create_directories(directory_ + "/blobs/ab");
  std::ofstream(left) << "half";
  MustOpen();
  EXPECT_FALSE(std::filesystem::exists(left));
}

}  // namespace
}  // namespace tunegate::store
