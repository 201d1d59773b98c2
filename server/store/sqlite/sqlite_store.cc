#include "server/store/sqlite/sqlite_store.h"

#include <algorithm>
#include <utility>

#include "common/errors.h"
#include "server/store/committer.h"
#include "server/store/record_cache.h"
#include "server/store/sqlite/blob_directory.h"
#include "server/store/sqlite/connection_pool.h"
#include "server/store/sqlite/copy_place.h"
#include "server/store/sqlite/data_directory.h"
#include "server/store/sqlite/page_check.h"
#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/sqlite_engine.h"
#include "server/store/sqlite/sqlite_reads.h"

namespace tunegate::store {
namespace {

class SqliteStore : public Store {
 public:
  SqliteStore(std::unique_ptr<DataDirectory> directory, std::unique_ptr<Database> database,
              std::unique_ptr<ConnectionPool> readers, const SqliteOptions& options)
      : directory_(std::move(directory)),
        database_(std::move(database)),
        readers_(std::move(readers)),
        clock_(*options.clock),
        full_check_max_bytes_(options.full_check_max_bytes),
        blobs_(directory_->path() + "/blobs", CopyPlace(directory_->path()).blobs),
        cache_(options.record_cache_bytes),
        engine_(database_.get(), &blobs_, &cache_, options.clock),
        committer_(&engine_) {}

  absl::Status PrepareBlobs() { return blobs_.Prepare(); }
  void StartPageCheck() { page_check_.Start(database_->path()); }

  absl::StatusOr<CommitResult> Commit(Transaction transaction) override {
    return committer_.Commit(std::move(transaction));
  }
  absl::StatusOr<std::vector<ClaimedWork>> ClaimWork(std::string_view owner,
                                                     absl::Duration lease_duration,
                                                     int limit) override {
    return committer_.Claim(
        {.owner = std::string(owner), .lease_duration = lease_duration, .limit = limit});
  }
  void SetCommitListener(std::function<void()> listener) override {
    committer_.SetListener(std::move(listener));
  }

  absl::StatusOr<Record> Get(std::string_view name) override {
    if (const auto known = Peek(name); known != nullptr) return *known;
    const RecordCache::Ticket ticket = cache_.Expect(name);
    absl::StatusOr<Record> record = ReadRecord(*readers_->Borrow(), name);
    if (record.ok()) {
      cache_.Keep(ticket, std::make_shared<const Record>(*record));
    } else {
      cache_.GiveUp(ticket, name);
    }
    return record;
  }
  std::shared_ptr<const Record> Peek(std::string_view name) override { return cache_.Find(name); }
  absl::StatusOr<std::vector<Record>> List(const ListQuery& query) override {
    return ReadRecords(*readers_->Borrow(), query);
  }
  absl::StatusOr<std::optional<Idempotency>> FindRequest(std::string_view caller,
                                                         std::string_view method,
                                                         std::string_view request_id) override {
    return ReadRequest(*readers_->Borrow(), caller, method, request_id);
  }
  absl::StatusOr<std::vector<Row>> ReadRows(std::string_view parent, std::string_view stream,
                                            std::string_view after_key, int limit) override {
    return ReadRowsOf(*readers_->Borrow(), parent, stream, after_key, limit);
  }
  absl::StatusOr<std::vector<Row>> ReadAllRows(const Row& after, int limit) override {
    return ReadRowsAfter(*readers_->Borrow(), after, limit);
  }
  absl::StatusOr<std::vector<StoredEvent>> ReadEvents(const EventRange& range) override {
    return ReadEventRange(*readers_->Borrow(), range);
  }
  absl::StatusOr<LogInfo> ReadLogInfo() override { return ReadLog(*readers_->Borrow()); }
  absl::StatusOr<Inspection> Inspect(bool look_for_damage) override {
    TG_ASSIGN_OR_RETURN(Inspection inspection,
                        InspectDatabase(*readers_->Borrow(), look_for_damage, full_check_max_bytes_,
                                        page_check_.known()));
    if (inspection.damage.empty()) inspection.damage = page_check_.damage();
    return inspection;
  }
  absl::StatusOr<Snapshot> ReadSnapshot(const std::vector<std::string>& kinds) override {
    return ReadSnapshotOf(*readers_->Borrow(), kinds);
  }
  absl::StatusOr<std::optional<absl::Duration>> NextDue() override {
    return ReadNextDue(*readers_->Borrow(), clock_.Now());
  }

  absl::Status PutBlob(std::string_view sha256, std::string_view bytes) override {
    return blobs_.Put(sha256, bytes);
  }
  absl::StatusOr<std::string> GetBlob(std::string_view sha256) override {
    return blobs_.Get(sha256);
  }
  absl::StatusOr<BlobFile> OpenBlob(std::string_view sha256) override {
    TG_ASSIGN_OR_RETURN(std::string path, blobs_.Path(sha256));
    return BlobFile(std::move(path));
  }
  absl::Status DeleteBlob(std::string_view sha256, const NameCheck& is_named) override {
    return blobs_.Delete(sha256, is_named);
  }
  const Clock& clock() const override { return clock_; }

 private:
  // In the order of their dependence: who still commits is waited for first, the lock goes last.
  const std::unique_ptr<DataDirectory> directory_;
  const std::unique_ptr<Database> database_;
  const std::unique_ptr<ConnectionPool> readers_;
  const Clock& clock_;
  const int64_t full_check_max_bytes_;
  BlobDirectory blobs_;
  RecordCache cache_;
  SqliteEngine engine_;
  Committer committer_;
  PageCheck page_check_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteOptions& options) {
  TG_ASSIGN_OR_RETURN(auto directory, DataDirectory::Open(options.data_dir));
  const std::string path = options.data_dir + "/tunegate.db";
  TG_ASSIGN_OR_RETURN(auto database,
                      Database::Open(path, Database::Mode::kReadWrite, options.synchronous));
  TG_RETURN_IF_ERROR(MigrateSchema(*database));
  TG_ASSIGN_OR_RETURN(const int64_t bytes, DatabaseBytes(*database));
  const bool check_now = bytes <= options.full_check_max_bytes;
  if (check_now) TG_RETURN_IF_ERROR(CheckPages(*database, path));
  TG_RETURN_IF_ERROR(CheckLog(*database));
  // The data directory is ours alone, so whoever holds a lease is dead: its work goes on at once.
  TG_RETURN_IF_ERROR(
      database->Execute("UPDATE work SET lease_expire_time = 0 WHERE lease_expire_time > 0"));
  TG_ASSIGN_OR_RETURN(auto readers,
                      ConnectionPool::Open(path, std::max(options.read_connections, 1)));
  auto store = std::make_unique<SqliteStore>(std::move(directory), std::move(database),
                                             std::move(readers), options);
  TG_RETURN_IF_ERROR(store->PrepareBlobs());
  TG_RETURN_IF_ERROR(RemoveCopy(CopyPlace(options.data_dir)));
  if (!check_now) store->StartPageCheck();
  return store;
}

}  // namespace tunegate::store
