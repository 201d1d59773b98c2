// Caretaker: the port to what keeps a store healthy over years, beside the reads and writes of
// Store: the database's own check, the dropping of what is old, space given back to the disk. It
// has a connection of its own, and holds no lock for longer than one small batch.
//
// Every method blocks, and may fail as Store's may. Thread-safe. Several servers on one database
// may do the same at the same time: no harm comes of it.
#ifndef TUNEGATE_SERVER_STORE_CARETAKER_H_
#define TUNEGATE_SERVER_STORE_CARETAKER_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tunegate::store {

// Old events are dropped, oldest first, when either limit is passed. Events from the creation of
// the oldest resource that has not ended on are kept whatever their age and number.
struct Retention {
  absl::Duration max_event_age = absl::Hours(24 * 30);
  int64_t max_events = 1'000'000;
};

// The same request_id gives the same resource for at least 24 hours: twice that, to be sure.
inline constexpr absl::Duration kRequestAge = absl::Hours(48);

class Caretaker {
 public:
  virtual ~Caretaker() = default;

  // The database's own check of everything it keeps; one sentence for each thing that is wrong, at
  // most 100. Takes as long as reading takes.
  virtual absl::StatusOr<std::vector<std::string>> CheckDatabase() = 0;

  // Drops what `retention` does not keep, and requests older than kRequestAge, in small
  // transactions; a commit's events go together. Returns how many events were dropped. Watches
  // that start before them get OUT_OF_RANGE (POSITION_TOO_OLD) from then on.
  virtual absl::StatusOr<int64_t> DropOldEvents(const Retention& retention) = 0;

  // Drops blobs that are not among `named` and were put more than `min_age` ago; how many. An
  // engine that does not know when a blob was put drops none.
  virtual absl::StatusOr<int64_t> SweepBlobs(const std::set<std::string>& named,
                                             absl::Duration min_age) = 0;

  // Gives space that is free within the database's files back to the disk.
  virtual absl::Status GiveBackSpace() = 0;
  // What database and blobs take on disk.
  virtual absl::StatusOr<int64_t> SizeBytes() = 0;
};

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_CARETAKER_H_
