// The PostgreSQL schema as numbered migrations. All tables stand in the schema "tunegate" of the
// database that the URL names.
//
// Servers of two versions share a database while they are rolled over, so a migration only adds:
// tables, indexes, and columns that are nullable or have a default. Programs of the version before
// name their columns and go on writing; what is added must bear that they know nothing of it. To
// remove something takes two releases: one that no longer uses it, and a later one whose migration
// removes it and says in `oldest_program` which programs that leaves behind.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_SCHEMA_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_SCHEMA_H_

#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/postgres/connection.h"
#include "server/store/store.h"

namespace tunegate::store::postgres {

struct Migration {
  const char* sql;
  // The oldest program, by the newest migration it knows, that may still use the database.
  int oldest_program;
};

// Migration n is the n-th.
std::span<const Migration> Migrations();

// Runs those of `migrations` that `connection`'s database has not run yet, all or none. Several
// programs may do so at once: one does, the others wait for it, so `connection` should have a long
// statement_timeout. FAILED_PRECONDITION:
// SCHEMA_TOO_NEW when a newer program left this one behind, STORE_REFUSED when the database is not
// in UTF-8.
absl::Status MigrateSchema(Connection& connection,
                           std::span<const Migration> migrations = Migrations());

// Does the log agree with its counter? INTERNAL (STORE_CORRUPT).
absl::Status CheckIntegrity(Connection& connection);

// As Store::Inspect, but for its `place`.
absl::StatusOr<Inspection> InspectDatabase(Connection& connection, bool look_for_damage);

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_SCHEMA_H_
