// The care of an SQLite store keeps the contract of Caretaker.
#include "server/store/sqlite/sqlite_caretaker.h"

#include <utility>

#include "common/digest.h"
#include "server/store/caretaker_contract_test.h"
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

INSTANTIATE_TEST_SUITE_P(Sqlite, CaretakerContract, testing::Values(OpenSqliteCare));

}  // namespace
}  // namespace tunegate::store
