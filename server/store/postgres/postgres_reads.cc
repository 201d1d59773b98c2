#include "server/store/postgres/postgres_reads.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::store::postgres {
namespace {

// One state for all statements up to the COMMIT.
constexpr char kBeginSnapshot[] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
constexpr char kLog[] = "SELECT log_id, oldest_position, newest_position FROM meta WHERE id = 1";
// RecordOf reads its columns in this order.
constexpr char kRecords[] =
    "SELECT name, state, task, owner, terminal, revision, create_time, end_time, payload "
    "FROM resources WHERE ";

Record RecordOf(const QueryResult& result, int row) {
  Record record;
  record.name = result.Text(row, 0);
  record.state = result.Text(row, 1);
  record.task = result.Text(row, 2);
  record.owner = result.Text(row, 3);
  record.terminal = result.Boolean(row, 4);
  record.revision = result.Integer(row, 5);
  record.create_time = result.Time(row, 6);
  if (!result.IsNull(row, 7)) record.end_time = result.Time(row, 7);
  record.payload = result.Text(row, 8);
  return record;
}

void AppendRecords(const QueryResult& result, std::vector<Record>& records) {
  for (int row = 0; row < result.rows(); ++row) records.push_back(RecordOf(result, row));
}

absl::StatusOr<LogInfo> LogOf(const QueryResult& result) {
  if (result.rows() == 0) {
    return Internal("STORE_CORRUPT",
                    "the database has lost its log's id and counter; restore a backup");
  }
  return LogInfo{.log_id = result.Text(0, 0),
                 .oldest_position = result.Integer(0, 1),
                 .newest_position = result.Integer(0, 2)};
}

// Runs what `queue` queues, in one snapshot; the results of that.
template <typename Queue>
absl::StatusOr<std::vector<QueryResult>> RunInSnapshot(Connection& connection, Queue queue) {
  connection.Queue(kBeginSnapshot);
  queue();
  connection.Queue("COMMIT");
  auto results = connection.RunQueued();
  if (!results.ok()) {
    if (!connection.lost()) (void)connection.RunScript("ROLLBACK");  // the first error says more
    return results.status();
  }
  results->erase(results->begin());
  results->pop_back();
  return results;
}

// One of a few dozen texts, so that few statements are prepared.
std::string ListSql(const ListQuery& query) {
  int parameter = 1;
  std::string sql = absl::StrCat(kRecords, "kind = $", parameter++);
  if (!query.state.empty()) absl::StrAppend(&sql, " AND state = $", parameter++);
  // Twice, because the index holds only those that have a task.
  if (!query.task.empty()) absl::StrAppend(&sql, " AND task = $", parameter++, " AND task <> ''");
  if (!query.owner.empty()) absl::StrAppend(&sql, " AND owner = $", parameter++);
  const char* order = query.oldest_first ? "ASC" : "DESC";
  if (query.after_create_time) {
    absl::StrAppend(&sql, " AND (create_time, name) ", query.oldest_first ? ">" : "<", " ($",
                    parameter, ", $", parameter + 1, ")");
    parameter += 2;
  }
  absl::StrAppend(&sql, " ORDER BY create_time ", order, ", name ", order, " LIMIT $", parameter);
  return sql;
}

}  // namespace

absl::StatusOr<Record> ReadRecord(Connection& connection, std::string_view name) {
  static const std::string& sql = *new std::string(absl::StrCat(kRecords, "name = $1"));
  TG_ASSIGN_OR_RETURN(const QueryResult found, connection.Run(sql, Parameters().Add(name)));
  if (found.rows() > 0) return RecordOf(found, 0);
  return NotFound("RESOURCE_NOT_FOUND", absl::StrCat("'", std::string(name), "' does not exist"))
      .Metadata("resource", name);
}

absl::StatusOr<std::vector<Record>> ReadRecords(Connection& connection, const ListQuery& query) {
  Parameters parameters;
  parameters.Add(query.kind);
  if (!query.state.empty()) parameters.Add(query.state);
  if (!query.task.empty()) parameters.Add(query.task);
  if (!query.owner.empty()) parameters.Add(query.owner);
  if (query.after_create_time) parameters.Add(*query.after_create_time).Add(query.after_name);
  parameters.Add(std::max(query.limit, 0));
  TG_ASSIGN_OR_RETURN(const QueryResult found, connection.Run(ListSql(query), parameters));
  std::vector<Record> records;
  AppendRecords(found, records);
  return records;
}

absl::StatusOr<std::optional<Idempotency>> ReadRequest(Connection& connection,
                                                       std::string_view caller,
                                                       std::string_view method,
                                                       std::string_view request_id) {
  TG_ASSIGN_OR_RETURN(const QueryResult found,
                      connection.Run("SELECT resource, digest FROM idempotency WHERE caller = $1 "
                                     "AND method = $2 AND request_id = $3",
                                     Parameters().Add(caller).Add(method).Add(request_id)));
  if (found.rows() == 0) return std::optional<Idempotency>();
  return Idempotency{.caller = std::string(caller),
                     .method = std::string(method),
                     .request_id = std::string(request_id),
                     .resource = found.Text(0, 0),
                     .digest = found.Text(0, 1)};
}

