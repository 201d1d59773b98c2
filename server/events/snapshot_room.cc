#include "server/events/snapshot_room.h"

#include <map>
#include <optional>
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
  const bool named = NamesAll(filter);
  const size_t limit = named ? limits_.bytes : limits_.bytes / 2;
  if (named) {
    TG_RETURN_IF_ERROR(MakeRoom(limit));
    TG_ASSIGN_OR_RETURN(std::optional<store::Snapshot> read, ReadByName(*store, filter));
    if (read) return Hold(*std::move(read));
  }
  // One after the other: each reads everything, and sees what the one before it has taken.
  MutexLock turn(turn_);
  TG_RETURN_IF_ERROR(MakeRoom(limit));
  TG_ASSIGN_OR_RETURN(store::Snapshot read, ReadByKind(*store, filter));
  return Hold(std::move(read));
}

absl::Status SnapshotRoom::MakeRoom(size_t limit) {
  std::vector<std::deque<store::Record>> given_up;  // freed without the lock
  MutexLock lock(mutex_);
  if (bytes_ < limit) return absl::OkStatus();
  for (Held* held : TooSlow()) {
    given_up.push_back(GiveUp(*held));
    if (bytes_ < limit) return absl::OkStatus();
  }
  return ResourceExhausted("NO_ROOM_FOR_SNAPSHOT",
                           "the server holds as many snapshots as it has memory for; come back "
                           "when their subscribers have read them, or name single resources")
      .RetryAfter(kComeBackAfter);
}

std::vector<SnapshotRoom::Held*> SnapshotRoom::TooSlow() {
  const absl::Duration now = clock_.Monotonic();
  // Those that are not read at all come before those that are, and then the slowest.
  std::multimap<std::pair<bool, double>, Held*> in_order;
  for (Held& held : held_) {
    const absl::Duration age = now - held.begun;
    if (held.records.empty() || age < limits_.patience) continue;
    const bool is_read = now - held.last_taken < limits_.patience;
    const double pace = static_cast<double>(held.taken) / absl::ToDoubleSeconds(age);
    if (is_read && pace >= static_cast<double>(limits_.least_pace)) continue;
    in_order.emplace(std::pair(is_read, pace), &held);
  }
  std::vector<Held*> slow;
  for (const auto& [_, held] : in_order) slow.push_back(held);
  return slow;
}

std::deque<store::Record> SnapshotRoom::GiveUp(Held& held) {
  bytes_ -= held.bytes - held.out;
  held.bytes = held.out;
  held.given_up = true;
  return std::exchange(held.records, {});
}

std::unique_ptr<SnapshotRoom::Snapshot> SnapshotRoom::Hold(store::Snapshot read) {
  Held held;
  for (store::Record& record : read.records) {
    held.bytes += SizeOf(record);
    held.records.push_back(std::move(record));
  }
  held.begun = held.last_taken = clock_.Monotonic();
  MutexLock lock(mutex_);
  bytes_ += held.bytes;
  return std::unique_ptr<Snapshot>(
      new Snapshot(this, read.position, held_.insert(held_.end(), std::move(held))));
}

absl::StatusOr<std::vector<store::Record>> SnapshotRoom::Take(Held& held, size_t bytes) {
  std::vector<store::Record> taken;
  MutexLock lock(mutex_);
  // Who takes more has sent what it took before.
  bytes_ -= held.out;
  held.bytes -= std::exchange(held.out, 0);
  if (held.given_up) {
    return ResourceExhausted("SNAPSHOT_NOT_READ",
                             "the snapshot was read so slowly, or not at all, that another took "
                             "its memory; begin anew")
        .RetryAfter(kComeBackAfter);
  }
  held.last_taken = clock_.Monotonic();
  while (held.out < bytes && !held.records.empty()) {
    held.out += SizeOf(held.records.front());
    taken.push_back(std::move(held.records.front()));
    held.records.pop_front();
  }
  held.taken += held.out;
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
