#include "server/store/postgres/schema.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"

namespace tunegate::store::postgres {
namespace {

// Only ever append: databases out there have run the others. Names and keys are compared byte by
// byte, as SQLite does. Tables of which the same rows are written again and again leave room on
// their pages, so that the new row goes beside the old one and no index changes.
constexpr Migration kMigrations[] = {
    {.sql = R"sql(
CREATE TABLE meta (  -- one row
  id integer PRIMARY KEY CHECK (id = 1),
  log_id text NOT NULL,
  newest_position bigint NOT NULL,  -- the counter: locked by every commit, raised by those with events
  oldest_position bigint NOT NULL   -- events after this one are kept
) WITH (fillfactor = 10);

CREATE TABLE writers (  -- which batch each server has committed last, for one that lost its connection
  writer text COLLATE "C" PRIMARY KEY,
  batch bigint NOT NULL,
  time timestamptz NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE resources (
  name text COLLATE "C" PRIMARY KEY,
  kind text COLLATE "C" NOT NULL,
  state text COLLATE "C" NOT NULL,
  task text COLLATE "C" NOT NULL,
  owner text COLLATE "C" NOT NULL,
  terminal boolean NOT NULL,
  revision bigint NOT NULL CHECK (revision > 0),
  create_time timestamptz NOT NULL,
  end_time timestamptz,
  payload bytea NOT NULL,
  CHECK (terminal = (end_time IS NOT NULL))
) WITH (fillfactor = 80);
CREATE INDEX resources_by_time ON resources (kind, create_time, name);
CREATE INDEX resources_by_state ON resources (kind, state, create_time, name);
CREATE INDEX resources_by_owner ON resources (kind, owner, create_time, name);

CREATE TABLE events (
  position bigint NOT NULL,
  event_index integer NOT NULL,
  resource text COLLATE "C" NOT NULL,
  time timestamptz NOT NULL,
  payload bytea NOT NULL,
  PRIMARY KEY (position, event_index)
);

CREATE TABLE work (
  name text COLLATE "C" PRIMARY KEY,
  kind text COLLATE "C" NOT NULL,
  due_time timestamptz,                    -- NULL: nothing is to be done
  lease_owner text COLLATE "C" NOT NULL,   -- empty: nobody holds it
  attempt bigint NOT NULL,                 -- raised by every claim
  lease_expire_time timestamptz NOT NULL,  -- 1970: nobody holds it
  wake_time timestamptz                    -- the earliest wake-up that came while it was held
) WITH (fillfactor = 50);
CREATE INDEX work_by_due_time ON work (due_time, name) WHERE due_time IS NOT NULL;

CREATE TABLE idempotency (
  caller text COLLATE "C" NOT NULL,
  method text COLLATE "C" NOT NULL,
  request_id text COLLATE "C" NOT NULL,
  resource text COLLATE "C" NOT NULL,
  digest text COLLATE "C" NOT NULL,
  create_time timestamptz NOT NULL,
  PRIMARY KEY (caller, method, request_id)
);

CREATE TABLE rows (
  parent text COLLATE "C" NOT NULL,
  stream text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  payload bytea NOT NULL,
  PRIMARY KEY (parent, stream, key)
);

CREATE TABLE blobs (
  sha256 text COLLATE "C" PRIMARY KEY,
  size bigint NOT NULL
);
CREATE TABLE blob_chunks (
  sha256 text COLLATE "C" NOT NULL REFERENCES blobs ON DELETE CASCADE,
  chunk bigint NOT NULL,  -- from 0
  bytes bytea NOT NULL,
  PRIMARY KEY (sha256, chunk)
);
)sql",
     .oldest_program = 1},
    {.sql = R"sql(
-- Where retention must stop, without looking at all that has ended.
CREATE INDEX resources_alive ON resources (create_time) WHERE NOT terminal;
CREATE INDEX resources_by_task ON resources (kind, task, create_time, name) WHERE task <> '';
-- The log's newest position after that batch; 0: a server of before, which does not say.
ALTER TABLE writers ADD COLUMN position bigint NOT NULL DEFAULT 0;
)sql",
     .oldest_program = 1},
    {.sql = R"sql(
-- When a blob was last put, so that those that nothing names can be swept. A trigger says so: servers
-- of before put blobs, too, and an insertion that meets one that is there changes nothing else.
ALTER TABLE blobs ADD COLUMN put_time timestamptz NOT NULL DEFAULT now();
CREATE FUNCTION tunegate.renew_blob() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE tunegate.blobs SET put_time = now() WHERE sha256 = NEW.sha256;
  RETURN NEW;
END
$$;
CREATE TRIGGER renew_blob BEFORE INSERT ON blobs
  FOR EACH ROW EXECUTE FUNCTION tunegate.renew_blob();
)sql",
     .oldest_program = 1},
    {.sql = R"sql(
-- For dropping old requests without looking at the young ones.
CREATE INDEX idempotency_by_time ON idempotency (create_time);
)sql",
     .oldest_program = 1},
};

// "tunegate" in ASCII: an advisory lock that nobody else in this database should take.
constexpr char kLock[] = "SELECT pg_advisory_xact_lock(8391734862479979621)";

