#include "server/store/sqlite/sqlite_caretaker.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "server/store/sqlite/blob_directory.h"
#include "server/store/sqlite/copy_place.h"
#include "server/store/sqlite/data_directory.h"
#include "server/store/sqlite/database.h"
#include "server/store/sqlite/interrupter.h"
#include "server/store/sqlite/sqlite_copy.h"

namespace tunegate::store {
namespace {

// Events that one transaction drops, about: a commit's events go together.
constexpr int64_t kBatch = 1000;
// Commits whose events one read counts.
constexpr int64_t kCountedAtOnce = 10'000;
// Pages that one transaction gives back.
constexpr char kGiveBackPages[] = "PRAGMA incremental_vacuum(1000)";

absl::Status Proceed(const StopCheck& stop) {
  return stop && stop() ? absl::CancelledError("nobody waits for it any more") : absl::OkStatus();
}

class SqliteCaretaker : public Caretaker {
 public:
  SqliteCaretaker(std::unique_ptr<Database> database, const SqliteOptions& options)
      : clock_(*options.clock),
        data_dir_(options.data_dir),
        free_bytes_(options.free_bytes),
        blobs_(options.data_dir + "/blobs", CopyPlace(options.data_dir).blobs),
        database_(std::move(database)) {}

  absl::StatusOr<std::vector<std::string>> CheckDatabase(const StopCheck& stop) override;
  absl::StatusOr<std::unique_ptr<StoreCopy>> Copy(const StopCheck& stop) override {
    return CopySqliteStore(data_dir_, free_bytes_, stop);
  }
  absl::StatusOr<int64_t> DropOldEvents(const Retention& retention, const StopCheck& stop) override;
  absl::StatusOr<int64_t> SweepBlobs(const std::set<std::string>& named,
                                     absl::Duration min_age) override {
    return blobs_.Sweep(named, min_age);
  }
  absl::Status GiveBackSpace(const StopCheck& stop) override;
  absl::StatusOr<int64_t> SizeBytes() override;

