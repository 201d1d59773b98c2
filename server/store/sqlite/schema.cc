#include "server/store/sqlite/schema.h"

#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"

namespace tunegate::store {
namespace {

// Migration n is kMigrations[n - 1]. Only ever append: databases out there have run the others.
// Times are microseconds since 1970. Text is compared byte by byte (BINARY is SQLite's default,
// said aloud where an order is promised).
constexpr const char* kMigrations[] = {
    R"sql(
CREATE TABLE meta (  -- one row
  id INTEGER PRIMARY KEY CHECK (id = 1),
  log_id TEXT NOT NULL,  -- empty in a copy that was not opened yet: MigrateSchema renews it
  newest_position INTEGER NOT NULL,  -- the counter: raised by every commit that has events
  oldest_position INTEGER NOT NULL   -- events after this one are kept
) STRICT;

CREATE TABLE resources (
  name TEXT NOT NULL PRIMARY KEY COLLATE BINARY,
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  task TEXT NOT NULL,
  owner TEXT NOT NULL,
  terminal INTEGER NOT NULL CHECK (terminal IN (0, 1)),
  revision INTEGER NOT NULL CHECK (revision > 0),
  create_time INTEGER NOT NULL,
  end_time INTEGER,
  payload BLOB NOT NULL,
  CHECK (terminal = (end_time IS NOT NULL))
) STRICT;
CREATE INDEX resources_by_time ON resources (kind, create_time, name COLLATE BINARY);
CREATE INDEX resources_by_state ON resources (kind, state, create_time, name COLLATE BINARY);
CREATE INDEX resources_by_owner ON resources (kind, owner, create_time, name COLLATE BINARY);

CREATE TABLE events (
  position INTEGER NOT NULL,
  event_index INTEGER NOT NULL,
  resource TEXT NOT NULL,
  time INTEGER NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (position, event_index)
) STRICT, WITHOUT ROWID;

CREATE TABLE work (
  name TEXT NOT NULL PRIMARY KEY COLLATE BINARY,
  kind TEXT NOT NULL,
  due_time INTEGER,                    -- NULL: nothing is to be done
  lease_owner TEXT NOT NULL,           -- empty: nobody holds it
  attempt INTEGER NOT NULL,            -- raised by every claim
  lease_expire_time INTEGER NOT NULL,  -- 0: nobody holds it
  wake_time INTEGER                    -- the earliest wake-up that came while it was held
) STRICT;
CREATE INDEX work_by_due_time ON work (due_time, name) WHERE due_time IS NOT NULL;

CREATE TABLE idempotency (
  caller TEXT NOT NULL,
  method TEXT NOT NULL,
  request_id TEXT NOT NULL,
  resource TEXT NOT NULL,
  digest TEXT NOT NULL,
  create_time INTEGER NOT NULL,
  PRIMARY KEY (caller, method, request_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE rows (
  parent TEXT NOT NULL,
  stream TEXT NOT NULL,
  key TEXT NOT NULL COLLATE BINARY,
  payload BLOB NOT NULL,
  PRIMARY KEY (parent, stream, key)
) STRICT, WITHOUT ROWID;
)sql",
    R"sql(
-- Where retention must stop, without looking at all that has ended.
CREATE INDEX resources_alive ON resources (create_time) WHERE terminal = 0;
CREATE INDEX resources_by_task ON resources (kind, task, create_time, name COLLATE BINARY)
  WHERE task <> '';
)sql",
    R"sql(
-- For dropping old requests without looking at the young ones.
CREATE INDEX idempotency_by_time ON idempotency (create_time);
)sql",
};

absl::Status RunMigration(Database& database, int64_t version) {
  TG_RETURN_IF_ERROR(database.Execute("BEGIN IMMEDIATE"));
  absl::Status status = database.ExecuteScript(kMigrations[version - 1]);
  if (status.ok()) {
    status = database.ExecuteScript(absl::StrCat("PRAGMA user_version = ", version).c_str());
  }
  if (status.ok()) status = database.Execute("COMMIT");
  if (!status.ok() && !database.autocommit()) {
    // The first error says more than a failing roll back, which closing the connection does anyway.
    (void)database.Execute("ROLLBACK");
  }
  return status;
}

absl::Status CorruptStatus(const std::string& path, std::string_view finding) {
  return Internal("STORE_CORRUPT",
                  absl::StrCat("database ", path,
                               " is damaged: ", absl::string_view(finding.data(), finding.size()),
                               "; keep a copy of the data directory and restore a backup"))
      .Metadata("path", path);
}

// The first damage that is found.
absl::Status LookForDamage(Database& database, bool pages) {
  if (pages) TG_RETURN_IF_ERROR(CheckPages(database, database.path()));
  return CheckLog(database);
}

}  // namespace

