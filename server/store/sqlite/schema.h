// The SQLite schema as numbered migrations, and the checks of a database when it is opened.
#ifndef TUNEGATE_SERVER_STORE_SQLITE_SCHEMA_H_
#define TUNEGATE_SERVER_STORE_SQLITE_SCHEMA_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/sqlite/database.h"
#include "server/store/store.h"

namespace tunegate::store {

// The newest migration that this program knows.
int64_t SchemaVersion();

// Brings `database` to SchemaVersion(), each migration in a transaction of its own, and gives the
// log of a copy (MarkAsCopy) its own id. Returns FAILED_PRECONDITION (SCHEMA_TOO_NEW) when a newer
// program wrote it.
absl::Status MigrateSchema(Database& database);

// Marks a copied database: whoever opens it first as a store renews its log's id, each time that
// the copy is restored. Positions of the log that was copied mean nothing in the one that goes on.
absl::Status MarkAsCopy(Database& database);

// What its pages take, wherever they are.
absl::StatusOr<int64_t> DatabaseBytes(Database& database);

// SQLite's own check of every page, which reads the whole file. INTERNAL (STORE_CORRUPT), which
// names `path`: the database's own, or that of which it is a copy.
absl::Status CheckPages(Database& database, const std::string& path);

// Does the log agree with its counter? INTERNAL (STORE_CORRUPT).
absl::Status CheckLog(Database& database);

// As Store::Inspect, over a connection of its own. Pages are looked through up to
// `full_check_max_bytes`; beyond them `pages_else` says what is known of them.
absl::StatusOr<Inspection> InspectDatabase(Database& database, bool look_for_damage,
                                           int64_t full_check_max_bytes,
                                           const std::string& pages_else);

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_SCHEMA_H_
