// SqliteEngine: writes the committer's batches, one SQL transaction each, every member under a
// savepoint.
#ifndef TUNEGATE_SERVER_STORE_SQLITE_SQLITE_ENGINE_H_
#define TUNEGATE_SERVER_STORE_SQLITE_SQLITE_ENGINE_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "server/store/committer.h"
#include "server/store/record_cache.h"
#include "server/store/sqlite/blob_directory.h"
#include "server/store/sqlite/database.h"

namespace tunegate::store {

// `time` as the database keeps it (microseconds), so that callers are told what others will read.
absl::Time ToStoredPrecision(absl::Time time);

// Used by one thread at a time, whichever leads the committer.
class SqliteEngine : public SequentialEngine {
 public:
  // All outlive the engine; nobody else uses `database`. `cache` is told of every record that is
  // written.
  SqliteEngine(Database* database, BlobDirectory* blobs, RecordCache* cache, const Clock* clock)
      : database_(*database), blobs_(*blobs), cache_(*cache), clock_(*clock) {}

  absl::Status Begin() override;
  absl::StatusOr<CommitResult> Apply(const Transaction& transaction) override;
  absl::StatusOr<std::vector<ClaimedWork>> Claim(const ClaimRequest& request) override;
  absl::Status End() override;

 private:
  absl::StatusOr<CommitResult> ApplyParts(const Transaction& transaction);
  // Ends a savepoint; a failure that also ended the batch is remembered for End.
  absl::Status EndSavepoint(bool keep);
  absl::StatusOr<std::vector<ClaimedWork>> FindDueWork(const ClaimRequest& request);
  absl::Status TakeLeases(const std::vector<ClaimedWork>& due, absl::Duration lease_duration);
  absl::Status CheckLease(const Lease& lease);
  absl::Status RememberRequest(const Idempotency& request);
  absl::Status PutRecord(const Put& put);
  absl::Status InsertRecord(const Record& record);
  absl::Status UpdateRecord(const Put& put);
  absl::Status DropRows(const RowStream& rows);
  absl::Status AppendRow(const Row& row);
  absl::Status Schedule(const ScheduleWork& work);
  absl::Status SettleLease(const Transaction& transaction);
  absl::Status FinishWork(const std::string& name);
  absl::Status AppendEvents(const std::vector<NewEvent>& events, int64_t position);

  Database& database_;
  BlobDirectory& blobs_;
  RecordCache& cache_;
  const Clock& clock_;
  int64_t stored_position_ = 0;  // the counter as it is on disk
  int64_t position_ = 0;         // and with what the open batch adds
  absl::Time now_;               // of the member that is being applied
  bool keeps_blobs_ = false;     // the open batch names some
  absl::Status broken_;          // why the open batch can no longer be committed
};

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_SQLITE_ENGINE_H_
