// The reads of Store, each on a connection that its caller holds. Contracts are store.h's.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_READS_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_READS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/store/postgres/connection.h"
#include "server/store/store.h"

namespace tunegate::store::postgres {

absl::StatusOr<Record> ReadRecord(Connection& connection, std::string_view name);
absl::StatusOr<std::vector<Record>> ReadRecords(Connection& connection, const ListQuery& query);
absl::StatusOr<std::optional<Idempotency>> ReadRequest(Connection& connection,
                                                       std::string_view caller,
                                                       std::string_view method,
                                                       std::string_view request_id);
absl::StatusOr<std::vector<Row>> ReadRowsOf(Connection& connection, std::string_view parent,
                                            std::string_view stream, std::string_view after_key,
                                            int limit);
absl::StatusOr<std::vector<Row>> ReadRowsAfter(Connection& connection, const Row& after, int limit);
absl::StatusOr<std::vector<StoredEvent>> ReadEventRange(Connection& connection,
                                                        const EventRange& range);
absl::StatusOr<LogInfo> ReadLog(Connection& connection);
absl::StatusOr<Snapshot> ReadSnapshotOf(Connection& connection,
                                        const std::vector<std::string>& kinds);
// `now` stands in for the database's clock where it is set.
absl::StatusOr<std::optional<absl::Duration>> ReadNextDue(Connection& connection,
                                                          std::optional<absl::Time> now);
// The database's clock.
absl::StatusOr<absl::Time> ReadClock(Connection& connection);

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_READS_H_
