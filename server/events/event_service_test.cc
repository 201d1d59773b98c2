// WatchEvents through a real gRPC server: ends, cancels, drains and slow readers.
#include "server/events/event_service.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "common/digest.h"
#include "common/worker_pool.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "server/events/event_api.h"
#include "server/events/test_log.h"
#include "server/events/watch_hub.h"
#include "server/events/watch_stream.h"
#include "server/rpc/dispatcher.h"
#include "tunegate/v1/event.grpc.pb.h"

namespace tunegate::events {
namespace {

constexpr absl::Duration kLong = absl::Seconds(60);  // reached only by a hanging test
constexpr int kMostWatches = 60;

class EventServiceTest : public testing::Test {
 protected:
  explicit EventServiceTest(std::map<std::string, std::string> callers = {})
      : dispatcher_(&pool_, std::move(callers)) {
    service_ = NewEventService(
        &api_, {&log_.feed, &log_.log_store, &hub_, &dispatcher_, &slots_, WatchOptions()});
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(service_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::EventService::NewStub(grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                                          grpc::InsecureChannelCredentials()));
  }
  ~EventServiceTest() override {
    hub_.Drain();
    server_->Shutdown(std::chrono::system_clock::now() + std::chrono::seconds(5));
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
  };
  std::unique_ptr<Watch> Open(const v1::WatchEventsRequest& request,
                              const std::string& authorization = "") {
    auto watch = std::make_unique<Watch>();
    watch->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
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
  rpc::Dispatcher dispatcher_;
  rpc::Slots slots_{{.total = kMostWatches,
                     .per_client = kMostWatches,
                     .reason = "TOO_MANY_WATCHES",
                     .what = "open watches"}};
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::EventService::Stub> stub_;
};

TEST_F(EventServiceTest, HistoryAndThenWhatHappensArrive) {
  log_.Commit({TestLog::EventOf("jobs/a", "1")});
  const auto watch = Open(FromTheStart());
  EXPECT_EQ(watch->Read(1), "1 ");
  for (int i = 2; i < 6; ++i) log_.Commit({TestLog::EventOf("jobs/a", std::to_string(i))});
  EXPECT_EQ(watch->Read(4), "2 3 4 5 ");
}

TEST_F(EventServiceTest, WaitingForTheEndOfWhatDoesNotExistIsRefused) {
  log_.Commit({TestLog::EventOf("jobs/a", "1")});
  v1::WatchEventsRequest request = FromTheStart();
  request.add_resources("jobs/a");
  request.set_stop_when_terminal(true);
  const auto watch = Open(request);
  while (watch->reader->Read(&watch->message)) {
  }
  EXPECT_EQ(watch->reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(EventServiceTest, IdleStreamEndsAtOnceWhenItsSubscriberCancels) {
  log_.Commit({TestLog::EventOf("jobs/a", "1")});
  const auto watch = Open(FromTheStart());
  EXPECT_EQ(watch->Read(1), "1 ");
  EXPECT_FALSE(hub_.AwaitEmpty(absl::ZeroDuration()));
  watch->context.TryCancel();
  EXPECT_TRUE(hub_.AwaitEmpty(kLong)) << "the server has let go of the stream";
  while (watch->reader->Read(&watch->message)) {
  }
  EXPECT_EQ(watch->reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(EventServiceTest, DrainEndsStreamsWithThePositionToGoOnFrom) {
  const int64_t position = log_.Commit({TestLog::EventOf("jobs/a", "1")});
  const auto watch = Open(FromTheStart());
  EXPECT_EQ(watch->Read(1), "1 ");
  hub_.Drain();
  while (watch->reader->Read(&watch->message)) {
  }
  const grpc::Status status = watch->reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(InfoOf(status).reason(), "SERVER_DRAINING");
  EXPECT_EQ(InfoOf(status).metadata().at("position"), std::to_string(position));
  EXPECT_TRUE(hub_.AwaitEmpty(kLong));
}

TEST_F(EventServiceTest, StreamThatIsOpenedWhileDrainingEndsToo) {
  hub_.Drain();
  const auto watch = Open(FromTheStart());
  while (watch->reader->Read(&watch->message)) {
  }
  EXPECT_EQ(watch->reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(hub_.AwaitEmpty(kLong));
}

TEST_F(EventServiceTest, SlowReaderDelaysNobodyAndLosesNothing) {
  const auto slow = Open(FromTheStart());
  const auto quick = Open(FromTheStart());
  const std::string text(10'000, 'x');
  constexpr int kEvents = 1000;  // 10 MB: far more than any buffer on the way
  for (int i = 0; i < kEvents; ++i) log_.Commit({TestLog::EventOf("jobs/a", text)});
  const int64_t last = log_.Commit({TestLog::EventOf("jobs/a", "end")});
  EXPECT_EQ(quick->Read(kEvents + 1).size(), kEvents * (text.size() + 1) + 4);
  EXPECT_EQ(quick->message.position(), last);
  EXPECT_EQ(slow->Read(kEvents + 1).size(), kEvents * (text.size() + 1) + 4);
  EXPECT_EQ(slow->message.position(), last);
}

TEST_F(EventServiceTest, ReaderThatNeverReadsCanBeCutOff) {
  const auto slow = Open(FromTheStart());
  for (int i = 0; i < 200; ++i) {
    log_.Commit({TestLog::EventOf("jobs/a", std::string(50'000, 'x'))});
  }
  hub_.Drain();
  slow->context.TryCancel();
  EXPECT_TRUE(hub_.AwaitEmpty(kLong));
}

TEST_F(EventServiceTest, BadRequestsAreRefusedWithTheirDetails) {
  v1::WatchEventsRequest request;
  request.add_resources("gadgets/a");
  const auto watch = Open(request);
  EXPECT_FALSE(watch->reader->Read(&watch->message));
  const grpc::Status status = watch->reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(InfoOf(status).reason(), "INVALID_FIELD");
}

TEST_F(EventServiceTest, ForgottenPositionIsOutOfRange) {
  log_.Commit("jobs/a");
  log_.Commit("jobs/a");
  log_.log_store.oldest_position = 2;
  v1::WatchEventsRequest request;
  request.set_after_position(1);
  const auto watch = Open(request);
  while (watch->reader->Read(&watch->message)) {
  }
  const grpc::Status status = watch->reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_EQ(InfoOf(status).reason(), "POSITION_TOO_OLD");
}

TEST_F(EventServiceTest, ManySubscribersAllSeeTheSame) {
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < 50; ++i) watches.push_back(Open(FromTheStart()));
  for (int i = 0; i < 20; ++i) log_.Commit({TestLog::EventOf("jobs/a", std::to_string(i))});
  const std::string first = watches[0]->Read(20);
  EXPECT_EQ(first.substr(0, 8), "0 1 2 3 ");
  for (size_t i = 1; i < watches.size(); ++i) EXPECT_EQ(watches[i]->Read(20), first) << i;
}

TEST_F(EventServiceTest, WatchBeyondTheLimitIsRefusedUntilAnotherEnds) {
  log_.Commit({TestLog::EventOf("jobs/a", "1")});
  std::vector<std::unique_ptr<Watch>> watches;
  for (int i = 0; i < kMostWatches; ++i) {
    watches.push_back(Open(FromTheStart()));
    ASSERT_EQ(watches.back()->Read(1), "1 ");
  }
  const auto refused = Open(FromTheStart());
  EXPECT_FALSE(refused->reader->Read(&refused->message));
  const grpc::Status status = refused->reader->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(InfoOf(status).reason(), "TOO_MANY_WATCHES");
  for (const auto& watch : watches) watch->context.TryCancel();
  EXPECT_TRUE(hub_.AwaitEmpty(kLong));
  EXPECT_EQ(Open(FromTheStart())->Read(1), "1 ");
}

class GuardedEventServiceTest : public EventServiceTest {
 protected:
  GuardedEventServiceTest() : EventServiceTest({{Sha256Hex("secret-of-alice-1"), "alice"}}) {}
};

TEST_F(GuardedEventServiceTest, StreamsWantATokenToo) {
  const auto refused = Open(FromTheStart());
  EXPECT_FALSE(refused->reader->Read(&refused->message));
  EXPECT_EQ(InfoOf(refused->reader->Finish()).reason(), "TOKEN_MISSING");
  EXPECT_TRUE(hub_.AwaitEmpty(kLong));
  log_.Commit({TestLog::EventOf("jobs/a", "1")});
  EXPECT_EQ(Open(FromTheStart(), "Bearer secret-of-alice-1")->Read(1), "1 ");
}

}  // namespace
}  // namespace tunegate::events
