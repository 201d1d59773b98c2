#include "server/store/sqlite/sqlite_copy.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"
#include "server/store/sqlite/blob_directory.h"
#include "server/store/sqlite/copy_place.h"
#include "server/store/sqlite/database.h"
#include "server/store/sqlite/interrupter.h"
#include "server/store/sqlite/schema.h"
#include "server/store/sqlite/sqlite_reads.h"

namespace tunegate::store {
namespace {

// What must stay free beside a copy, for what others write while it is there: a tenth of it, within
// these bounds.
constexpr int64_t kLeastMargin = 100 << 20;
constexpr int64_t kLargestMargin = 1 << 30;

// The place of a copy, for as long as it is needed.
class OwnedPlace {
 public:
  explicit OwnedPlace(CopyPlace place) : place_(std::move(place)) {}
  ~OwnedPlace() {
    const absl::Status removed = RemoveCopy(place_);
    if (!removed.ok()) {
      log::Warning("a backup's temporary files stay until the next start",
                   {{"error", removed.ToString()}});
    }
  }
  OwnedPlace(const OwnedPlace&) = delete;
  OwnedPlace& operator=(const OwnedPlace&) = delete;

 private:
  const CopyPlace place_;
};

class SqliteCopy : public StoreCopy {
 public:
  SqliteCopy(const std::string& data_dir, std::unique_ptr<OwnedPlace> owned,
             std::unique_ptr<Database> database, int64_t schema_version, int64_t position)
      : owned_(std::move(owned)),
        database_(std::move(database)),
        blobs_(data_dir + "/blobs", CopyPlace(data_dir).blobs),
        schema_version_(schema_version),
        position_(position) {}

  const std::string& database_path() const override { return database_->path(); }
  int64_t schema_version() const override { return schema_version_; }
  int64_t position() const override { return position_; }
  absl::StatusOr<std::vector<Record>> List(const ListQuery& query) override {
    return ReadRecords(*database_, query);
  }
  absl::StatusOr<std::string> HoldBlob(std::string_view sha256) override {
    return blobs_.Hold(sha256);
  }

 private:
  const std::unique_ptr<OwnedPlace> owned_;  // goes last
  const std::unique_ptr<Database> database_;
  const BlobDirectory blobs_;
  const int64_t schema_version_;
  const int64_t position_;
};

// The copied file, marked, and complete without a log beside it.
absl::StatusOr<std::unique_ptr<Database>> OpenCopy(const std::string& path) {
  TG_ASSIGN_OR_RETURN(auto copy,
                      Database::Open(path, Database::Mode::kReadWrite, Synchronous::kNormal));
  // Not synced: it goes with this process at the latest, and a sync of so much would hold up those
  // of commits.
  TG_RETURN_IF_ERROR(copy->ExecuteScript("PRAGMA synchronous = OFF; PRAGMA journal_mode = DELETE"));
  TG_RETURN_IF_ERROR(MarkAsCopy(*copy));
  return copy;
}

absl::Status CheckRoom(const std::string& data_dir, int64_t database_bytes, int64_t free_bytes) {
  const int64_t margin = std::clamp(database_bytes / 10, kLeastMargin, kLargestMargin);
  if (free_bytes - margin >= database_bytes) return absl::OkStatus();
  return ResourceExhausted(
             "NO_ROOM_FOR_COPY",
             absl::StrCat("a backup copies the database within ", data_dir, ", which takes ",
                          database_bytes >> 20, " MiB and should leave ", margin >> 20,
                          " MiB free, and ", free_bytes >> 20,
                          " MiB are free; free some, or move the data directory to a larger disk"))
      .Metadata("path", data_dir);
}

// A damaged page is copied as it is, and what is handed out has the right digest all the same.
absl::Status CheckCopy(Database& copy, const std::string& original, const StopCheck& stop) {
  const Interrupter interrupter(&copy, stop);
  const absl::Status checked = CheckPages(copy, original);
  // A check that is interrupted may have something to say about it.
  return stop && stop() ? absl::CancelledError("nobody waits for the copy any more") : checked;
}

}  // namespace

absl::StatusOr<std::unique_ptr<StoreCopy>> CopySqliteStore(const std::string& data_dir,
                                                           const DiskLook& free_bytes,
                                                           const StopCheck& stop) {
  const CopyPlace place(data_dir);
  // Before the copying: what is deleted from now on is held here, so that whatever the copy will
  // name can be had.
  TG_RETURN_IF_ERROR(MakeCopyPlace(place));
  auto owned = std::make_unique<OwnedPlace>(place);
  TG_ASSIGN_OR_RETURN(
      const auto original,
      Database::Open(data_dir + "/tunegate.db", Database::Mode::kRead, Synchronous::kFull));
  TG_ASSIGN_OR_RETURN(const int64_t bytes, DatabaseBytes(*original));
  TG_ASSIGN_OR_RETURN(const int64_t free, free_bytes(data_dir));
  TG_RETURN_IF_ERROR(CheckRoom(data_dir, bytes, free));
  TG_RETURN_IF_ERROR(original->CopyTo(place.database, stop));
  TG_ASSIGN_OR_RETURN(auto copy, OpenCopy(place.database));
  TG_RETURN_IF_ERROR(CheckCopy(*copy, original->path(), stop));
  TG_ASSIGN_OR_RETURN(const int64_t schema, copy->QueryInteger("PRAGMA user_version"));
  TG_ASSIGN_OR_RETURN(const LogInfo log, ReadLog(*copy));
  return std::make_unique<SqliteCopy>(data_dir, std::move(owned), std::move(copy), schema,
                                      log.newest_position);
}

}  // namespace tunegate::store
