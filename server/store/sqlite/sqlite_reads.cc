#include "server/store/sqlite/sqlite_reads.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/store/sqlite/connection_pool.h"

namespace tunegate::store {
namespace {

// The columns that RecordOf reads, in its order.
constexpr char kRecordColumns[] =
    "name, state, task, owner, terminal, revision, create_time, end_time, payload";

Record RecordOf(const Statement& row) {
  Record record;
  record.name = row.Text(0);
  record.state = row.Text(1);
  record.task = row.Text(2);
  record.owner = row.Text(3);
  record.terminal = row.Integer(4) != 0;
  record.revision = row.Integer(5);
  record.create_time = row.Time(6);
  if (!row.IsNull(7)) record.end_time = row.Time(7);
  record.payload = row.Text(8);
  return record;
}

absl::StatusOr<std::vector<Record>> RecordsOf(Statement& query) {
  std::vector<Record> records;
  while (true) {
    TG_ASSIGN_OR_RETURN(const bool found, query.Step());
    if (!found) return records;
    records.push_back(RecordOf(query));
  }
}

// One of a few dozen texts, so that the statement cache stays small.
std::string ListSql(const ListQuery& query) {
  std::string sql = absl::StrCat("SELECT ", kRecordColumns, " FROM resources WHERE kind = ?");
  if (!query.state.empty()) absl::StrAppend(&sql, " AND state = ?");
  // Twice, because the index holds only those that have a task.
  if (!query.task.empty()) absl::StrAppend(&sql, " AND task = ? AND task <> ''");
  if (!query.owner.empty()) absl::StrAppend(&sql, " AND owner = ?");
  const char* order = query.oldest_first ? "ASC" : "DESC";
  if (query.after_create_time) {
    absl::StrAppend(&sql, " AND (create_time, name) ", query.oldest_first ? ">" : "<", " (?, ?)");
  }
  absl::StrAppend(&sql, " ORDER BY create_time ", order, ", name ", order, " LIMIT ?");
  return sql;
}

}  // namespace

absl::StatusOr<Record> ReadRecord(Database& database, std::string_view name) {
  static const std::string& sql =
      *new std::string(absl::StrCat("SELECT ", kRecordColumns, " FROM resources WHERE name = ?"));
  TG_ASSIGN_OR_RETURN(Statement find, database.Prepare(sql));
  TG_ASSIGN_OR_RETURN(const bool found, find.Bind(name).Step());
  if (found) return RecordOf(find);
  return NotFound("RESOURCE_NOT_FOUND", absl::StrCat("'", std::string(name), "' does not exist"))
      .Metadata("resource", name);
}

absl::StatusOr<std::vector<Record>> ReadRecords(Database& database, const ListQuery& query) {
  TG_ASSIGN_OR_RETURN(Statement list, database.Prepare(ListSql(query)));
  list.Bind(query.kind);
  if (!query.state.empty()) list.Bind(query.state);
  if (!query.task.empty()) list.Bind(query.task);
  if (!query.owner.empty()) list.Bind(query.owner);
  if (query.after_create_time) list.Bind(*query.after_create_time).Bind(query.after_name);
  list.Bind(std::max(query.limit, 0));
  return RecordsOf(list);
}

absl::StatusOr<std::optional<Idempotency>> ReadRequest(Database& database, std::string_view caller,
                                                       std::string_view method,
                                                       std::string_view request_id) {
  TG_ASSIGN_OR_RETURN(Statement find,
                      database.Prepare("SELECT resource, digest FROM idempotency WHERE caller = ? "
                                       "AND method = ? AND request_id = ?"));
  TG_ASSIGN_OR_RETURN(const bool found, find.Bind(caller).Bind(method).Bind(request_id).Step());
  if (!found) return std::optional<Idempotency>();
  return Idempotency{.caller = std::string(caller),
                     .method = std::string(method),
                     .request_id = std::string(request_id),
                     .resource = find.Text(0),
                     .digest = find.Text(1)};
}

absl::StatusOr<std::vector<Row>> ReadRowsOf(Database& database, std::string_view parent,
                                            std::string_view stream, std::string_view after_key,
                                            int limit) {
  TG_ASSIGN_OR_RETURN(Statement list,
                      database.Prepare("SELECT key, payload FROM rows WHERE parent = ? AND "
                                       "stream = ? AND key > ? ORDER BY key LIMIT ?"));
  list.Bind(parent).Bind(stream).Bind(after_key).Bind(std::max(limit, 0));
  std::vector<Row> rows;
  while (true) {
    TG_ASSIGN_OR_RETURN(const bool found, list.Step());
    if (!found) return rows;
    rows.push_back({.parent = std::string(parent),
                    .stream = std::string(stream),
                    .key = list.Text(0),
                    .payload = list.Text(1)});
  }
}

absl::StatusOr<std::vector<Row>> ReadRowsAfter(Database& database, const Row& after, int limit) {
  TG_ASSIGN_OR_RETURN(Statement list,
                      database.Prepare("SELECT parent, stream, key, payload FROM rows WHERE "
                                       "(parent, stream, key) > (?, ?, ?) "
                                       "ORDER BY parent, stream, key LIMIT ?"));
  list.Bind(after.parent).Bind(after.stream).Bind(after.key).Bind(std::max(limit, 0));
  std::vector<Row> rows;
  while (true) {
    TG_ASSIGN_OR_RETURN(const bool found, list.Step());
    if (!found) return rows;
    rows.push_back({list.Text(0), list.Text(1), list.Text(2), list.Text(3)});
  }
}

absl::StatusOr<std::vector<StoredEvent>> ReadEventRange(Database& database,
                                                        const EventRange& range) {
  TG_ASSIGN_OR_RETURN(const auto transaction, ReadTransaction::Begin(database));
  TG_ASSIGN_OR_RETURN(const LogInfo log, ReadLog(database));
  if (range.after_position < log.oldest_position) {
    return OutOfRange("POSITION_TOO_OLD",
                      absl::StrCat("events after position ", range.after_position,
                                   " are no longer kept, only those after ", log.oldest_position,
                                   "; start anew with a snapshot"))
        .Metadata("oldest_position", absl::StrCat(log.oldest_position));
  }
  TG_ASSIGN_OR_RETURN(Statement list,
                      database.Prepare("SELECT position, event_index, resource, time, payload FROM "
                                       "events WHERE position > ? ORDER BY position, event_index"));
  list.Bind(range.after_position);
  std::vector<StoredEvent> events;
  while (true) {
    TG_ASSIGN_OR_RETURN(const bool found, list.Step());
    if (!found) return events;
    const bool full = static_cast<int64_t>(events.size()) >= range.max_events;
    if (full && !events.empty() && events.back().position != list.Integer(0)) return events;
    events.push_back({.position = list.Integer(0),
                      .index = static_cast<int32_t>(list.Integer(1)),
                      .resource = list.Text(2),
                      .time = list.Time(3),
                      .payload = list.Text(4)});
  }
}

absl::StatusOr<LogInfo> ReadLog(Database& database) {
  TG_ASSIGN_OR_RETURN(
      Statement find,
      database.Prepare("SELECT log_id, oldest_position, newest_position FROM meta"));
  TG_ASSIGN_OR_RETURN(const bool found, find.Step());
  if (!found) {
    return Internal("STORE_CORRUPT", absl::StrCat("database ", database.path(),
                                                  " has lost its log's id and counter; restore a "
                                                  "backup"));
  }
  return LogInfo{.log_id = find.Text(0),
                 .oldest_position = find.Integer(1),
                 .newest_position = find.Integer(2)};
}

absl::StatusOr<Snapshot> ReadSnapshotOf(Database& database, const std::vector<std::string>& kinds) {
  TG_ASSIGN_OR_RETURN(const auto transaction, ReadTransaction::Begin(database));
  TG_ASSIGN_OR_RETURN(const LogInfo log, ReadLog(database));
  Snapshot snapshot{.position = log.newest_position, .records = {}};
  static const std::string& sql = *new std::string(absl::StrCat(
      "SELECT ", kRecordColumns, " FROM resources WHERE kind = ? ORDER BY create_time, name"));
  for (const std::string& kind : kinds) {
    TG_ASSIGN_OR_RETURN(Statement list, database.Prepare(sql));
    TG_ASSIGN_OR_RETURN(std::vector<Record> records, RecordsOf(list.Bind(kind)));
    std::move(records.begin(), records.end(), std::back_inserter(snapshot.records));
  }
  return snapshot;
}

absl::StatusOr<std::optional<absl::Duration>> ReadNextDue(Database& database, absl::Time now) {
  TG_ASSIGN_OR_RETURN(Statement find,
                      database.Prepare("SELECT due_time FROM work WHERE due_time IS NOT NULL AND "
                                       "lease_expire_time <= ? ORDER BY due_time LIMIT 1"));
  TG_ASSIGN_OR_RETURN(const bool found, find.Bind(now).Step());
  if (!found) return std::optional<absl::Duration>();
  return std::optional(find.Time(0) - now);
}

}  // namespace tunegate::store
