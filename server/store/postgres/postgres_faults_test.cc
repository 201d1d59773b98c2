// What can go wrong between a store and its database. A commit whose connection breaks is neither
// lost nor done twice, and callers are told the truth about it.
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/store/postgres/postgres_store.h"
#include "server/store/postgres/testing/cutting_proxy.h"
#include "server/store/postgres/testing/postgres_server.h"

namespace tunegate::store {
namespace {

using postgres::ConnectTo;
using postgres::Cut;
using postgres::CuttingProxy;
using postgres::PostgresServer;
using postgres::RunAt;
using testing::HasSubstr;

class PostgresFaultsTest : public testing::Test {
 protected:
  std::unique_ptr<Store> Open(const std::string& url, absl::Duration patience = absl::Minutes(2),
                              absl::Duration statement_timeout = absl::Seconds(60)) {
    PostgresOptions options;
    options.url = url;
    options.data_dir = directory_;
    options.patience = patience;
    options.statement_timeout = statement_timeout;
    auto store = OpenPostgresStore(options);
    EXPECT_TRUE(store.ok()) << store.status();
    return store.ok() ? *std::move(store) : nullptr;
  }
  // The database by way of `proxy`.
  std::string Through(const CuttingProxy& proxy) const {
    return absl::StrCat(url_.substr(0, url_.find('?')), "?host=", proxy.directory());
  }
  static absl::StatusOr<CommitResult> Create(Store& store, const std::string& name,
                                             bool long_way = false) {
    Transaction transaction;
    // Work that is not held cannot be ended in one trip (one_trip.h).
    if (long_way) transaction.finish.push_back("jobs/nothing");
    Record record;
    record.name = name;
    transaction.puts.push_back({.record = record, .expected_revision = 0});
    transaction.events.push_back({.resource = name, .payload = "made"});
    return store.Commit(std::move(transaction));
  }
  // Until all that was sent to the database has been carried out or refused.
  void AwaitNoSessions() {
    const auto admin = ConnectTo(url_);
    int64_t sessions = 1;
    while (sessions > 0) {
      const auto found = admin->Run(
          "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
          "AND pid <> pg_backend_pid()");
      ASSERT_TRUE(found.ok()) << found.status();
      sessions = found->Integer(0, 0);
    }
  }
  // Until somebody has begun to write into `table`.
  void AwaitWriter(const std::string& table) { AwaitLock(table, "mode = 'RowExclusiveLock'"); }
  // Until somebody waits for `table`.
  void AwaitWaiter(const std::string& table) { AwaitLock(table, "NOT granted"); }
  // Until there is a lock of this sort on `table`.
  void AwaitLock(const std::string& table, const std::string& sort) {
    const std::string sql =
        "SELECT count(*) > 0 FROM pg_locks WHERE relation = $1::regclass AND " + sort;
    const auto admin = ConnectTo(url_);
    while (!admin->Run(sql, postgres::Parameters().Add(table))->Boolean(0, 0)) {
    }
  }
  // The resources of all events, in order.
  std::vector<std::string> Logged() {
    const auto events = Open(url_)->ReadEvents({});
    EXPECT_TRUE(events.ok()) << events.status();
    std::vector<std::string> resources;
    for (const StoredEvent& event : *events) resources.push_back(event.resource);
    return resources;
  }