int64_t SchemaVersion() { return std::ssize(kMigrations); }

absl::Status MigrateSchema(Database& database) {
  TG_ASSIGN_OR_RETURN(const int64_t found, database.QueryInteger("PRAGMA user_version"));
  if (found > SchemaVersion()) {
    return FailedPrecondition(
               "SCHEMA_TOO_NEW",
               absl::StrCat("database ", database.path(), " has schema ", found,
                            " and this program knows schemas up to ", SchemaVersion(),
                            ": a newer tunegated wrote it; run that version or a newer one"))
        .Metadata("path", database.path());
  }
  for (int64_t version = found + 1; version <= SchemaVersion(); ++version) {
    TG_RETURN_IF_ERROR(RunMigration(database, version));
  }
  TG_ASSIGN_OR_RETURN(Statement begin_log, database.Prepare("INSERT OR IGNORE INTO meta VALUES (1, "
                                                            "?, 0, 0)"));
  TG_RETURN_IF_ERROR(begin_log.Bind(RandomHex(16)).Run());
  TG_ASSIGN_OR_RETURN(Statement renew_log,
                      database.Prepare("UPDATE meta SET log_id = ? WHERE log_id = ''"));
  return renew_log.Bind(RandomHex(16)).Run();
}

absl::Status MarkAsCopy(Database& database) {
  return database.Execute("UPDATE meta SET log_id = ''");
}

absl::StatusOr<int64_t> DatabaseBytes(Database& database) {
  return database.QueryInteger(
      "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size");
}

absl::Status CheckPages(Database& database, const std::string& path) {
  TG_ASSIGN_OR_RETURN(Statement check, database.Prepare("PRAGMA quick_check(1)"));
  const absl::StatusOr<bool> found = check.Step();
  // Some damage ends the check itself.
  if (DetailsOf(found.status()).reason == "STORE_CORRUPT") {
    return CorruptStatus(path, "its pages cannot be read as a database");
  }
  TG_RETURN_IF_ERROR(found.status());
  if (*found && check.Text(0) != "ok") return CorruptStatus(path, check.Text(0));
  return absl::OkStatus();
}

absl::Status CheckLog(Database& database) {
  TG_ASSIGN_OR_RETURN(const int64_t counter,
                      database.QueryInteger("SELECT newest_position FROM meta"));
  TG_ASSIGN_OR_RETURN(const int64_t newest,
                      database.QueryInteger("SELECT max(position) FROM events"));
  if (newest > counter) {
    return CorruptStatus(database.path(), absl::StrCat("the log reaches position ", newest,
                                                       " but its counter stands at ", counter));
  }
  return absl::OkStatus();
}

absl::StatusOr<Inspection> InspectDatabase(Database& database, bool look_for_damage,
                                           int64_t full_check_max_bytes,
                                           const std::string& pages_else) {
  Inspection inspection;
  inspection.place = database.path();
  inspection.known_schema_version = SchemaVersion();
  TG_ASSIGN_OR_RETURN(inspection.schema_version, database.QueryInteger("PRAGMA user_version"));
  for (const char* suffix : {"", "-wal"}) {
    std::error_code error;  // the log is not there while nobody writes
    const auto bytes = std::filesystem::file_size(database.path() + suffix, error);
    if (!error) inspection.size_bytes += static_cast<int64_t>(bytes);
  }
  if (!look_for_damage) return inspection;
  TG_ASSIGN_OR_RETURN(const int64_t bytes, DatabaseBytes(database));
  const bool pages = bytes <= full_check_max_bytes;
  inspection.checked =
      absl::StrCat("the log against its counter; ", pages ? "every page" : pages_else);
  // Log and counter are compared as they stood at one moment, while others write.
  TG_RETURN_IF_ERROR(database.Execute("BEGIN"));
  const absl::Status checked = LookForDamage(database, pages);
  TG_RETURN_IF_ERROR(database.Execute("COMMIT"));
  if (DetailsOf(checked).reason == "STORE_CORRUPT") {
    inspection.damage = std::string(checked.message());
    return inspection;
  }
  TG_RETURN_IF_ERROR(checked);
  return inspection;
}

}  // namespace tunegate::store
