// SQLite keeps the contract of Store.
#include "common/digest.h"
#include "server/store/sqlite/sqlite_store.h"
#include "server/store/store_contract_test.h"

namespace tunegate::store {
namespace {

StoreFactory SqliteFactory() {
  return {.engine = "Sqlite",
          .new_place = [] { return testing::TempDir() + "/contract-" + RandomHex(8); },
          .open =
              [](const std::string& place, const Clock* clock) {
                SqliteOptions options;
                options.data_dir = place;
                options.clock = clock;
                return OpenSqliteStore(options);
              }};
}

INSTANTIATE_TEST_SUITE_P(Engine, StoreContract, testing::Values(SqliteFactory()), EngineName);

}  // namespace
}  // namespace tunegate::store
