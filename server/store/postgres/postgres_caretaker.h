// The care of a store on PostgreSQL, on a connection that is made when there is something to do.
// Pages are PostgreSQL's own care (autovacuum, amcheck): what is checked here is the log against
// its counter, and space is left to be used again. It does not know when a blob was put, so it
// sweeps none.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_CARETAKER_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_CARETAKER_H_

#include <memory>

#include "absl/status/statusor.h"
#include "server/store/caretaker.h"
#include "server/store/postgres/postgres_store.h"

namespace tunegate::store {

// For a store that was opened with the same options. INVALID_ARGUMENT (STORE_URL_INVALID).
absl::StatusOr<std::unique_ptr<Caretaker>> OpenPostgresCaretaker(const PostgresOptions& options);

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_CARETAKER_H_
