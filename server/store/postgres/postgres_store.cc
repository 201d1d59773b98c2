#include "server/store/postgres/postgres_store.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/log.h"
#include "server/store/blob_status.h"
#include "server/store/committer.h"
#include "server/store/postgres/backoff.h"
#include "server/store/postgres/commit_signals.h"
#include "server/store/postgres/connection_pool.h"
#include "server/store/postgres/database_clock.h"
#include "server/store/postgres/postgres_blobs.h"
#include "server/store/postgres/postgres_engine.h"
#include "server/store/postgres/postgres_reads.h"
#include "server/store/postgres/postgres_url.h"
#include "server/store/postgres/schema.h"
#include "server/store/postgres/sql_status.h"
#include "server/store/postgres/stuck_sessions.h"

namespace tunegate::store {
namespace postgres {
namespace {

// A migration may take its time, and other servers wait for it.
constexpr absl::Duration kMigrationTimeout = absl::Minutes(10);
// Between a batch's two round trips everybody waits for this server; should it be stopped just
// then, the database sets the others free after so long.
constexpr absl::Duration kWriterIdleTimeout = absl::Seconds(2);

SessionOptions SessionOf(const PostgresOptions& options) {
  return {.statement_timeout = options.statement_timeout,
          .idle_transaction_timeout = options.statement_timeout};
}

EngineOptions EngineOf(const PostgresOptions& options, const std::string& writer,
                       std::function<void()> announce) {
  EngineOptions engine;
  engine.announce = std::move(announce);
  engine.writer = writer;
  engine.session = SessionOf(options);
  engine.session.idle_transaction_timeout = kWriterIdleTimeout;
  engine.patience = options.patience;
  engine.clock = options.clock;
  return engine;
}

// Leaves a mark of `writer`, so that its first batch, too, goes in one trip, and forgets those of
// servers that are long gone. One that lives writes its own anew with the next batch.
absl::Status EnterWriter(Connection& connection, const std::string& writer) {
  connection.Queue("DELETE FROM writers WHERE time < clock_timestamp() - interval '7 days'");
  connection.Queue(
      "INSERT INTO writers (writer, batch, time) VALUES ($1, 0, clock_timestamp()) "
      "ON CONFLICT DO NOTHING",
      Parameters().Add(writer));
  return connection.RunQueued().status();
}

class PostgresStore : public Store {
 public:
  PostgresStore(const PostgresOptions& options, PostgresUrl url)
      : options_(options),
        url_(std::move(url)),
        writer_(RandomHex(16)),
        pool_(&url_, SessionOf(options), std::max(options.connections, 1), options.patience,
              &closing_),
        engine_(&url_, EngineOf(options, writer_, [this] { signals_->Announce(); }), &closing_),
        committer_(&engine_) {}

  // Whoever still commits announces it: the signals go after them.
  ~PostgresStore() override {
    closing_.Raise();
    committer_.Close();
  }

  absl::Status Open() {
    TG_RETURN_IF_ERROR(Migrate());
    TG_RETURN_IF_ERROR(pool_.Run([&](Connection& connection) -> absl::Status {
      TG_RETURN_IF_ERROR(CheckIntegrity(connection));
      TG_RETURN_IF_ERROR(EnterWriter(connection, writer_));
      return database_clock_.Read(connection);
    }));
    signals_.emplace(&url_, SessionOf(options_), writer_, &database_clock_, &closing_,
                     [this] { committer_.CallListener(); });
    return absl::OkStatus();
  }

  absl::StatusOr<CommitResult> Commit(Transaction transaction) override {
    return committer_.Commit(std::move(transaction));
  }
  absl::StatusOr<std::vector<ClaimedWork>> ClaimWork(std::string_view owner,
                                                     absl::Duration lease_duration,
                                                     int limit) override {
    return committer_.Claim(
        {.owner = std::string(owner), .lease_duration = lease_duration, .limit = limit});
  }
  void SetCommitListener(std::function<void()> listener) override {
    committer_.SetListener(std::move(listener));
  }

  absl::StatusOr<Record> Get(std::string_view name) override {
    return pool_.Run([&](Connection& connection) { return ReadRecord(connection, name); });
  }
  absl::StatusOr<std::vector<Record>> List(const ListQuery& query) override {
    return pool_.Run([&](Connection& connection) { return ReadRecords(connection, query); });
  }
  absl::StatusOr<std::optional<Idempotency>> FindRequest(std::string_view caller,
                                                         std::string_view method,
                                                         std::string_view request_id) override {
    return pool_.Run([&](Connection& connection) {
      return ReadRequest(connection, caller, method, request_id);
    });
  }
  absl::StatusOr<std::vector<Row>> ReadRows(std::string_view parent, std::string_view stream,
                                            std::string_view after_key, int limit) override {
    return pool_.Run([&](Connection& connection) {
      return ReadRowsOf(connection, parent, stream, after_key, limit);
    });
  }
  absl::StatusOr<std::vector<Row>> ReadAllRows(const Row& after, int limit) override {
    return pool_.Run(
        [&](Connection& connection) { return ReadRowsAfter(connection, after, limit); });
  }
  absl::StatusOr<std::vector<StoredEvent>> ReadEvents(const EventRange& range) override {
    return pool_.Run([&](Connection& connection) { return ReadEventRange(connection, range); });
  }
  absl::StatusOr<LogInfo> ReadLogInfo() override { return pool_.Run(ReadLog); }
  absl::StatusOr<Inspection> Inspect(bool look_for_damage) override {
    TG_ASSIGN_OR_RETURN(Inspection inspection, pool_.Run([&](Connection& connection) {
      return InspectDatabase(connection, look_for_damage);
    }));
    inspection.place = url_.display();
    return inspection;
  }
  absl::StatusOr<Snapshot> ReadSnapshot(const std::vector<std::string>& kinds) override {
    return pool_.Run([&](Connection& connection) { return ReadSnapshotOf(connection, kinds); });
  }
  absl::StatusOr<std::optional<absl::Duration>> NextDue() override {
    const auto now = options_.clock == nullptr ? std::optional<absl::Time>()
                                               : std::optional(options_.clock->Now());
    return pool_.Run([&](Connection& connection) { return ReadNextDue(connection, now); });
  }

