// FeedEvents: from what the store keeps to what watchers get. An event's payload is parsed here
// once for what filters ask, and its bytes are completed by concatenation: protobuf merges them.
#ifndef TUNEGATE_SERVER_EVENTS_FEED_EVENTS_H_
#define TUNEGATE_SERVER_EVENTS_FEED_EVENTS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/events/feed.h"
#include "server/store/store.h"

namespace tunegate::events {

// The events of ReadEvents, by commit. One whose payload does not parse is passed on with what the
// store knows of it, for a stream must not end, nor have a gap, for one bad row.
std::vector<std::shared_ptr<const FeedCommit>> CommitsOf(
    const std::vector<store::StoredEvent>& log);

// The kinds that an Event can carry, from the names of its payload's fields: "job" is for "jobs".
std::vector<std::string> EventKinds();

// The resource as it is, as an event of TYPE_SNAPSHOT. nullopt for a kind that no Event carries;
// INTERNAL (STORE_CORRUPT) for a record that does not parse.
absl::StatusOr<std::optional<FeedEvent>> SnapshotEventOf(const store::Record& record,
                                                         int64_t position);

}  // namespace tunegate::events

#endif  // TUNEGATE_SERVER_EVENTS_FEED_EVENTS_H_
