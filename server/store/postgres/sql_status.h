// What a failure that PostgreSQL reports means to us.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_SQL_STATUS_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_SQL_STATUS_H_

#include <string_view>

#include "absl/status/status.h"

namespace tunegate::store::postgres {

// `sqlstate` is PostgreSQL's five characters, `message` its primary message (the detail may quote
// rows, so it is left out), `where` the URL as shown to people. Codes as store.h says: UNAVAILABLE
// (STORE_UNAVAILABLE) for what passes or an operator can mend, INTERNAL (STORE_CORRUPT) for damage,
// FAILED_PRECONDITION (STORE_REFUSED) for a database that does not let us in,
// INVALID_ARGUMENT (TEXT_INVALID), INTERNAL (STORE_FAILED) for what should not happen. Metadata
// "sqlstate".
absl::Status SqlStatus(std::string_view sqlstate, std::string_view message, std::string_view where);

// UNAVAILABLE (STORE_UNAVAILABLE): the connection broke or could not be made.
absl::Status LostStatus(std::string_view message, std::string_view where);

// True when the same statements may well succeed when they are run again: a deadlock, a
// serialization failure, or a lock that was waited for in vain.
bool IsWorthRepeating(const absl::Status& status);

// True when a statement took longer than its time-out, or was cancelled by hand.
bool IsTimeOut(const absl::Status& status);

// True when the database only reads: after a failover another one is the primary.
bool IsReadOnly(const absl::Status& status);

// True when PostgreSQL refused the values it was given, so that other values may do.
bool IsRefusedByData(const absl::Status& status);

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_SQL_STATUS_H_
