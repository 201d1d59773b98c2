// WatchSnapshot: the current state of what a watcher asked for, and the position it is of.
#ifndef TUNEGATE_SERVER_EVENTS_WATCH_SNAPSHOT_H_
#define TUNEGATE_SERVER_EVENTS_WATCH_SNAPSHOT_H_

#include <optional>

#include "absl/status/statusor.h"
#include "server/events/feed.h"
#include "server/store/store.h"

namespace tunegate::events {

// Both give the records that `filter` names, by kind and create time; its labels and types are not
// looked at. Named resources that do not exist are left out.

// `filter` names single resources: what it asks for is little, however much there is.
bool NamesAll(const EventFilter& filter);

// For a filter that names all: reads only what is named, for the usual watcher asks for one
// resource among many. nullopt when the log did not stand still meanwhile.
absl::StatusOr<std::optional<store::Snapshot>> ReadByName(store::Store& store,
                                                          const EventFilter& filter);
// For every filter: reads all that there is of the kinds of what is named.
absl::StatusOr<store::Snapshot> ReadByKind(store::Store& store, const EventFilter& filter);

}  // namespace tunegate::events

#endif  // TUNEGATE_SERVER_EVENTS_WATCH_SNAPSHOT_H_
