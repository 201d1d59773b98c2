#include "server/store/postgres/stuck_sessions.h"

#include "absl/strings/str_cat.h"
#include "common/log.h"

namespace tunegate::store::postgres {

bool EndStuckSessions(Connection& connection, absl::Duration statement_timeout) {
  const auto ended = connection.Run(
      "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = current_user "
      "AND datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' "
      "AND wait_event = 'ClientRead' AND EXISTS (SELECT FROM pg_locks WHERE "
      "pg_locks.pid = pg_stat_activity.pid AND relation IN ('meta'::regclass, 'blobs'::regclass) "
      "AND mode IN ('RowShareLock', 'RowExclusiveLock')) "
      "AND xact_start < clock_timestamp() - $1 * interval '1 microsecond'",
      Parameters().Add(absl::ToInt64Microseconds(statement_timeout)));
  if (!ended.ok() || ended->Integer(0, 0) == 0) return false;
  log::Warning(
      "a server that was stopped while it wrote held up all others; its session was ended, and it "
      "finds out what became of its change when it goes on",
      {{"sessions", absl::StrCat(ended->Integer(0, 0))}});
  return true;
}

}  // namespace tunegate::store::postgres
