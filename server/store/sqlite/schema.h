// The SQLite schema as numbered migrations, and the checks of a database when it is opened.
#ifndef TUNEGATE_SERVER_STORE_SQLITE_SCHEMA_H_
#define TUNEGATE_SERVER_STORE_SQLITE_SCHEMA_H_

#include <cstdint>

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

// Looks for damage. Always: does the log agree with its counter. Up to `full_check_max_bytes` also
// SQLite's own check of every page, which reads the whole file. INTERNAL (STORE_CORRUPT).
absl::Status CheckIntegrity(Database& database, int64_t full_check_max_bytes);

// As Store::Inspect, over a connection of its own; what CheckIntegrity finds is its `damage`.
absl::StatusOr<Inspection> InspectDatabase(Database& database, bool look_for_damage,
                                           int64_t full_check_max_bytes);

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_SCHEMA_H_
