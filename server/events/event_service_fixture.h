// EventServiceFixture: EventService on a real gRPC server, over a log that tests write.
#ifndef TUNEGATE_SERVER_EVENTS_EVENT_SERVICE_FIXTURE_H_
#define TUNEGATE_SERVER_EVENTS_EVENT_SERVICE_FIXTURE_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <map>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/worker_pool.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "server/events/event_api.h"
#include "server/events/event_service.h"
#include "server/events/test_log.h"
#include "server/events/watch_hub.h"
#include "server/events/watch_stream.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/slots.h"
#include "tunegate/v1/event.grpc.pb.h"

namespace tunegate::events {

inline constexpr absl::Duration kLong = absl::Seconds(60);  // reached only by a hanging test

class EventServiceFixture : public testing::Test {
 protected:
  // What differs from test to test.
  struct Setup {
    std::map<std::string, std::string> callers = {};  // names by the digests of their tokens
    FeedOptions feed = {};
    int most_watches = 60;
    int most_watches_of_a_client = 60;
  };

  explicit EventServiceFixture(const Setup& setup)
      : log_(setup.feed),
        dispatcher_(&pool_, setup.callers),
        slots_({.total = setup.most_watches,
                .per_client = setup.most_watches_of_a_client,
                .reason = "TOO_MANY_WATCHES",
                .what = "open watches"}) {
    service_ = NewEventService(&api_, {&log_.feed, &log_.log_store, &hub_, &dispatcher_, &readers_,
                                       &slots_, WatchOptions()});
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::EventService::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                                          grpc::InsecureChannelCredentials()));
  }
  ~EventServiceFixture() override {
    hub_.Drain();
    server_->Shutdown(absl::ToChronoTime(RealClock().Now() + absl::Seconds(5)));
    readers_.Shutdown();
    pool_.Shutdown();
  }

  // One subscriber.
  struct Watch {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientReader<v1::WatchEventsResponse>> reader;
    v1::WatchEventsResponse message;

    // The messages of the next `count` events, a space after each.
    std::string Read(int count) {
      std::string text;
      while (count > 0 && reader->Read(&message)) {
        for (const v1::Event& event : message.events()) {
          text += event.message() + " ";
          --count;
        }
      }
      return text;
    }
    // How it ended, after whatever came before.
    grpc::Status End() {
      while (reader->Read(&message)) {
      }
      return reader->Finish();
    }
  };
  std::unique_ptr<Watch> Open(const v1::WatchEventsRequest& request,
                              const std::string& authorization = "") {
    auto watch = std::make_unique<Watch>();
    watch->context.set_deadline(absl::ToChronoTime(RealClock().Now() + 2 * kLong));
    if (!authorization.empty()) watch->context.AddMetadata("authorization", authorization);
    watch->reader = stub_->WatchEvents(&watch->context, request);
    return watch;
  }
  static v1::WatchEventsRequest FromTheStart() {
    v1::WatchEventsRequest request;
    request.set_after_position(0);
    return request;
  }
  static google::rpc::ErrorInfo InfoOf(const grpc::Status& status) {
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    if (details.details_size() > 0) details.details(0).UnpackTo(&info);
    return info;
  }

  TestLog log_;
  EventApi api_{&log_.log_store};
  WatchHub hub_{&log_.feed};
  WorkerPool pool_{4, 1000};
  WorkerPool readers_{2, 1000};
  rpc::Dispatcher dispatcher_;
  rpc::Slots slots_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::EventService::Stub> stub_;
};

}  // namespace tunegate::events

#endif  // TUNEGATE_SERVER_EVENTS_EVENT_SERVICE_FIXTURE_H_