  const std::string url_ = PostgresServer::Get().NewDatabase();
  const std::string directory_ = testing::TempDir() + "/faults-" + RandomHex(4);
};

class CutCommitTest : public PostgresFaultsTest, public testing::WithParamInterface<Cut> {
 protected:
  void ExpectDoneOnceAndAcknowledged(bool long_way);
};

void CutCommitTest::ExpectDoneOnceAndAcknowledged(bool long_way) {
  CuttingProxy proxy(PostgresServer::Get().directory());
  const auto store = Open(Through(proxy));
  proxy.CutNext(GetParam());
  const auto committed = Create(*store, "jobs/cut", long_way);
  ASSERT_TRUE(committed.ok()) << committed.status();
  EXPECT_EQ(committed->position, 1);
  EXPECT_EQ(proxy.cuts(), 1);
  const auto next = Create(*store, "jobs/next");
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->position, 2);
  EXPECT_THAT(Logged(), testing::ElementsAre("jobs/cut", "jobs/next"));
}

TEST_P(CutCommitTest, CommitIsDoneOnceAndAcknowledged) {
  ExpectDoneOnceAndAcknowledged(/*long_way=*/false);
}

TEST_P(CutCommitTest, CommitInTwoTripsIsDoneOnceAndAcknowledged) {
  ExpectDoneOnceAndAcknowledged(/*long_way=*/true);
}

TEST_P(CutCommitTest, EventsThatComeTooLateAreNotLoggedAgain) {
  // Nothing but the batch's number tells that they were given up and written anew.
  {
    CuttingProxy proxy(PostgresServer::Get().directory());
    const auto store = Open(Through(proxy));
    proxy.CutNext(GetParam());
    Transaction transaction;
    transaction.events.push_back({.resource = "jobs/cut", .payload = "said"});
    const auto committed = store->Commit(std::move(transaction));
    ASSERT_TRUE(committed.ok()) << committed.status();
    EXPECT_EQ(committed->position, 1);
    EXPECT_EQ(proxy.cuts(), 1);
  }
  AwaitNoSessions();
  EXPECT_THAT(Logged(), testing::ElementsAre("jobs/cut"));
}

INSTANTIATE_TEST_SUITE_P(Cuts, CutCommitTest,
                         testing::Values(Cut::kBeforeCommit, Cut::kAfterCommit, Cut::kClientOnly,
                                         Cut::kCommitTooLate));

TEST_F(PostgresFaultsTest, CommitOfWhichNothingIsKnownIsSaidToBeUnknown) {
  CuttingProxy proxy(PostgresServer::Get().directory());
  const auto store = Open(Through(proxy), /*patience=*/absl::Milliseconds(300));
  proxy.CutNext(Cut::kAfterAndAway);
  const absl::Status status = Create(*store, "jobs/cut").status();
  EXPECT_TRUE(absl::IsUnknown(status)) << status;
  EXPECT_EQ(DetailsOf(status).reason, "COMMIT_OUTCOME_UNKNOWN");
  EXPECT_EQ(DetailsOf(Create(*store, "jobs/away").status()).reason, "STORE_UNAVAILABLE")
      << "that one was certainly not kept";
  proxy.LetIn(true);
  ASSERT_TRUE(Create(*store, "jobs/back").ok());
  EXPECT_THAT(Logged(), testing::ElementsAre("jobs/cut", "jobs/back"));
}

TEST_F(PostgresFaultsTest, DatabaseThatIsAwayIsUnavailableAndItsReturnIsNoticed) {
  const auto store = Open(url_, /*patience=*/absl::Milliseconds(300));
  ASSERT_TRUE(Create(*store, "jobs/before").ok());
  PostgresServer::Get().Stop();
  const absl::Status write = Create(*store, "jobs/away").status();
  EXPECT_TRUE(absl::IsUnavailable(write)) << write;
  EXPECT_EQ(DetailsOf(write).reason, "STORE_UNAVAILABLE");
  EXPECT_TRUE(absl::IsUnavailable(store->Get("jobs/before").status()));
  PostgresServer::Get().Start();
  EXPECT_TRUE(store->Get("jobs/before").ok());
  EXPECT_TRUE(Create(*store, "jobs/after").ok());
  EXPECT_THAT(Logged(), testing::ElementsAre("jobs/before", "jobs/after"));
}

TEST_F(PostgresFaultsTest, StoreIsClosedAtOnceWhileTheDatabaseIsAway) {
  auto store = Open(url_, /*patience=*/absl::Hours(1));
  PostgresServer::Get().Stop();
  store.reset();
  PostgresServer::Get().Start();
}

TEST_F(PostgresFaultsTest, StatementThatTakesTooLongIsCancelledAndSaidSo) {
  const auto store = Open(url_, absl::Minutes(2), /*statement_timeout=*/absl::Milliseconds(200));
  const auto other = ConnectTo(url_);
  ASSERT_TRUE(other->RunScript("BEGIN; SELECT * FROM meta FOR UPDATE").ok());
  const absl::Status status = Create(*store, "jobs/a").status();
  EXPECT_EQ(DetailsOf(status).reason, "STORE_UNAVAILABLE") << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("postgres_statement_timeout"));
  ASSERT_TRUE(other->RunScript("ROLLBACK").ok());
  EXPECT_TRUE(Create(*store, "jobs/a").ok());
}

