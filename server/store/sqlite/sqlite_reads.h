// The reads of Store, each on a connection that its caller holds. Contracts are store.h's.
#ifndef TUNEGATE_SERVER_STORE_SQLITE_SQLITE_READS_H_
#define TUNEGATE_SERVER_STORE_SQLITE_SQLITE_READS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/store/sqlite/database.h"
#include "server/store/store.h"

namespace tunegate::store {

absl::StatusOr<Record> ReadRecord(Database& database, std::string_view name);
absl::StatusOr<std::vector<Record>> ReadRecords(Database& database, const ListQuery& query);
absl::StatusOr<std::optional<Idempotency>> ReadRequest(Database& database, std::string_view caller,
                                                       std::string_view method,
                                                       std::string_view request_id);
absl::StatusOr<std::vector<Row>> ReadRowsOf(Database& database, std::string_view parent,
                                            std::string_view stream, std::string_view after_key,
                                            int limit);
absl::StatusOr<std::vector<Row>> ReadRowsAfter(Database& database, const Row& after, int limit);
absl::StatusOr<std::vector<StoredEvent>> ReadEventRange(Database& database,
                                                        const EventRange& range);
absl::StatusOr<LogInfo> ReadLog(Database& database);
absl::StatusOr<Snapshot> ReadSnapshotOf(Database& database, const std::vector<std::string>& kinds);
absl::StatusOr<std::optional<absl::Duration>> ReadNextDue(Database& database, absl::Time now);

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_SQLITE_READS_H_
