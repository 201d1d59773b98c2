// The care of a store on PostgreSQL keeps the contract of Caretaker.
#include "server/store/postgres/postgres_caretaker.h"

#include <string>
#include <utility>

#include "common/digest.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "server/store/caretaker_contract_test.h"
#include "server/store/postgres/postgres_store.h"
#include "server/store/postgres/testing/postgres_server.h"

namespace tunegate::store {
namespace {

CaredStore OpenCareAt(const std::string& url, const Clock* clock) {
  PostgresOptions options;
  options.url = url;
  options.data_dir = testing::TempDir() + "/care";
  options.clock = clock;
  auto store = OpenPostgresStore(options);
  EXPECT_TRUE(store.ok()) << store.status();
  auto caretaker = OpenPostgresCaretaker(options);
  EXPECT_TRUE(caretaker.ok()) << caretaker.status();
  return {*std::move(store), *std::move(caretaker)};
}

CaredStore OpenPostgresCare(const Clock* clock) {
  return OpenCareAt(postgres::PostgresServer::Get().NewDatabase(), clock);
}

TEST(PostgresCareTest, OrphanThatIsPutOrNamedAgainIsNewAgain) {
  const std::string url = postgres::PostgresServer::Get().NewDatabase();
  const CaredStore cared = OpenCareAt(url, nullptr);
  const std::string sha256 = Sha256Hex("bytes");
  ASSERT_TRUE(cared.store->PutBlob(sha256, "bytes").ok());
  const char* grow_old = "UPDATE tunegate.blobs SET put_time = now() - interval '2 hours'";
  postgres::RunAt(url, grow_old);
  // As every version of the program puts them.
  ASSERT_TRUE(cared.store->PutBlob(sha256, "bytes").ok());
  EXPECT_EQ(*cared.caretaker->SweepBlobs({}, absl::Hours(1)), 0);
  postgres::RunAt(url, grow_old);
  // Whoever looked what is named may have done so before this commit.
  Transaction names_it;
  names_it.blobs.push_back(sha256);
  ASSERT_TRUE(cared.store->Commit(std::move(names_it)).ok());
  EXPECT_EQ(*cared.caretaker->SweepBlobs({}, absl::Hours(1)), 0);
  postgres::RunAt(url, grow_old);
  EXPECT_EQ(*cared.caretaker->SweepBlobs({}, absl::Hours(1)), 1);
}

TEST(PostgresCareTest, BackupIsForPostgresOwnTools) {
  const CaredStore cared = OpenCareAt(postgres::PostgresServer::Get().NewDatabase(), nullptr);
  const absl::Status status = cared.caretaker->Copy({}).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status)) << status;
  EXPECT_EQ(DetailsOf(status).reason, "NOT_HERE");
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("pg_dump"));
}

// What the plan of reading the requests that are to be dropped goes by.
TEST(PostgresCareTest, OldRequestsAreFoundByTheirTime) {
  const std::string url = postgres::PostgresServer::Get().NewDatabase();
  const CaredStore cared = OpenCareAt(url, nullptr);
  const auto connection = postgres::ConnectTo(url);
  ASSERT_TRUE(connection->RunScript("SET enable_seqscan = off").ok());
  const auto plan = connection->Run(
      "EXPLAIN SELECT ctid FROM idempotency WHERE create_time < now() ORDER BY create_time "
      "LIMIT 1000");
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->Text(1, 0), testing::HasSubstr("idempotency_by_time"));
}

TEST(PostgresCareTest, TwoServersThatCountTheSameExcessDropItOnce) {
  const std::string url = postgres::PostgresServer::Get().NewDatabase();
  const CaredStore cared = OpenCareAt(url, nullptr);
  const CaredStore other = OpenCareAt(url, nullptr);
  for (int i = 0; i < 10; ++i) {
    Transaction transaction;
    transaction.events.push_back({.resource = "jobs/x", .payload = "x"});
    ASSERT_TRUE(cared.store->Commit(std::move(transaction)).ok());
  }
  const Retention six{.max_events = 6};
  int64_t by_other = 0;
  // Asked when this one has counted, and has dropped nothing yet.
  const auto meanwhile = [&] {
    if (by_other == 0) by_other = other.caretaker->DropOldEvents(six, {}).value_or(-1);
    return false;
  };
  EXPECT_EQ(cared.caretaker->DropOldEvents(six, meanwhile).value_or(-1), 0);
  EXPECT_EQ(by_other, 4);
  EXPECT_EQ(cared.store->ReadLogInfo()->oldest_position, 4);
}

INSTANTIATE_TEST_SUITE_P(Postgres, CaretakerContract, testing::Values(OpenPostgresCare));

}  // namespace
}  // namespace tunegate::store
