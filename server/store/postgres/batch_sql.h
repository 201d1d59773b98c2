// A batch's SQL: the statements that read what a BatchPlan needs, and those that write what came
// out of it. All values are bound, whole columns as arrays.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_BATCH_SQL_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_BATCH_SQL_H_

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "server/store/committer.h"
#include "server/store/postgres/batch_plan.h"
#include "server/store/postgres/connection.h"

namespace tunegate::store::postgres {

// Queues the statement that locks the counter: from its result to the end of the transaction nobody
// else commits. It gives the log's newest position, and the time, which is read when the lock is
// there.
void QueueLock(Connection& connection);

// Queues a claim. `now` stands in for the database's clock where it is set. It waits for nobody.
void QueueClaim(Connection& connection, const ClaimRequest& request, std::optional<absl::Time> now);
std::vector<ClaimedWork> ClaimedBy(const ClaimRequest& request, const QueryResult& result);

// Queues what reads `needs`; as many results come as it returns, and FillPlan takes them.
int QueueNeeds(Connection& connection, const Needs& needs);
void FillPlan(const Needs& needs, const QueryResult* results, BatchPlan& plan);

// Queues what keeps these blobs: from its result to the end of the transaction nobody erases them,
// and whoever was about to (DropBlob) looks again. It gives the digests of those that are there.
void QueueKeep(Connection& connection, const std::set<std::string>& blobs);

// Queues what is done to rows, if anything. Those that are there already are left as they are.
void QueueRows(Connection& connection, const RowWrites& rows);

// Queues what `plan` writes, and the mark that `writer` committed its batch number `batch`.
void QueueWrites(Connection& connection, const BatchPlan& plan, const std::string& writer,
                 int64_t batch);

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_BATCH_SQL_H_
