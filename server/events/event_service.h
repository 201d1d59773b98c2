// EventService over gRPC. WatchEvents is a raw method: an event is serialized once, and its bytes
// go to all who receive it.
#ifndef TUNEGATE_SERVER_EVENTS_EVENT_SERVICE_H_
#define TUNEGATE_SERVER_EVENTS_EVENT_SERVICE_H_

#include <memory>

namespace grpc {
class Service;
}

namespace tunegate::events {

class EventApi;
struct WatchContext;

// What `watch` names and `api` outlive the service.
std::unique_ptr<grpc::Service> NewEventService(EventApi* api, const WatchContext& watch);

}  // namespace tunegate::events

#endif  // TUNEGATE_SERVER_EVENTS_EVENT_SERVICE_H_
