#include "server/events/event_service.h"

#include "server/events/event_api.h"
#include "server/events/watch_stream.h"
#include "server/rpc/dispatcher.h"
#include "tunegate/v1/event.grpc.pb.h"

namespace tunegate::events {
namespace {

using Base = v1::EventService::WithRawCallbackMethod_WatchEvents<
    v1::EventService::WithCallbackMethod_ListEvents<v1::EventService::Service>>;

class EventServiceImpl final : public Base {
 public:
  EventServiceImpl(EventApi* api, const WatchContext& watch)
      : api_(api), watch_(watch), dispatcher_(watch.dispatcher) {}

  TG_UNARY_RPC(ListEvents)

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchEvents(
      grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) override {
    return new WatchStream(context, *request, watch_);
  }

 private:
  EventApi* api_;
  const WatchContext watch_;
  rpc::Dispatcher* dispatcher_;
};

}  // namespace

std::unique_ptr<grpc::Service> NewEventService(EventApi* api, const WatchContext& watch) {
  return std::make_unique<EventServiceImpl>(api, watch);
}

}  // namespace tunegate::events
