// The care of an SQLite store. Works on a second connection for writing, in transactions of a few
// milliseconds: the committer waits for those, as it would for the sqlite3 shell.
#ifndef TUNEGATE_SERVER_STORE_SQLITE_SQLITE_CARETAKER_H_
#define TUNEGATE_SERVER_STORE_SQLITE_SQLITE_CARETAKER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "server/store/caretaker.h"
#include "server/store/sqlite/sqlite_store.h"

namespace tunegate::store {

// For the store that this process has opened with the same options, and keeps open for longer.
absl::StatusOr<std::unique_ptr<Caretaker>> OpenSqliteCaretaker(const SqliteOptions& options);

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_SQLITE_CARETAKER_H_