TEST_F(PostgresFaultsTest, ServerThatWasStoppedWhileItSentACommitHoldsUpNobodyForLong) {
  CuttingProxy proxy(PostgresServer::Get().directory());
  const auto stopped = Open(Through(proxy));
  const auto other = Open(url_, absl::Minutes(2), /*statement_timeout=*/absl::Milliseconds(200));
  proxy.CutNext(Cut::kHalfSent);
  std::thread committing([&] {
    const auto committed = Create(*stopped, "jobs/stopped");
    EXPECT_TRUE(committed.ok()) << committed.status() << ": once its session was ended";
  });
  AwaitWriter("meta");
  const auto committed = Create(*other, "jobs/other");
  EXPECT_TRUE(committed.ok()) << committed.status();
  committing.join();
  EXPECT_THAT(Logged(), testing::ElementsAre("jobs/other", "jobs/stopped"));
}

TEST_F(PostgresFaultsTest, ServerThatWasStoppedWhileItSentABlobHoldsUpNobodyForLong) {
  CuttingProxy proxy(PostgresServer::Get().directory());
  const auto stopped = Open(Through(proxy));
  const auto other = Open(url_, absl::Minutes(2), /*statement_timeout=*/absl::Milliseconds(200));
  const std::string digest = Sha256Hex("bytes");
  proxy.CutNext(Cut::kHalfSent, "INSERT INTO blob_chunks");
  std::thread putting([&] {
    const auto put = stopped->PutBlob(digest, "bytes");
    EXPECT_TRUE(put.ok()) << put << ": once its session was ended";
  });
  AwaitWriter("blob_chunks");
  const auto put = other->PutBlob(digest, "bytes");
  EXPECT_TRUE(put.ok()) << put;
  putting.join();
  EXPECT_EQ(*other->GetBlob(digest), "bytes");
}

TEST_F(PostgresFaultsTest, MemberThatTheDatabaseRefusesHarmsNoOther) {
  const auto store = Open(url_);
  RunAt(url_, "ALTER TABLE resources ADD CHECK (name <> 'jobs/poison')");
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int k = 0; k < 10; ++k) {
        EXPECT_TRUE(Create(*store, absl::StrCat("jobs/", i, "-", k)).ok());
        const std::string poison = i == 0 ? "jobs/poison" : absl::StrCat("jobs/", i, "+", k);
        EXPECT_EQ(Create(*store, poison).ok(), i != 0);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store->ReadLogInfo()->newest_position, 80 + 70);
}

struct Trouble {
  const char* sqlstate;
  absl::StatusCode code;
  const char* reason;
  const char* remedy;
};

class TroubledDatabaseTest : public PostgresFaultsTest,
                             public testing::WithParamInterface<Trouble> {
 protected:
  // From now on the database meets this trouble when it writes jobs/bad.
  void BeginTrouble() {
    RunAt(url_, absl::StrCat("CREATE FUNCTION trouble() RETURNS trigger LANGUAGE plpgsql AS $$ "
                             "BEGIN RAISE EXCEPTION 'trouble' USING ERRCODE = '",
                             GetParam().sqlstate,
                             "'; END $$; "
                             "CREATE TRIGGER trouble BEFORE INSERT ON resources FOR EACH ROW "
                             "WHEN (NEW.name = 'jobs/bad') EXECUTE FUNCTION trouble()"));
  }
};

TEST_P(TroubledDatabaseTest, WriteStopsAndSaysWhyAndWhatWasAcknowledgedStays) {
  const auto store = Open(url_);
  ASSERT_TRUE(Create(*store, "jobs/before").ok());
  BeginTrouble();
  const absl::Status status = Create(*store, "jobs/bad").status();
  EXPECT_EQ(status.code(), GetParam().code) << status;
  EXPECT_EQ(DetailsOf(status).reason, GetParam().reason);
  EXPECT_EQ(DetailsOf(status).metadata["sqlstate"], GetParam().sqlstate);
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().remedy));
  EXPECT_TRUE(absl::IsNotFound(store->Get("jobs/bad").status())) << "all of it, or nothing";
  EXPECT_TRUE(store->Get("jobs/before").ok());
  ASSERT_TRUE(Create(*store, "jobs/after").ok()) << "the store goes on by itself";
  EXPECT_THAT(Logged(), testing::ElementsAre("jobs/before", "jobs/after"));
}

