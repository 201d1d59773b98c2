// SQLite keeps the contract of Store.
#include <fstream>
#include <string>

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
              },
          .damage_blob =
              [](const std::string& place, const std::string& sha256) {
                std::fstream file(place + "/blobs/" + sha256.substr(0, 2) + "/" + sha256,
                                  std::ios::in | std::ios::out | std::ios::binary);
                EXPECT_TRUE(file.put('?').flush().good());
              }};
}

INSTANTIATE_TEST_SUITE_P(Engine, StoreContract, testing::Values(SqliteFactory()), EngineName);

Transaction PutOf(const std::string& name, int64_t expected_revision, const std::string& payload) {
  Record record;
  record.name = name;
  record.payload = payload;
  Transaction transaction;
  transaction.puts.push_back({.record = record, .expected_revision = expected_revision});
  return transaction;
}

TEST(SqliteStoreTest, WhatWasReadIsKnownUntilItIsWritten) {
  const StoreFactory factory = SqliteFactory();
  const auto store = *factory.open(factory.new_place(), &RealClock());
  ASSERT_TRUE(store->Commit(PutOf("jobs/a", 0, "old")).ok());
  EXPECT_EQ(store->Peek("jobs/a"), nullptr);
  ASSERT_TRUE(store->Get("jobs/a").ok());
  ASSERT_NE(store->Peek("jobs/a"), nullptr);
  EXPECT_EQ(store->Peek("jobs/a")->payload, "old");
  ASSERT_TRUE(store->Commit(PutOf("jobs/a", 1, "new")).ok());
  EXPECT_EQ(store->Peek("jobs/a"), nullptr);
  EXPECT_EQ(store->Get("jobs/a")->payload, "new");
  EXPECT_EQ(store->Peek("jobs/a")->revision, 2);
}

}  // namespace
}  // namespace tunegate::store
