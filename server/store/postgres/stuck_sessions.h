// Sessions of servers that were stopped (SIGSTOP, a frozen container) while they sent a pipeline of
// statements: the database waits for the rest of it, so that neither its time-out for statements
// nor the one for idle transactions runs, and their kernel goes on answering keepalives. Whatever
// they have locked is locked for ever, unless somebody ends them.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_STUCK_SESSIONS_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_STUCK_SESSIONS_H_

#include "absl/time/time.h"
#include "server/store/postgres/connection.h"

namespace tunegate::store::postgres {

// Ends sessions of ours that hold the counter or a blob and have been silent in the middle of what
// they send for longer than a statement may take. True when there was one. A healthy session that
// is met by it asks what became of its commit, or begins anew. To be called when something was
// waited for in vain.
bool EndStuckSessions(Connection& connection, absl::Duration statement_timeout);

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_STUCK_SESSIONS_H_
