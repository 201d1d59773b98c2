// PostgreSQL keeps the contract of Store.
#include "common/digest.h"
#include "server/store/postgres/postgres_store.h"
#include "server/store/postgres/testing/postgres_server.h"
#include "server/store/store_contract_test.h"

namespace tunegate::store {
namespace {

StoreFactory PostgresFactory() {
  return {.engine = "Postgres",
          .new_place = [] { return postgres::PostgresServer::Get().NewDatabase(); },
          .open =
              [](const std::string& place, const Clock* clock) {
                PostgresOptions options;
                options.url = place;
                options.data_dir = testing::TempDir() + "/contract";
                options.clock = clock;
                return OpenPostgresStore(options);
              }};
}

INSTANTIATE_TEST_SUITE_P(Engine, StoreContract, testing::Values(PostgresFactory()), EngineName);

}  // namespace
}  // namespace tunegate::store