absl::StatusOr<std::vector<Row>> ReadRowsOf(Connection& connection, std::string_view parent,
                                            std::string_view stream, std::string_view after_key,
                                            int limit) {
  Parameters parameters;
  parameters.Add(parent).Add(stream).Add(after_key).Add(std::max(limit, 0));
  TG_ASSIGN_OR_RETURN(const QueryResult found,
                      connection.Run("SELECT key, payload FROM rows WHERE parent = $1 AND "
                                     "stream = $2 AND key > $3 ORDER BY key LIMIT $4",
                                     parameters));
  std::vector<Row> rows;
  for (int row = 0; row < found.rows(); ++row) {
    rows.push_back({.parent = std::string(parent),
                    .stream = std::string(stream),
                    .key = found.Text(row, 0),
                    .payload = found.Text(row, 1)});
  }
  return rows;
}

absl::StatusOr<std::vector<Row>> ReadRowsAfter(Connection& connection, const Row& after,
                                               int limit) {
  Parameters parameters;
  parameters.Add(after.parent).Add(after.stream).Add(after.key).Add(std::max(limit, 0));
  TG_ASSIGN_OR_RETURN(const QueryResult found,
                      connection.Run("SELECT parent, stream, key, payload FROM rows WHERE "
                                     "(parent, stream, key) > ($1, $2, $3) "
                                     "ORDER BY parent, stream, key LIMIT $4",
                                     parameters));
  std::vector<Row> rows;
  for (int row = 0; row < found.rows(); ++row) {
    rows.push_back(
        {found.Text(row, 0), found.Text(row, 1), found.Text(row, 2), found.Text(row, 3)});
  }
  return rows;
}

absl::StatusOr<std::vector<StoredEvent>> ReadEventRange(Connection& connection,
                                                        const EventRange& range) {
  // Up to the whole of the commit in which the last event that was asked for stands.
  constexpr char kEvents[] =
      "SELECT position, event_index, resource, time, payload FROM events WHERE position > $1 AND "
      "position <= (SELECT max(position) FROM (SELECT position FROM events WHERE position > $1 "
      "ORDER BY position, event_index LIMIT $2) AS asked) ORDER BY position, event_index";
  TG_ASSIGN_OR_RETURN(
      const std::vector<QueryResult> results, RunInSnapshot(connection, [&] {
        connection.Queue(kLog);
        connection.Queue(
            kEvents,
            Parameters().Add(range.after_position).Add(std::max(range.max_events, int64_t{1})));
      }));
  TG_ASSIGN_OR_RETURN(const LogInfo log, LogOf(results[0]));
  if (range.after_position < log.oldest_position) {
    return OutOfRange("POSITION_TOO_OLD",
                      absl::StrCat("events after position ", range.after_position,
                                   " are no longer kept, only those after ", log.oldest_position,
                                   "; start anew with a snapshot"))
        .Metadata("oldest_position", absl::StrCat(log.oldest_position));
  }
  std::vector<StoredEvent> events;
  const QueryResult& found = results[1];
  for (int row = 0; row < found.rows(); ++row) {
    events.push_back({.position = found.Integer(row, 0),
                      .index = static_cast<int32_t>(found.Integer(row, 1)),
                      .resource = found.Text(row, 2),
                      .time = found.Time(row, 3),
                      .payload = found.Text(row, 4)});
  }
  return events;
}

absl::StatusOr<LogInfo> ReadLog(Connection& connection) {
  TG_ASSIGN_OR_RETURN(const QueryResult found, connection.Run(kLog));
  return LogOf(found);
}

absl::StatusOr<Snapshot> ReadSnapshotOf(Connection& connection,
                                        const std::vector<std::string>& kinds) {
  static const std::string& sql =
      *new std::string(absl::StrCat(kRecords, "kind = $1 ORDER BY create_time, name"));
  TG_ASSIGN_OR_RETURN(const std::vector<QueryResult> results, RunInSnapshot(connection, [&] {
                        connection.Queue(kLog);
                        for (const std::string& kind : kinds) {
                          connection.Queue(sql, Parameters().Add(kind));
                        }
                      }));
  TG_ASSIGN_OR_RETURN(const LogInfo log, LogOf(results[0]));
  Snapshot snapshot{.position = log.newest_position, .records = {}};
  for (size_t i = 1; i < results.size(); ++i) AppendRecords(results[i], snapshot.records);
  return snapshot;
}

absl::StatusOr<std::optional<absl::Duration>> ReadNextDue(Connection& connection,
                                                          std::optional<absl::Time> now) {
  TG_ASSIGN_OR_RETURN(
      const QueryResult found,
      connection.Run("SELECT due_time, coalesce($1, statement_timestamp()) FROM work "
                     "WHERE due_time IS NOT NULL AND "
                     "lease_expire_time <= coalesce($1, statement_timestamp()) "
                     "ORDER BY due_time LIMIT 1",
                     Parameters().Add(now)));
  if (found.rows() == 0) return std::optional<absl::Duration>();
  return std::optional(found.Time(0, 0) - found.Time(0, 1));
}

absl::StatusOr<absl::Time> ReadClock(Connection& connection) {
  TG_ASSIGN_OR_RETURN(const QueryResult found, connection.Run("SELECT clock_timestamp()"));
  return found.Time(0, 0);
}

}  // namespace tunegate::store::postgres
