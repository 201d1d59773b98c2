#include "server/events/snapshot_room.h"

#include <iterator>
#include <utility>

#include "common/errors.h"
#include "server/events/watch_snapshot.h"

namespace tunegate::events {
namespace {

constexpr absl::Duration kComeBackAfter = absl::Seconds(2);

size_t SizeOf(const store::Record& record) {
  return sizeof(record) + record.name.size() + record.payload.size();
}

}  // namespace

absl::StatusOr<std::unique_ptr<SnapshotRoom::Snapshot>> SnapshotRoom::Read(
    store::Store* store, const EventFilter& filter) {
  if (NamesAll(filter)) return ReadBelow(limits_.bytes, store, filter);
  // One after the other, so that each sees what the one before it has taken.
  MutexLock turn(turn_);
  return ReadBelow(limits_.bytes / 2, store, filter);
}

absl::StatusOr<std::unique_ptr<SnapshotRoom::Snapshot>> SnapshotRoom::ReadBelow(
    size_t limit, store::Store* store, const EventFilter& filter) {
  TG_RETURN_IF_ERROR(MakeRoom(limit));
  TG_ASSIGN_OR_RETURN(store::Snapshot read, ReadWatchSnapshot(store, filter));
  return std::unique_ptr<Snapshot>(
      new Snapshot(this, read.position, Hold(std::move(read.records))));
}

absl::Status SnapshotRoom::MakeRoom(size_t limit) {
  std::vector<std::deque<store::Record>> given_up;  // freed without the lock
  MutexLock lock(mutex_);
  const absl::Duration now = clock_.Monotonic();
  for (Held& held : held_) {
    if (bytes_ < limit) break;
    if (held.records.empty() || now - held.last_taken < limits_.patience) continue;
    bytes_ -= std::exchange(held.bytes, 0);
    held.given_up = true;
    given_up.push_back(std::exchange(held.records, {}));
  }
  if (bytes_ < limit) return absl::OkStatus();
  return ResourceExhausted("NO_ROOM_FOR_SNAPSHOT",
                           "the server holds as many snapshots as it has memory for; come back "
                           "when their subscribers have read them, or name single resources")
      .RetryAfter(kComeBackAfter);
}

std::list<SnapshotRoom::Held>::iterator SnapshotRoom::Hold(std::vector<store::Record> records) {
  Held held;
  for (store::Record& record : records) {
    held.bytes += SizeOf(record);
    held.records.push_back(std::move(record));
  }
  held.last_taken = clock_.Monotonic();
  MutexLock lock(mutex_);
  bytes_ += held.bytes;
  return held_.insert(held_.end(), std::move(held));
}

absl::StatusOr<std::vector<store::Record>> SnapshotRoom::Take(Held& held, size_t bytes) {
  std::vector<store::Record> taken;
  MutexLock lock(mutex_);
  if (held.given_up) {
    return ResourceExhausted("SNAPSHOT_NOT_READ",
                             "the snapshot was not read for so long that another took its memory; "
                             "begin anew")
        .RetryAfter(kComeBackAfter);
  }
  held.last_taken = clock_.Monotonic();
  for (size_t size = 0; size < bytes && !held.records.empty();) {
    const size_t one = SizeOf(held.records.front());
    size += one;
    held.bytes -= one;
    bytes_ -= one;
    taken.push_back(std::move(held.records.front()));
    held.records.pop_front();
  }
  return taken;
}

void SnapshotRoom::GiveBack(std::list<Held>::iterator held) {
  std::list<Held> gone;  // freed without the lock
  MutexLock lock(mutex_);
  bytes_ -= held->bytes;
  gone.splice(gone.end(), held_, held);
}

SnapshotRoom& TheSnapshotRoom() {
  // Never destroyed: snapshots may still go while statics do.
  static SnapshotRoom* const room = new SnapshotRoom(SnapshotLimits());
  return *room;
}

}  // namespace tunegate::events
