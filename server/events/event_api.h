// EventApi: the methods of EventService, without gRPC: what a request asks for, and history.
#ifndef TUNEGATE_SERVER_EVENTS_EVENT_API_H_
#define TUNEGATE_SERVER_EVENTS_EVENT_API_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "server/events/watch_core.h"
#include "server/rpc/caller.h"
#include "server/store/store.h"
#include "tunegate/v1/event.pb.h"

namespace tunegate::events {

// The decoded request. INVALID_FIELD for names that are none, too many of them, and for
// after_position together with snapshot.
absl::StatusOr<WatchRequest> ReadWatchRequest(const v1::WatchEventsRequest& request);

// Thread-safe; blocks on the store. Errors as event.proto says. What it is given is not owned.
class EventApi {
 public:
  // A page ends after it has looked through about `most_looked_at` events, also when few matched.
  explicit EventApi(store::Store* store, int64_t most_looked_at = 50'000)
      : store_(store), most_looked_at_(most_looked_at) {}

  absl::StatusOr<v1::ListEventsResponse> ListEvents(const rpc::Caller& caller,
                                                    const v1::ListEventsRequest& request);

 private:
  store::Store* store_;
  const int64_t most_looked_at_;
};

}  // namespace tunegate::events

#endif  // TUNEGATE_SERVER_EVENTS_EVENT_API_H_