  absl::Status PutBlob(std::string_view sha256, std::string_view bytes) override {
    TG_RETURN_IF_ERROR(CheckDigest(sha256));
    const std::string digest = Sha256Hex(bytes);
    if (digest != sha256) {
      return InvalidArgument("DIGEST_MISMATCH", absl::StrCat("the bytes' SHA-256 is ", digest,
                                                             " and not ", std::string(sha256)));
    }
    const auto insert = [&](Connection& connection) {
      return InsertBlob(connection, sha256, bytes);
    };
    const absl::Status status = pool_.Run(insert);
    // Whoever puts the same bytes may have been stopped at it.
    if (!IsTimeOut(status) || !EndStuck()) return status;
    return pool_.Run(insert);
  }
  absl::StatusOr<std::string> GetBlob(std::string_view sha256) override {
    TG_RETURN_IF_ERROR(CheckDigest(sha256));
    return pool_.Run([&](Connection& connection) { return ReadBlob(connection, sha256); });
  }
  absl::StatusOr<BlobFile> OpenBlob(std::string_view sha256) override {
    TG_RETURN_IF_ERROR(CheckDigest(sha256));
    return pool_.Run(
        [&](Connection& connection) { return CopyBlob(connection, sha256, options_.data_dir); });
  }
  absl::Status DeleteBlob(std::string_view sha256, const NameCheck& is_named) override {
    TG_RETURN_IF_ERROR(CheckDigest(sha256));
    while (true) {
      TG_ASSIGN_OR_RETURN(const auto version, pool_.Run([&](Connection& connection) {
        return BlobVersion(connection, sha256);
      }));
      if (!version.has_value()) return absl::OkStatus();
      TG_ASSIGN_OR_RETURN(const bool named, is_named());
      if (named) return absl::OkStatus();
      TG_ASSIGN_OR_RETURN(const bool gone, pool_.Run([&](Connection& connection) {
        return DropBlob(connection, sha256, *version);
      }));
      if (gone) return absl::OkStatus();
    }
  }

  const Clock& clock() const override {
    return options_.clock == nullptr ? database_clock_ : *options_.clock;
  }

 private:
  bool EndStuck() {
    const auto ended = pool_.Run([&](Connection& connection) -> absl::StatusOr<bool> {
      return EndStuckSessions(connection, options_.statement_timeout);
    });
    return ended.ok() && *ended;
  }

  absl::Status Migrate() {
    SessionOptions session = SessionOf(options_);
    session.statement_timeout = kMigrationTimeout;
    session.idle_transaction_timeout = kMigrationTimeout;
    ConnectionPool once(&url_, session, 1, options_.patience, &closing_);
    // Servers of before go on writing meanwhile, and may take their locks in another order.
    Backoff backoff(options_.patience, &closing_);
    while (true) {
      const absl::Status status =
          once.Run([](Connection& connection) { return MigrateSchema(connection); });
      if (!IsWorthRepeating(status) || !backoff.Wait()) return status;
    }
  }

  // In the order of their dependence.
  const PostgresOptions options_;
  const PostgresUrl url_;
  const std::string writer_;
  StopFlag closing_;
  DatabaseClock database_clock_;
  ConnectionPool pool_;
  PostgresEngine engine_;
  Committer committer_;
  std::optional<CommitSignals> signals_;
};

absl::Status PrepareDirectory(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (!error) return absl::OkStatus();
  return FailedPrecondition("DATA_DIR_UNUSABLE",
                            absl::StrCat("cannot make the directory ", path, ": ", error.message(),
                                         "; let the server's user write there, or choose another "
                                         "with --data_dir"));
}

}  // namespace
}  // namespace postgres

absl::StatusOr<std::unique_ptr<Store>> OpenPostgresStore(const PostgresOptions& options) {
  TG_ASSIGN_OR_RETURN(postgres::PostgresUrl url, postgres::PostgresUrl::Parse(options.url));
  if (url.has_password()) {
    log::Warning("the store's URL holds a password, which a list of processes shows",
                 {{"remedy", "put it into PGPASSWORD or a passfile"}});
  }
  TG_RETURN_IF_ERROR(postgres::PrepareDirectory(options.data_dir));
  auto store = std::make_unique<postgres::PostgresStore>(options, std::move(url));
  TG_RETURN_IF_ERROR(store->Open());
  return store;
}

std::string PostgresUrlForPeople(const std::string& url) {
  const auto parsed = postgres::PostgresUrl::Parse(url);
  return parsed.ok() ? parsed->display() : "postgres://...";
}

}  // namespace tunegate::store
