// The care of a store on PostgreSQL keeps the contract of Caretaker.
#include "server/store/postgres/postgres_caretaker.h"

#include <utility>

#include "server/store/caretaker_contract_test.h"
#include "server/store/postgres/postgres_store.h"
#include "server/store/postgres/testing/postgres_server.h"

namespace tunegate::store {
namespace {

CaredStore OpenPostgresCare(const Clock* clock) {
  PostgresOptions options;
  options.url = postgres::PostgresServer::Get().NewDatabase();
  options.data_dir = testing::TempDir() + "/care";
  options.clock = clock;
  auto store = OpenPostgresStore(options);
  EXPECT_TRUE(store.ok()) << store.status();
  auto caretaker = OpenPostgresCaretaker(options);
  EXPECT_TRUE(caretaker.ok()) << caretaker.status();
  return {*std::move(store), *std::move(caretaker)};
}

INSTANTIATE_TEST_SUITE_P(Postgres, CaretakerContract, testing::Values(OpenPostgresCare));

}  // namespace
}  // namespace tunegate::store
