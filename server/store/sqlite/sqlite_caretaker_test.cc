// The care of an SQLite store keeps the contract of Caretaker.
#include "server/store/sqlite/sqlite_caretaker.h"

#include <utility>

#include "common/digest.h"
#include "gmock/gmock.h"
#include "server/store/caretaker_contract_test.h"
#include "server/store/sqlite/database.h"
#include "server/store/sqlite/sqlite_store.h"

namespace tunegate::store {
namespace {

CaredStore OpenSqliteCare(const Clock* clock) {
  SqliteOptions options;
  options.data_dir = testing::TempDir() + "/care-" + RandomHex(8);
  options.clock = clock;
  auto store = OpenSqliteStore(options);
  EXPECT_TRUE(store.ok()) << store.status();
  auto caretaker = OpenSqliteCaretaker(options);
  EXPECT_TRUE(caretaker.ok()) << caretaker.status();
  return {*std::move(store), *std::move(caretaker)};
}

// What the plan of reading the requests that are to be dropped goes by.
TEST(SqliteCareTest, OldRequestsAreFoundByTheirTime) {
  SqliteOptions options;
  options.data_dir = testing::TempDir() + "/care-" + RandomHex(8);
  const auto store = *OpenSqliteStore(options);
  const auto database =
      *Database::Open(options.data_dir + "/tunegate.db", Database::Mode::kRead, Synchronous::kFull);
  Statement plan = *database->Prepare(
      "EXPLAIN QUERY PLAN SELECT caller, method, request_id FROM idempotency "
      "WHERE create_time < 0 ORDER BY create_time LIMIT 1000");
  ASSERT_TRUE(*plan.Step());
  EXPECT_THAT(plan.Text(3), testing::HasSubstr("COVERING INDEX idempotency_by_time"));
  EXPECT_FALSE(*plan.Step()) << "nothing is sorted";
}

INSTANTIATE_TEST_SUITE_P(Sqlite, CaretakerContract, testing::Values(OpenSqliteCare));

}  // namespace
}  // namespace tunegate::store
