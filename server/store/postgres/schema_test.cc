// Servers of different versions on one database.
#include "server/store/postgres/schema.h"

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/digest.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/postgres/postgres_store.h"
#include "server/store/postgres/testing/postgres_server.h"

namespace tunegate::store {
namespace {

using postgres::ConnectTo;
using postgres::MigrateSchema;
using postgres::Migration;
using postgres::PostgresServer;

// The next version's, as its rule allows.
constexpr char kNext[] =
    "ALTER TABLE resources ADD COLUMN note text NOT NULL DEFAULT ''; "
    "CREATE TABLE notes (name text PRIMARY KEY); "
    "CREATE INDEX resources_by_note ON resources (note)";

class SchemaTest : public testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Store>> Open() {
    PostgresOptions options;
    options.url = url_;
    options.data_dir = testing::TempDir() + "/schema-" + RandomHex(4);
    options.patience = absl::Minutes(2);
    return OpenPostgresStore(options);
  }
  // Migrates as a program does that knows one more, whose `oldest_program` it says.
  absl::Status MigrateFurther(int oldest_program) {
    std::vector<Migration> migrations(postgres::Migrations().begin(), postgres::Migrations().end());
    migrations.push_back({.sql = kNext, .oldest_program = oldest_program});
    return MigrateSchema(*ConnectTo(url_), migrations);
  }
  static absl::Status Create(Store& store, const std::string& name) {
    Transaction transaction;
    Record record;
    record.name = name;
    transaction.puts.push_back({.record = record, .expected_revision = 0});
    return store.Commit(std::move(transaction)).status();
  }

  const int known_ = static_cast<int>(postgres::Migrations().size());
  const std::string url_ = PostgresServer::Get().NewDatabase();
};

TEST_F(SchemaTest, ProgramsOfTwoVersionsWorkSideBySide) {
  const auto running = Open();
  ASSERT_TRUE(running.ok()) << running.status();
  ASSERT_TRUE(Create(**running, "jobs/before").ok());
  ASSERT_TRUE(MigrateFurther(known_).ok());
  EXPECT_TRUE(Create(**running, "jobs/after").ok());
  ListQuery query;
  query.kind = "jobs";
  EXPECT_EQ((*running)->List(query)->size(), 2u);
  const auto restarted = Open();
  ASSERT_TRUE(restarted.ok()) << "the older one may be started again: " << restarted.status();
  EXPECT_TRUE(Create(**restarted, "jobs/restarted").ok());
}

TEST_F(SchemaTest, NewerSchemaThatLeavesThisProgramBehindIsRefusedAndLeftAlone) {
  ASSERT_TRUE(MigrateFurther(known_ + 1).ok());
  const absl::Status status = Open().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(DetailsOf(status).reason, "SCHEMA_TOO_NEW");
  const auto version = ConnectTo(url_)->Run("SELECT version FROM schema_version");
  EXPECT_EQ(version->Integer(0, 0), known_ + 1);
}

TEST_F(SchemaTest, MigrationThatFailsLeavesNothing) {
  std::vector<Migration> migrations(postgres::Migrations().begin(), postgres::Migrations().end());
  migrations.push_back(
      {.sql = "CREATE TABLE half (name text); SELECT no_such_function()", .oldest_program = 1});
  EXPECT_FALSE(MigrateSchema(*ConnectTo(url_), migrations).ok());
  const auto found = ConnectTo(url_)->Run("SELECT to_regnamespace('tunegate') IS NULL");
  EXPECT_TRUE(found->Boolean(0, 0));
  EXPECT_TRUE(Open().ok());
}

TEST_F(SchemaTest, MigrationComesAgainWhenATableWasTakenForTooLong) {
  const auto all = postgres::Migrations();
  ASSERT_TRUE(MigrateSchema(*ConnectTo(url_), all.first(1)).ok());
  const auto other = ConnectTo(url_), admin = ConnectTo(url_);
  ASSERT_TRUE(other->RunScript("BEGIN; SELECT * FROM blobs").ok());
  std::atomic<bool> ended = false;
  std::thread opening([&] {
    const auto opened = Open();
    EXPECT_TRUE(opened.ok()) << opened.status();
    ended = true;
  });
  // Two attempts that stood in line.
  std::set<absl::Time> attempts;
  while (attempts.size() < 2 && !ended) {
    const auto waiting = admin->Run(
        "SELECT query_start FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
        "AND datname = current_database()");
    if (waiting->rows() > 0) attempts.insert(waiting->Time(0, 0));
  }
  EXPECT_EQ(attempts.size(), 2u);
  ASSERT_TRUE(other->RunScript("ROLLBACK").ok());
  opening.join();
}

TEST_F(SchemaTest, SchemaThatWasMadeForUsNeedsNoRightToMakeOne) {
  postgres::RunAt(url_, "CREATE ROLE guest LOGIN; CREATE SCHEMA tunegate AUTHORIZATION guest");
  PostgresOptions options;
  options.url = url_ + "&user=guest";
  options.data_dir = testing::TempDir() + "/schema-guest";
  const auto store = OpenPostgresStore(options);
  EXPECT_TRUE(store.ok()) << store.status();
}

TEST_F(SchemaTest, MissingRightIsNamedWithTheRemedy) {
  postgres::RunAt(url_, "CREATE ROLE stranger LOGIN");
  PostgresOptions options;
  options.url = url_ + "&user=stranger";
  options.data_dir = testing::TempDir() + "/schema-stranger";
  const absl::Status status = OpenPostgresStore(options).status();
  EXPECT_EQ(DetailsOf(status).reason, "STORE_REFUSED") << status;
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("GRANT CREATE"));
}

}  // namespace
}  // namespace tunegate::store