 private:
  // Runs `step` in a transaction for writing.
  template <typename Step>
  auto InTransaction(Step step) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) -> decltype(step());
  // How many events there are more than may be.
  absl::StatusOr<int64_t> CountExcess(int64_t max_events) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<bool> HasOldEvents(absl::Time oldest_time) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // When the oldest resource that has not ended was created.
  absl::StatusOr<absl::Time> ReadLiveTime() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Drops one batch from the log's old end; how many events, 0: nothing more is to be dropped.
  absl::StatusOr<int64_t> DropBatch(absl::Time oldest_time, int64_t excess)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status DropOldRequests() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  const std::string data_dir_;
  const DiskLook free_bytes_;
  BlobDirectory blobs_;
  Mutex mutex_;
  const std::unique_ptr<Database> database_ ABSL_GUARDED_BY(mutex_);
  // How many events there are up to where, so that nobody counts a million of them every minute.
  int64_t counted_ ABSL_GUARDED_BY(mutex_) = 0;
  int64_t counted_position_ ABSL_GUARDED_BY(mutex_) = 0;
};

template <typename Step>
auto SqliteCaretaker::InTransaction(Step step) -> decltype(step()) {
  TG_RETURN_IF_ERROR(database_->Execute("BEGIN IMMEDIATE"));
  auto result = step();
  if (result.ok()) {
    const absl::Status committed = database_->Execute("COMMIT");
    if (committed.ok()) return result;
    result = committed;
  }
  // The first error says more than a failing roll back.
  if (!database_->autocommit()) (void)database_->Execute("ROLLBACK");
  return result;
}

absl::StatusOr<std::vector<std::string>> SqliteCaretaker::CheckDatabase(const StopCheck& stop) {
  // A connection of its own: it reads for long, and the other one is wanted meanwhile.
  TG_ASSIGN_OR_RETURN(const auto reader, Database::Open(data_dir_ + "/tunegate.db",
                                                        Database::Mode::kRead, Synchronous::kFull));
  TG_RETURN_IF_ERROR(Proceed(stop));
  const Interrupter interrupter(reader.get(), stop);
  std::vector<std::string> wrong;
  TG_ASSIGN_OR_RETURN(Statement check, reader->Prepare("PRAGMA integrity_check(100)"));
  while (true) {
    TG_ASSIGN_OR_RETURN(const bool more, check.Step());
    if (!more) break;
    if (check.Text(0) != "ok") wrong.push_back(check.Text(0));
  }
  TG_RETURN_IF_ERROR(Proceed(stop));
  return wrong;
}

absl::StatusOr<int64_t> SqliteCaretaker::CountExcess(int64_t max_events) {
  TG_ASSIGN_OR_RETURN(const int64_t newest,
                      database_->QueryInteger("SELECT newest_position FROM meta"));
  TG_ASSIGN_OR_RETURN(const int64_t oldest,
                      database_->QueryInteger("SELECT oldest_position FROM meta"));
  counted_position_ = std::max(counted_position_, oldest);
  // In pieces, each a read of its own: one that lasts keeps the write-ahead log from shrinking.
  while (counted_position_ < newest) {
    const int64_t up_to = std::min(counted_position_ + kCountedAtOnce, newest);
    TG_ASSIGN_OR_RETURN(
        Statement count,
        database_->Prepare("SELECT count(*) FROM events WHERE position > ? AND position <= ?"));
    TG_ASSIGN_OR_RETURN(const bool found, count.Bind(counted_position_).Bind(up_to).Step());
    if (found) counted_ += count.Integer(0);
    counted_position_ = up_to;
  }
  return std::max<int64_t>(0, counted_ - max_events);
}

absl::StatusOr<bool> SqliteCaretaker::HasOldEvents(absl::Time oldest_time) {
  TG_ASSIGN_OR_RETURN(Statement oldest,
                      database_->Prepare("SELECT time FROM events ORDER BY position LIMIT 1"));
  TG_ASSIGN_OR_RETURN(const bool found, oldest.Step());
  return found && oldest.Time(0) < oldest_time;
}

absl::StatusOr<absl::Time> SqliteCaretaker::ReadLiveTime() {
  TG_ASSIGN_OR_RETURN(
      Statement live,
      database_->Prepare("SELECT create_time FROM resources WHERE terminal = 0 AND state <> '' "
                         "ORDER BY create_time LIMIT 1"));
  TG_ASSIGN_OR_RETURN(const bool found, live.Step());
  return found ? live.Time(0) : absl::InfiniteFuture();
}

absl::StatusOr<int64_t> SqliteCaretaker::DropBatch(absl::Time oldest_time, int64_t excess) {
  TG_ASSIGN_OR_RETURN(const bool has_old, HasOldEvents(oldest_time));
  if (excess == 0 && !has_old) return 0;
  // Where the oldest resource that has not ended begins, nothing is dropped any more. Read in the
  // transaction that drops, so that none can begin in between.
  TG_ASSIGN_OR_RETURN(const absl::Time live_time, ReadLiveTime());
  TG_ASSIGN_OR_RETURN(Statement oldest,
                      database_->Prepare("SELECT position, count(*), min(time) FROM events GROUP "
                                         "BY position ORDER BY position LIMIT ?"));
  oldest.Bind(kBatch);
  int64_t dropped = 0;
  int64_t up_to = 0;
  while (dropped < kBatch) {
    TG_ASSIGN_OR_RETURN(const bool more, oldest.Step());
    if (!more || oldest.Time(2) >= live_time) break;
    if (dropped >= excess && oldest.Time(2) >= oldest_time) break;
    up_to = oldest.Integer(0);
    dropped += oldest.Integer(1);
  }
  if (dropped == 0) return 0;
  TG_ASSIGN_OR_RETURN(Statement drop, database_->Prepare("DELETE FROM events WHERE position <= ?"));
  TG_RETURN_IF_ERROR(drop.Bind(up_to).Run());
  TG_ASSIGN_OR_RETURN(Statement move, database_->Prepare("UPDATE meta SET oldest_position = ?"));
  TG_RETURN_IF_ERROR(move.Bind(up_to).Run());
  return dropped;
}

absl::Status SqliteCaretaker::DropOldRequests() {
  int64_t dropped = 0;
  do {
    const auto step = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS -> absl::StatusOr<int64_t> {
      TG_ASSIGN_OR_RETURN(
          Statement drop,
          database_->Prepare("DELETE FROM idempotency WHERE (caller, method, request_id) IN "
                             "(SELECT caller, method, request_id FROM idempotency "
                             "WHERE create_time < ? ORDER BY create_time LIMIT ?)"));
      TG_RETURN_IF_ERROR(drop.Bind(clock_.Now() - kRequestAge).Bind(kBatch).Run());
      return database_->changes();
    };
    TG_ASSIGN_OR_RETURN(dropped, InTransaction(step));
  } while (dropped == kBatch);
  return absl::OkStatus();
}

absl::StatusOr<int64_t> SqliteCaretaker::DropOldEvents(const Retention& retention,
                                                       const StopCheck& stop) {
  MutexLock lock(mutex_);
  TG_RETURN_IF_ERROR(DropOldRequests());
  TG_ASSIGN_OR_RETURN(int64_t excess, CountExcess(retention.max_events));
  const absl::Time oldest_time = clock_.Now() - retention.max_event_age;
  int64_t all = 0;
  while (true) {
    TG_RETURN_IF_ERROR(Proceed(stop));
    TG_ASSIGN_OR_RETURN(const int64_t dropped, InTransaction([&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
                          return DropBatch(oldest_time, excess);
                        }));
    if (dropped == 0) return all;
    all += dropped;
    counted_ -= dropped;
    excess = std::max<int64_t>(0, excess - dropped);
  }
}

absl::Status SqliteCaretaker::GiveBackSpace(const StopCheck& stop) {
  MutexLock lock(mutex_);
  int64_t before = 0;
  TG_ASSIGN_OR_RETURN(int64_t free, database_->QueryInteger("PRAGMA freelist_count"));
  // Ends also where no page moves: a database that was made without incremental vacuum.
  while (free > 0 && free != before) {
    before = free;
    TG_RETURN_IF_ERROR(Proceed(stop));
    TG_RETURN_IF_ERROR(database_->ExecuteScript(kGiveBackPages));
    TG_ASSIGN_OR_RETURN(free, database_->QueryInteger("PRAGMA freelist_count"));
  }
  return database_->TruncateLog();
}

absl::StatusOr<int64_t> SqliteCaretaker::SizeBytes() {
  int64_t size = 0;
  for (const char* suffix : {"", "-wal"}) {
    std::error_code error;  // the log is not there while nobody writes
    const auto bytes =
        std::filesystem::file_size(absl::StrCat(data_dir_, "/tunegate.db", suffix), error);
    if (!error) size += static_cast<int64_t>(bytes);
  }
  TG_ASSIGN_OR_RETURN(const int64_t blobs, blobs_.SizeBytes());
  return size + blobs;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Caretaker>> OpenSqliteCaretaker(const SqliteOptions& options) {
  TG_ASSIGN_OR_RETURN(auto database,
                      Database::Open(options.data_dir + "/tunegate.db", Database::Mode::kReadWrite,
                                     options.synchronous));
  return std::make_unique<SqliteCaretaker>(std::move(database), options);
}

}  // namespace tunegate::store
