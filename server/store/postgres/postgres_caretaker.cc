#include "server/store/postgres/postgres_caretaker.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/errors.h"
#include "common/mutex.h"
#include "server/store/postgres/connection.h"
#include "server/store/postgres/schema.h"

namespace tunegate::store {
namespace postgres {
namespace {

// Events that one transaction drops, about: a commit's events go together.
constexpr int64_t kBatch = 1000;
// "retain" in ASCII: one server drops at a time.
constexpr char kLock[] = "SELECT pg_try_advisory_xact_lock(125780127803758)";

class PostgresCaretaker : public Caretaker {
 public:
  PostgresCaretaker(PostgresUrl url, const PostgresOptions& options)
      : url_(std::move(url)), options_(options) {}

  absl::StatusOr<std::vector<std::string>> CheckDatabase(const StopCheck& stop) override;
  absl::StatusOr<std::unique_ptr<StoreCopy>> Copy(const StopCheck& stop) override;
  absl::StatusOr<int64_t> DropOldEvents(const Retention& retention, const StopCheck& stop) override;
  absl::StatusOr<int64_t> SweepBlobs(const std::set<std::string>& named,
                                     absl::Duration min_age) override;
  absl::Status GiveBackSpace(const StopCheck&) override { return absl::OkStatus(); }
  absl::StatusOr<int64_t> SizeBytes() override;

