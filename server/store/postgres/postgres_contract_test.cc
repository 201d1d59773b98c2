// PostgreSQL keeps the contract of Store.
#include <string>

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
              },
          .damage_blob =
              [](const std::string& place, const std::string& sha256) {
                postgres::RunAt(place,
                                "UPDATE blob_chunks SET bytes = set_byte(bytes, 0, 63) "
                                "WHERE chunk = 0 AND sha256 = '" +
                                    sha256 + "'");
              }};
}

INSTANTIATE_TEST_SUITE_P(Engine, StoreContract, testing::Values(PostgresFactory()), EngineName);

}  // namespace
}  // namespace tunegate::store
