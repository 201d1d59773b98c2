// The store on PostgreSQL: for several servers on one database, any of which may die. Everything is
// in the schema "tunegate" of the database that the URL names, blobs too, so each server can do
// what any other began. What the servers share beside it is the database's clock.
//
// Needs sessions of its own: a pooler in front of the database must pool by session. A database
// that was restored from a dump is another log, of which watchers must hear: renew its id before a
// server starts, with UPDATE tunegate.meta SET log_id = gen_random_uuid().
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_STORE_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_STORE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/store/store.h"

namespace tunegate::store {

struct PostgresOptions {
  // "postgres://user@host:5432/database?sslmode=verify-full"; parameters are libpq's. The password
  // belongs into PGPASSWORD or a passfile.
  std::string url;
  // Where copies of blobs are lent from; made when it is not there.
  std::string data_dir;
  // Connections for reads and blobs, made as they are needed; further calls wait. Commits have one
  // of their own, and so have signals of other servers.
  int connections = 8;
  // The database cancels a statement that takes longer.
  absl::Duration statement_timeout = absl::Seconds(30);
  // How long a call waits for a database that is away (restarting, failing over) before it answers
  // UNAVAILABLE, or UNKNOWN where a commit was under way.
  absl::Duration patience = absl::Seconds(10);
  // Stands in for the database's clock in tests. Outlives the store.
  const Clock* clock = nullptr;
};

// Opens the store and brings its schema up to date; waits for a database that is just starting.
// Beside the codes of Store: INVALID_ARGUMENT (STORE_URL_INVALID), FAILED_PRECONDITION, as
// STORE_REFUSED (user, password, certificate or database are not accepted), SCHEMA_TOO_NEW or
// DATA_DIR_UNUSABLE. No message holds a password.
absl::StatusOr<std::unique_ptr<Store>> OpenPostgresStore(const PostgresOptions& options);

// `url` for people: without password and parameters; "postgres://..." when it cannot be read.
std::string PostgresUrlForPeople(const std::string& url);

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_STORE_H_
