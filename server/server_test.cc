// The whole server on a port of its own, as its clients see it end.
#include "server/server.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/rpc_method.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/sync_stream.h>
#include <sys/socket.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/time/time.h"
#include "common/clock.h"
#include "grpc/health/v1/health.pb.h"
#include "gtest/gtest.h"
#include "server/config.h"
#include "server/metrics/catalogue.h"
#include "server/store/forwarding_store.h"
#include "server/store/store.h"
#include "server/store/test_store.h"
#include "tunegate/v1/event.grpc.pb.h"

namespace tunegate {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

config::v1::ServerConfig TestConfig() {
  config::v1::ServerConfig config;
  config.set_listen("127.0.0.1:0");
  config.set_data_dir(store::NewTestDirectory());
  config.set_sqlite_synchronous("normal");
  ApplyDefaults("http://127.0.0.1:9/v1", config);  // nobody is asked
  return config;
}

// Whether this process listens on any socket.
bool Listens() {
  for (int descriptor = 0; descriptor < 1024; ++descriptor) {
    int listening = 0;
    socklen_t size = sizeof(listening);
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 &&
        listening != 0) {
      return true;
    }
  }
  return false;
}

// How far the server was when it began to hear of commits.
struct Beginning {
  bool log_was_read = false;
  bool listened = true;
};

class WitnessStore : public store::ForwardingStore {
 public:
  WitnessStore(std::unique_ptr<store::Store> target, Beginning* beginning)
      : ForwardingStore(target.get()), target_(std::move(target)), beginning_(*beginning) {}

  absl::StatusOr<store::LogInfo> ReadLogInfo() override {
    log_was_read_ = true;
    return ForwardingStore::ReadLogInfo();
  }
  void SetCommitListener(std::function<void()> listener) override {
    if (listener) beginning_ = {.log_was_read = log_was_read_, .listened = Listens()};
    ForwardingStore::SetCommitListener(std::move(listener));
  }

 private:
  const std::unique_ptr<store::Store> target_;
  Beginning& beginning_;
  std::atomic<bool> log_was_read_{false};
};

// Who came to a feed that has not read the log yet would be told that it is at the log's end.
TEST(ServerStartTest, FeedKnowsTheLogBeforeAnybodyCanWatch) {
  Beginning beginning;
  PortWrappers wrappers;
  wrappers.store = [&](std::unique_ptr<store::Store> opened) {
    return std::make_unique<WitnessStore>(std::move(opened), &beginning);
  };
  const auto server = Server::Start(TestConfig(), wrappers);
  ASSERT_TRUE(server.ok()) << server.status();
  EXPECT_TRUE(Listens());
  EXPECT_TRUE(beginning.log_was_read);
  EXPECT_FALSE(beginning.listened);
}

class ServerTest : public testing::Test {
 protected:
  ServerTest() {
    PortWrappers wrappers;
    wrappers.store = [this](std::unique_ptr<store::Store> opened) {
      store_ = opened.get();
      return opened;
    };
    auto server = Server::Start(TestConfig(), wrappers);
    EXPECT_TRUE(server.ok()) << server.status();
    if (!server.ok()) return;
    server_ = *std::move(server);
    channel_ = grpc::CreateChannel(server_->address(), grpc::InsecureChannelCredentials());
    context_.set_deadline(absl::ToChronoTime(RealClock().Now() + absl::Seconds(60)));
  }

  // Events of 40 MB together: more than the buffers on the way hold.
  void CommitLarge() {
    v1::Event event;
    event.set_resource("jobs/a");
    event.set_type(v1::Event::TYPE_PROGRESS);
    event.set_message(std::string(50'000, 'x'));
    for (int i = 0; i < 800; ++i) {
      store::Transaction transaction;
      transaction.events.push_back({.resource = "jobs/a", .payload = event.SerializeAsString()});
      ASSERT_TRUE(store_->Commit(std::move(transaction)).ok());
    }
  }
  // Returns when messages have been sent and no more go out: those buffers are full.
  static void AwaitStandstill() {
    const metrics::Counter& messages = metrics::TheCatalogue().watch_messages;
    int64_t sent = 0;
    absl::Duration since;
    while (sent == 0 || RealClock().Monotonic() - since < absl::Milliseconds(500)) {
      if (messages.value() != sent) since = RealClock().Monotonic();
      sent = messages.value();
      std::this_thread::yield();
    }
  }

  store::Store* store_ = nullptr;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  grpc::ClientContext context_;
};

TEST_F(ServerTest, WhoWatchesItsHealthIsToldThatItDrains) {
  const grpc::internal::RpcMethod watch("/grpc.health.v1.Health/Watch",
                                        grpc::internal::RpcMethod::SERVER_STREAMING, channel_);
  const std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> health(
      grpc::internal::ClientReaderFactory<HealthCheckResponse>::Create(
          channel_.get(), watch, &context_, HealthCheckRequest()));
  HealthCheckResponse answer;
  ASSERT_TRUE(health->Read(&answer));
  EXPECT_EQ(answer.status(), HealthCheckResponse::SERVING);
  std::thread drain([this] { server_->Shutdown(absl::Seconds(30)); });
  ASSERT_TRUE(health->Read(&answer));
  EXPECT_EQ(answer.status(), HealthCheckResponse::NOT_SERVING);
  context_.TryCancel();
  drain.join();
}

TEST_F(ServerTest, DrainIsBoundedThoughASubscriberDoesNotRead) {
  CommitLarge();
  v1::WatchEventsRequest request;
  request.set_after_position(0);
  const auto sleeper = v1::EventService::NewStub(channel_)->WatchEvents(&context_, request);
  AwaitStandstill();
  constexpr absl::Duration kDrain = absl::Seconds(2);
  const absl::Duration begin = RealClock().Monotonic();
  server_->Shutdown(kDrain);
  const absl::Duration took = RealClock().Monotonic() - begin;
  // What main leaves beyond it, doubled for a busy machine.
  EXPECT_LT(took, kDrain + absl::Seconds(2));
  EXPECT_GT(took, kDrain / 2) << "the subscriber was given time to read to the end";
  v1::WatchEventsResponse message;
  while (sleeper->Read(&message)) {
  }
  EXPECT_FALSE(sleeper->Finish().ok());
}

}  // namespace
}  // namespace tunegate