absl::Status CheckEncoding(Connection& connection) {
  TG_ASSIGN_OR_RETURN(const QueryResult encoding,
                      connection.Run("SELECT current_setting('server_encoding')"));
  if (encoding.Text(0, 0) == "UTF8") return absl::OkStatus();
  return FailedPrecondition("STORE_REFUSED",
                            absl::StrCat("the database is in ", encoding.Text(0, 0),
                                         " and keeps not every text; create it with ENCODING "
                                         "'UTF8'"));
}

// The table that remembers what was run.
absl::Status PrepareVersions(Connection& connection) {
  // Asked first: whoever may not create schemas may use one that was made for them.
  TG_ASSIGN_OR_RETURN(const QueryResult found,
                      connection.Run("SELECT to_regnamespace('tunegate') IS NOT NULL"));
  if (!found.Boolean(0, 0)) {
    TG_RETURN_IF_ERROR(connection.Run("CREATE SCHEMA tunegate").status());
  }
  return connection
      .Run(
          "CREATE TABLE IF NOT EXISTS tunegate.schema_version ("
          "id integer PRIMARY KEY CHECK (id = 1), version integer NOT NULL, "
          "oldest_program integer NOT NULL)")
      .status();
}

absl::Status RunMissing(Connection& connection, std::span<const Migration> migrations) {
  TG_ASSIGN_OR_RETURN(const QueryResult found,
                      connection.Run("SELECT version, oldest_program FROM schema_version"));
  const int64_t version = found.rows() == 0 ? 0 : found.Integer(0, 0);
  const int64_t oldest_program = found.rows() == 0 ? 0 : found.Integer(0, 1);
  const int64_t known = std::ssize(migrations);
  if (known < oldest_program) {
    return FailedPrecondition(
        "SCHEMA_TOO_NEW",
        absl::StrCat("the database has schema ", version, ", which programs that know schema ",
                     oldest_program, " can use, and this one knows schemas up to ", known,
                     ": a newer tunegated wrote it; run that version or a newer one"));
  }
  if (version >= known) return absl::OkStatus();
  // It must not stand in line for a table for long: everybody else would stand behind it.
  std::string script = "SET LOCAL lock_timeout = '5s';\n";
  for (int64_t i = version; i < known; ++i) absl::StrAppend(&script, migrations[i].sql, ";\n");
  absl::StrAppend(&script, "INSERT INTO schema_version VALUES (1, ", known, ", ",
                  migrations[known - 1].oldest_program,
                  ") ON CONFLICT (id) DO UPDATE SET version = excluded.version, "
                  "oldest_program = excluded.oldest_program;\n"
                  "INSERT INTO meta VALUES (1, '",
                  RandomHex(16), "', 0, 0) ON CONFLICT (id) DO NOTHING");
  return connection.RunScript(script);
}

absl::Status MigrateUnderLock(Connection& connection, std::span<const Migration> migrations) {
  TG_RETURN_IF_ERROR(connection.Run(kLock).status());
  TG_RETURN_IF_ERROR(PrepareVersions(connection));
  return RunMissing(connection, migrations);
}

}  // namespace

std::span<const Migration> Migrations() { return kMigrations; }

absl::Status MigrateSchema(Connection& connection, std::span<const Migration> migrations) {
  TG_RETURN_IF_ERROR(CheckEncoding(connection));
  TG_RETURN_IF_ERROR(connection.RunScript("BEGIN"));
  const absl::Status status = MigrateUnderLock(connection, migrations);
  if (connection.lost()) return status;
  const absl::Status ended = connection.RunScript(status.ok() ? "COMMIT" : "ROLLBACK");
  return status.ok() ? ended : status;
}

absl::Status CheckIntegrity(Connection& connection) {
  TG_ASSIGN_OR_RETURN(const QueryResult found,
                      connection.Run("SELECT (SELECT newest_position FROM meta), "
                                     "(SELECT max(position) FROM events)"));
  if (found.IsNull(0, 0) || (!found.IsNull(0, 1) && found.Integer(0, 1) > found.Integer(0, 0))) {
    return Internal("STORE_CORRUPT",
                    "the database's log does not agree with its counter; stop all servers and "
                    "restore a backup");
  }
  return absl::OkStatus();
}

absl::StatusOr<Inspection> InspectDatabase(Connection& connection, bool look_for_damage) {
  TG_ASSIGN_OR_RETURN(const QueryResult found,
                      connection.Run("SELECT (SELECT version FROM schema_version)::bigint, "
                                     "pg_database_size(current_database())"));
  Inspection inspection;
  inspection.known_schema_version = std::ssize(Migrations());
  inspection.schema_version = found.Integer(0, 0);
  inspection.size_bytes = found.Integer(0, 1);
  if (!look_for_damage) return inspection;
  inspection.checked = "the log against its counter; pages are PostgreSQL's own care";
  const absl::Status checked = CheckIntegrity(connection);
  if (DetailsOf(checked).reason == "STORE_CORRUPT") {
    inspection.damage = std::string(checked.message());
    return inspection;
  }
  TG_RETURN_IF_ERROR(checked);
  return inspection;
}

}  // namespace tunegate::store::postgres
