// SnapshotRoom: bounds what the snapshots of all watchers take in memory. A snapshot is read at one
// moment and leaves as fast as its subscriber reads; after a restore, when everybody begins anew,
// each would hold a copy of everything.
//
//   TG_ASSIGN_OR_RETURN(auto snapshot, room->Read(&store, filter));
//   while (true) {
//     TG_ASSIGN_OR_RETURN(const auto records, snapshot->Take(256 << 10));
//     if (records.empty()) break;
//     ...
//   }
#ifndef TUNEGATE_SERVER_EVENTS_SNAPSHOT_ROOM_H_
#define TUNEGATE_SERVER_EVENTS_SNAPSHOT_ROOM_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "server/events/feed.h"
#include "server/store/store.h"

namespace tunegate::events {

struct SnapshotLimits {
  // While more than this is held nothing is read; so it is passed by one snapshot at most. Those of
  // kinds, or of everything, stop at half of it: they never keep out one of a few names.
  size_t bytes = 256 << 20;
  // One of which nothing was taken for so long gives its memory up when another needs it, and so
  // does one that is as old and whose subscriber reads fewer bytes a second than this.
  absl::Duration patience = absl::Seconds(30);
  size_t least_pace = 64 << 10;
};

// Thread-safe. Outlives its snapshots.
class SnapshotRoom {
 public:
  class Snapshot;

  // `clock` outlives it.
  explicit SnapshotRoom(const SnapshotLimits& limits, const Clock* clock = &RealClock())
      : limits_(limits), clock_(*clock) {}
  SnapshotRoom(const SnapshotRoom&) = delete;
  SnapshotRoom& operator=(const SnapshotRoom&) = delete;

  // What watch_snapshot.h reads, held here. Blocks; what cannot be read by its names alone also
  // waits for the one that is being read. RESOURCE_EXHAUSTED (NO_ROOM_FOR_SNAPSHOT, with
  // RetryInfo).
  absl::StatusOr<std::unique_ptr<Snapshot>> Read(store::Store* store, const EventFilter& filter);

 private:
  struct Held {
    std::deque<store::Record> records;
    size_t bytes = 0;  // of the records, and `out`
    // Of the piece that was taken last: in memory until the next one is taken, and nobody can take
    // it away.
    size_t out = 0;
    size_t taken = 0;           // in all
    absl::Duration begun;       // of the monotonic clock
    absl::Duration last_taken;  // of the same
    bool given_up = false;
  };

  absl::Status MakeRoom(size_t limit);
  // Who may have to make room, in this order.
  std::vector<Held*> TooSlow() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::deque<store::Record> GiveUp(Held& held) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::unique_ptr<Snapshot> Hold(store::Snapshot read);
  absl::StatusOr<std::vector<store::Record>> Take(Held& held, size_t bytes);
  void GiveBack(std::list<Held>::iterator held);

  const SnapshotLimits limits_;
  const Clock& clock_;
  Mutex turn_;  // of reading what may be everything; taken before mutex_
  Mutex mutex_;
  std::list<Held> held_ ABSL_GUARDED_BY(mutex_);
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Used by one thread at a time. Gives back what it holds when it goes.
class SnapshotRoom::Snapshot {
 public:
  ~Snapshot() { room_.GiveBack(held_); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  // What it is the state at.
  int64_t position() const { return position_; }
  // The next records, in their order, about `bytes` of them; none at the end. RESOURCE_EXHAUSTED
  // (SNAPSHOT_NOT_READ, with RetryInfo) when it had to make room: begin anew.
  absl::StatusOr<std::vector<store::Record>> Take(size_t bytes) {
    return room_.Take(*held_, bytes);
  }

 private:
  friend class SnapshotRoom;
  Snapshot(SnapshotRoom* room, int64_t position, std::list<Held>::iterator held)
      : room_(*room), position_(position), held_(held) {}

  SnapshotRoom& room_;
  const int64_t position_;
  const std::list<Held>::iterator held_;
};

// The room of this process.
SnapshotRoom& TheSnapshotRoom();

}  // namespace tunegate::events

#endif  // TUNEGATE_SERVER_EVENTS_SNAPSHOT_ROOM_H_