 private:
  absl::StatusOr<std::unique_ptr<Connection>> Connect() const;
  absl::StatusOr<absl::Time> Now(Connection& connection) const;
  // How many events there are more than may be.
  absl::StatusOr<int64_t> CountExcess(Connection& connection, int64_t max_events)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const PostgresUrl url_;
  const PostgresOptions options_;
  Mutex mutex_;
  // How many events there are between where and where, so that nobody counts a million of them
  // every minute.
  int64_t counted_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t counted_after_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t counted_position_ ABSL_GUARDED_BY(mutex_) = 0;
};

absl::StatusOr<std::unique_ptr<Connection>> PostgresCaretaker::Connect() const {
  SessionOptions session;
  session.statement_timeout = options_.statement_timeout;
  return Connection::Open(url_, session);
}

absl::StatusOr<absl::Time> PostgresCaretaker::Now(Connection& connection) const {
  if (options_.clock != nullptr) return options_.clock->Now();
  TG_ASSIGN_OR_RETURN(const QueryResult now, connection.Run("SELECT clock_timestamp()"));
  return now.Time(0, 0);
}

absl::StatusOr<std::vector<std::string>> PostgresCaretaker::CheckDatabase(const StopCheck&) {
  TG_ASSIGN_OR_RETURN(const auto connection, Connect());
  const absl::Status checked = CheckIntegrity(*connection);
  if (DetailsOf(checked).reason == "STORE_CORRUPT") {
    return std::vector<std::string>{std::string(checked.message())};
  }
  TG_RETURN_IF_ERROR(checked);
  return std::vector<std::string>();
}

absl::StatusOr<std::unique_ptr<StoreCopy>> PostgresCaretaker::Copy(const StopCheck&) {
  return FailedPrecondition(
      "NOT_HERE",
      "what is kept in PostgreSQL is backed up with PostgreSQL's own tools: pg_dump -Fc -n "
      "tunegate "
      "DATABASE > FILE; after pg_restore, and before servers start: psql -c \"UPDATE tunegate.meta "
      "SET log_id = gen_random_uuid()\" DATABASE");
}

absl::StatusOr<int64_t> ReadOldestPosition(Connection& connection) {
  TG_ASSIGN_OR_RETURN(const QueryResult log,
                      connection.Run("SELECT oldest_position FROM meta WHERE id = 1"));
  return log.rows() == 0 ? 0 : log.Integer(0, 0);
}

absl::StatusOr<int64_t> PostgresCaretaker::CountExcess(Connection& connection, int64_t max_events) {
  TG_ASSIGN_OR_RETURN(const int64_t oldest, ReadOldestPosition(connection));
  if (oldest != counted_after_) {  // another server has dropped some
    counted_ = 0;
    counted_position_ = oldest;
    counted_after_ = oldest;
  }
  TG_ASSIGN_OR_RETURN(
      const QueryResult more,
      connection.Run("SELECT count(*), max(position) FROM events WHERE position > $1",
                     Parameters().Add(counted_position_)));
  if (!more.IsNull(0, 1)) {
    counted_ += more.Integer(0, 0);
    counted_position_ = more.Integer(0, 1);
  }
  return std::max<int64_t>(0, counted_ - max_events);
}

// When the oldest resource that has not ended was created.
absl::StatusOr<absl::Time> ReadLiveTime(Connection& connection) {
  TG_ASSIGN_OR_RETURN(const QueryResult live,
                      connection.Run("SELECT create_time FROM resources WHERE NOT terminal "
                                     "AND state <> '' ORDER BY create_time LIMIT 1"));
  return live.rows() == 0 ? absl::InfiniteFuture() : live.Time(0, 0);
}

// What is to be dropped.
struct Surplus {
  absl::Time oldest_time;   // of an event that stays for its age
  int64_t events;           // how many there are more than may be ...
  int64_t oldest_position;  // ... where the log began here
};

struct Dropped {
  int64_t events = 0;
  int64_t up_to = 0;  // the position of the last one
  // Nothing was dropped, for another server has dropped some since they were counted.
  bool miscounted = false;
};

// Drops one batch from the log's old end and commits that; no events: nothing more is to be
// dropped, and the transaction is still open.
absl::StatusOr<Dropped> DropBatch(Connection& connection, const Surplus& surplus) {
  TG_ASSIGN_OR_RETURN(const QueryResult mine, connection.Run(kLock));
  if (!mine.Boolean(0, 0)) return Dropped{};
  TG_ASSIGN_OR_RETURN(const int64_t oldest_position, ReadOldestPosition(connection));
  if (oldest_position != surplus.oldest_position) return Dropped{.miscounted = true};
  TG_ASSIGN_OR_RETURN(
      const QueryResult oldest,
      connection.Run("SELECT position, count(*), min(time) FROM events GROUP BY position "
                     "ORDER BY position LIMIT $1",
                     Parameters().Add(kBatch)));
  if (oldest.rows() == 0 || (surplus.events == 0 && oldest.Time(0, 2) >= surplus.oldest_time)) {
    return Dropped{};
  }
  // A resource that begins meanwhile begins with an event behind all of these.
  TG_ASSIGN_OR_RETURN(const absl::Time live_time, ReadLiveTime(connection));
  Dropped dropped;
  for (int row = 0; row < oldest.rows() && dropped.events < kBatch; ++row) {
    const absl::Time time = oldest.Time(row, 2);
    const bool stays = dropped.events >= surplus.events && time >= surplus.oldest_time;
    if (stays || time >= live_time) break;
    dropped.up_to = oldest.Integer(row, 0);
    dropped.events += oldest.Integer(row, 1);
  }
  if (dropped.events == 0) return dropped;
  const Parameters up_to = Parameters().Add(dropped.up_to);
  connection.Queue("DELETE FROM events WHERE position <= $1", up_to);
  // Every commit of every server waits for this row: it is let go without another word from here.
  connection.Queue("UPDATE meta SET oldest_position = greatest(oldest_position, $1) WHERE id = 1",
                   up_to);
  connection.Queue("COMMIT");
  TG_RETURN_IF_ERROR(connection.RunQueued().status());
  return dropped;
}

absl::StatusOr<Dropped> DropBatchInTransaction(Connection& connection, const Surplus& surplus) {
  TG_RETURN_IF_ERROR(connection.RunScript("BEGIN"));
  auto dropped = DropBatch(connection, surplus);
  const bool committed = dropped.ok() && dropped->events > 0;
  if (committed || connection.lost()) return dropped;
  TG_RETURN_IF_ERROR(connection.RunScript("ROLLBACK"));
  return dropped;
}

absl::Status DropOldRequests(Connection& connection, absl::Time oldest_time) {
  while (true) {
    TG_ASSIGN_OR_RETURN(const QueryResult dropped,
                        connection.Run("DELETE FROM idempotency WHERE ctid = ANY(ARRAY("
                                       "SELECT ctid FROM idempotency WHERE create_time < $1 "
                                       "ORDER BY create_time LIMIT $2)) RETURNING caller",
                                       Parameters().Add(oldest_time).Add(kBatch)));
    if (dropped.rows() < kBatch) return absl::OkStatus();
  }
}

absl::StatusOr<int64_t> PostgresCaretaker::DropOldEvents(const Retention& retention,
                                                         const StopCheck& stop) {
  MutexLock lock(mutex_);
  TG_ASSIGN_OR_RETURN(const auto connection, Connect());
  TG_ASSIGN_OR_RETURN(const absl::Time now, Now(*connection));
  TG_RETURN_IF_ERROR(DropOldRequests(*connection, now - kRequestAge));
  TG_ASSIGN_OR_RETURN(int64_t excess, CountExcess(*connection, retention.max_events));
  int64_t all = 0;
  while (true) {
    if (stop && stop()) return absl::CancelledError("nobody waits for it any more");
    const Surplus surplus{now - retention.max_event_age, excess, counted_after_};
    TG_ASSIGN_OR_RETURN(const Dropped dropped, DropBatchInTransaction(*connection, surplus));
    if (dropped.miscounted) {
      TG_ASSIGN_OR_RETURN(excess, CountExcess(*connection, retention.max_events));
      continue;
    }
    if (dropped.events == 0) return all;
    all += dropped.events;
    counted_ -= dropped.events;
    counted_after_ = dropped.up_to;
    excess = std::max<int64_t>(0, excess - dropped.events);
  }
}

absl::StatusOr<int64_t> PostgresCaretaker::SweepBlobs(const std::set<std::string>& named,
                                                      absl::Duration min_age) {
  TG_ASSIGN_OR_RETURN(const auto connection, Connect());
  // The database's own clock has stamped them.
  TG_ASSIGN_OR_RETURN(const QueryResult now, connection->Run("SELECT clock_timestamp()"));
  const absl::Time before = now.Time(0, 0) - min_age;
  TG_ASSIGN_OR_RETURN(
      const QueryResult old,
      connection->Run("SELECT sha256 FROM blobs WHERE put_time < $1", Parameters().Add(before)));
  int64_t swept = 0;
  for (int row = 0; row < old.rows(); ++row) {
    const std::string sha256(old.Text(row, 0));
    if (named.count(sha256) > 0) continue;
    // Asked again: whoever has put it meanwhile will name it.
    TG_ASSIGN_OR_RETURN(
        const QueryResult dropped,
        connection->Run("DELETE FROM blobs WHERE sha256 = $1 AND put_time < $2 RETURNING sha256",
                        Parameters().Add(sha256).Add(before)));
    swept += dropped.rows();
  }
  return swept;
}

absl::StatusOr<int64_t> PostgresCaretaker::SizeBytes() {
  TG_ASSIGN_OR_RETURN(const auto connection, Connect());
  TG_ASSIGN_OR_RETURN(const QueryResult size,
                      connection->Run("SELECT pg_database_size(current_database())"));
  return size.Integer(0, 0);
}

}  // namespace
}  // namespace postgres

absl::StatusOr<std::unique_ptr<Caretaker>> OpenPostgresCaretaker(const PostgresOptions& options) {
  TG_ASSIGN_OR_RETURN(postgres::PostgresUrl url, postgres::PostgresUrl::Parse(options.url));
  return std::make_unique<postgres::PostgresCaretaker>(std::move(url), options);
}

}  // namespace tunegate::store
