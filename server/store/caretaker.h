// Caretaker: the port to what keeps a store healthy over years, beside the reads and writes of
// Store: the database's own check, copies for backups, the dropping of what is old, space given
// back to the disk. It has connections of its own, and holds no lock for longer than one small
// batch.
//
// Every method blocks, and may fail as Store's may. Thread-safe. Several servers on one database
// may do the same at the same time: no harm comes of it.
#ifndef TUNEGATE_SERVER_STORE_CARETAKER_H_
#define TUNEGATE_SERVER_STORE_CARETAKER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/store/store.h"

namespace tunegate::store {

// Old events are dropped, oldest first, when either limit is passed. Events from the creation of
// the oldest resource that has not ended on are kept whatever their age and number.
struct Retention {
  absl::Duration max_event_age = absl::Hours(24 * 30);
  int64_t max_events = 1'000'000;
};

// The same request_id gives the same resource for at least 24 hours: twice that, to be sure.
inline constexpr absl::Duration kRequestAge = absl::Hours(48);

// True when nobody waits any more for what takes long: it then ends with CANCELLED. Asked every few
// milliseconds and from any thread, so it must not block. May be empty.
using StopCheck = std::function<bool()>;

// A copy of everything as it stood at one moment, which goes with this object. Not thread-safe.
class StoreCopy {
 public:
  virtual ~StoreCopy() = default;

  // The copied database: a file that is whole by itself. Whoever opens it first as a store renews
  // its log's id.
  virtual const std::string& database_path() const = 0;
  virtual int64_t schema_version() const = 0;
  // The log's newest in it.
  virtual int64_t position() const = 0;

  // As Store::List, of the copy.
  virtual absl::StatusOr<std::vector<Record>> List(const ListQuery& query) = 0;
  // Keeps a blob that the copy names, also when it is deleted since: a file that lasts as long as
  // this object. NOT_FOUND (BLOB_NOT_FOUND).
  virtual absl::StatusOr<std::string> HoldBlob(std::string_view sha256) = 0;
};

class Caretaker {
 public:
  virtual ~Caretaker() = default;

  // The database's own check of everything it keeps; one sentence for each thing that is wrong, at
  // most 100. Takes as long as reading takes.
  virtual absl::StatusOr<std::vector<std::string>> CheckDatabase(const StopCheck& stop) = 0;

  // Copies the database beside itself, as it stands now, while others write. One copy at a time:
  // RESOURCE_EXHAUSTED (COPY_UNDER_WAY; NO_ROOM_FOR_COPY when the disk is too full for it).
  // INTERNAL (STORE_CORRUPT) when its pages are damaged: an older copy is worth more then.
  // FAILED_PRECONDITION (NOT_HERE) where the engine's own tools do it, with their commands.
  virtual absl::StatusOr<std::unique_ptr<StoreCopy>> Copy(const StopCheck& stop) = 0;

  // Drops what `retention` does not keep, and requests older than kRequestAge, in small
  // transactions; a commit's events go together. Returns how many events were dropped. Watches
  // that start before them get OUT_OF_RANGE (POSITION_TOO_OLD) from then on. What is stopped leaves
  // the rest for the next time.
  virtual absl::StatusOr<int64_t> DropOldEvents(const Retention& retention,
                                                const StopCheck& stop) = 0;

  // Drops blobs that are not among `named` and were last put more than `min_age` ago; how many.
  virtual absl::StatusOr<int64_t> SweepBlobs(const std::set<std::string>& named,
                                             absl::Duration min_age) = 0;

  // Gives space that is free within the database's files back to the disk, in small transactions.
  virtual absl::Status GiveBackSpace(const StopCheck& stop) = 0;
  // What database and blobs take on disk.
  virtual absl::StatusOr<int64_t> SizeBytes() = 0;
};

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_CARETAKER_H_
