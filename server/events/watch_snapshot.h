// WatchSnapshot: the current state of what a watcher asked for, and the position it is of.
#ifndef TUNEGATE_SERVER_EVENTS_WATCH_SNAPSHOT_H_
#define TUNEGATE_SERVER_EVENTS_WATCH_SNAPSHOT_H_

#include "absl/status/statusor.h"
#include "server/events/feed.h"
#include "server/store/store.h"

namespace tunegate::events {

// The records that `filter` names, by kind and create time; its labels and types are not looked at.
// Named resources that do not exist are left out. Reads only what is named where it can: the usual
// watcher asks for one resource among many.
absl::StatusOr<store::Snapshot> ReadWatchSnapshot(store::Store* store, const EventFilter& filter);

// `filter` names single resources: what it asks for is little, however much there is.
bool NamesAll(const EventFilter& filter);

}  // namespace tunegate::events

#endif  // TUNEGATE_SERVER_EVENTS_WATCH_SNAPSHOT_H_