INSTANTIATE_TEST_SUITE_P(
    Troubles, TroubledDatabaseTest,
    testing::Values(Trouble{"53100", absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE",
                            "make room on the database's disk"},
                    Trouble{"58030", absl::StatusCode::kUnavailable, "STORE_UNAVAILABLE",
                            "look at the database's disk"},
                    Trouble{"XX001", absl::StatusCode::kInternal, "STORE_CORRUPT",
                            "restore a backup"}),
    [](const auto& info) { return std::string("Sqlstate") + info.param.sqlstate; });

TEST_F(PostgresFaultsTest, TerminalWithoutEndTimeIsRefusedByTheSchemaItself) {
  Open(url_);
  const absl::Status status = ConnectTo(url_)->RunScript(
      "INSERT INTO resources VALUES ('jobs/a', 'jobs', '', '', '', true, 1, now(), NULL, '')");
  EXPECT_EQ(DetailsOf(status).metadata["sqlstate"], "23514") << status;
}

TEST_F(PostgresFaultsTest, LogThatIsAheadOfItsCounterIsFoundWhenTheStoreIsOpened) {
  ASSERT_TRUE(Create(*Open(url_), "jobs/a").ok());
  RunAt(url_, "UPDATE meta SET newest_position = 0");
  PostgresOptions options;
  options.url = url_;
  options.data_dir = directory_;
  EXPECT_EQ(DetailsOf(OpenPostgresStore(options).status()).reason, "STORE_CORRUPT");
}

TEST_F(PostgresFaultsTest, DamagedBlobIsNotHandedOut) {
  const auto store = Open(url_);
  const std::string bytes(600000, 'x');
  const std::string digest = Sha256Hex(bytes);
  ASSERT_TRUE(store->PutBlob(digest, bytes).ok());
  RunAt(url_, "UPDATE blob_chunks SET bytes = 'y' WHERE chunk = 1");
  EXPECT_EQ(DetailsOf(store->GetBlob(digest).status()).reason, "STORE_CORRUPT");
  EXPECT_EQ(DetailsOf(store->OpenBlob(digest).status()).reason, "STORE_CORRUPT");
}

// The bytes of a blob are changed half-way, and so is the blob, as by a server that puts it anew.
class ChangedBlobTest : public PostgresFaultsTest {
 protected:
  void While(const std::function<void(Store&)>& reading) {
    const auto store = Open(url_);
    ASSERT_TRUE(store->PutBlob(digest_, bytes_).ok());
    const auto other = ConnectTo(url_);
    ASSERT_TRUE(other->RunScript("BEGIN; LOCK TABLE blob_chunks").ok());
    std::thread reader([&] { reading(*store); });
    AwaitWaiter("blob_chunks");
    EXPECT_TRUE(other
                    ->RunScript("DELETE FROM blob_chunks WHERE chunk = 1; "
                                "UPDATE blobs SET size = size; COMMIT")
                    .ok());
    reader.join();
  }

  const std::string bytes_ = std::string(600000, 'x');
  const std::string digest_ = Sha256Hex(bytes_);
};

TEST_F(ChangedBlobTest, IsNotCalledDamaged) {
  While([&](Store& store) {
    const absl::Status read = store.GetBlob(digest_).status();
    EXPECT_TRUE(absl::IsUnavailable(read)) << read;
    EXPECT_THAT(std::string(read.message()), HasSubstr("put anew"));
  });
}

TEST_F(ChangedBlobTest, HoldsUpNobodyWhoPutsItToo) {
  While([&](Store& store) {
    const absl::Status put = store.PutBlob(digest_, bytes_);
    EXPECT_TRUE(put.ok()) << put;
  });
}

TEST_F(PostgresFaultsTest, LentCopiesOfBlobsLeaveNothingBehind) {
  const auto store = Open(url_);
  ASSERT_TRUE(store->PutBlob(Sha256Hex("bytes"), "bytes").ok());
  const auto blob = store->OpenBlob(Sha256Hex("bytes"));
  ASSERT_TRUE(blob.ok()) << blob.status();
  EXPECT_TRUE(std::filesystem::is_empty(directory_)) << "not even while they are lent";
}

TEST_F(PostgresFaultsTest, DatabaseThatKeepsNotEveryTextIsRefused) {
  RunAt(url_,
        "CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc "
        "TEMPLATE template0");
  PostgresOptions options;
  options.url = PostgresServer::Get().UrlOf("latin");
  options.data_dir = directory_;
  const absl::Status status = OpenPostgresStore(options).status();
  EXPECT_EQ(DetailsOf(status).reason, "STORE_REFUSED") << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("UTF8"));
}

}  // namespace
}  // namespace tunegate::store
