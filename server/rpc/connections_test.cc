// Clients that call without a pause while the server that they call ends.
#include "server/rpc/connections.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/mutex.h"
#include "gtest/gtest.h"

namespace tunegate::rpc {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(60);

// Answers every method with what it was sent; "/test/Wait" once it is let go.
class Echo final : public grpc::CallbackGenericService {
 public:
  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    return new Reactor(this, context->method() == "/test/Wait");
  }
  void AwaitWaiting() {
    MutexLock lock(mutex_);
    changed_.Wait(lock, [this] { return waiting_ != nullptr; });
  }
  void LetGo() {
    MutexLock lock(mutex_);
    waiting_->Answer();
  }

 private:
  class Reactor final : public grpc::ServerGenericBidiReactor {
   public:
    Reactor(Echo* echo, bool wait) : echo_(*echo), wait_(wait) { StartRead(&message_); }
    void OnReadDone(bool ok) override {
      if (!ok) return Finish(grpc::Status::CANCELLED);
      if (!wait_) return Answer();
      MutexLock lock(echo_.mutex_);
      echo_.waiting_ = this;
      echo_.changed_.NotifyAll();
    }
    void OnDone() override { delete this; }
    void Answer() { StartWriteAndFinish(&message_, grpc::WriteOptions(), grpc::Status::OK); }

   private:
    Echo& echo_;
    const bool wait_;
    grpc::ByteBuffer message_;
  };

  Mutex mutex_;
  CondVar changed_;
  Reactor* waiting_ ABSL_GUARDED_BY(mutex_) = nullptr;
};

class ConnectionsTest : public testing::Test {
 protected:
  ConnectionsTest() {
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterCallbackGenericService(&echo_);
    server_ = builder.BuildAndStart();
  }
  ~ConnectionsTest() override { server_->Shutdown(std::chrono::system_clock::now()); }

  // A connection of its own.
  std::shared_ptr<grpc::Channel> Connect() const {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    return grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port_),
                                     grpc::InsecureChannelCredentials(), arguments);
  }

  static grpc::StatusCode Call(const std::shared_ptr<grpc::Channel>& channel,
                               const std::string& method) {
    grpc::GenericStub stub(channel);
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + absl::ToChronoSeconds(kPatience));
    const grpc::Slice bytes("hello");
    const grpc::ByteBuffer request(&bytes, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::StatusCode> code;
    stub.UnaryCall(&context, method, grpc::StubOptions(), &request, &response,
                   [&](const grpc::Status& status) { code.set_value(status.error_code()); });
    return code.get_future().get();
  }

  int port_ = 0;
  Echo echo_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(ConnectionsTest, CallUnderWayIsAnsweredAndTheNextOneGoesElsewhere) {
  const auto channel = Connect();
  std::future<grpc::StatusCode> waiting =
      std::async(std::launch::async, [&] { return Call(channel, "/test/Wait"); });
  echo_.AwaitWaiting();
  StopListening(port_);
  SendGoaways(*server_);
  EXPECT_FALSE(AwaitDisconnected(*server_, port_, absl::Milliseconds(50))) << "a call is under way";
  EXPECT_EQ(Call(Connect(), "/test/Echo"), grpc::StatusCode::UNAVAILABLE);
  echo_.LetGo();
  EXPECT_EQ(waiting.get(), grpc::StatusCode::OK);
  EXPECT_TRUE(AwaitDisconnected(*server_, port_, kPatience));
}

TEST_F(ConnectionsTest, ConnectionsStayWhenOnlyThePortCloses) {
  const auto channel = Connect();
  EXPECT_EQ(Call(channel, "/test/Echo"), grpc::StatusCode::OK);
  StopListening(port_);
  EXPECT_EQ(Call(channel, "/test/Echo"), grpc::StatusCode::OK);
  EXPECT_EQ(Call(Connect(), "/test/Echo"), grpc::StatusCode::UNAVAILABLE);
}

// With Shutdown alone one or two calls were CANCELLED each time.
class EndTest : public ConnectionsTest, public testing::WithParamInterface<int> {};

TEST_P(EndTest, NoCallEndsOtherwiseThanAnsweredOrUnavailable) {
  std::atomic<bool> over = false;
  std::atomic<int> answered = 0;
  Mutex mutex;
  std::map<grpc::StatusCode, int> codes;
  std::vector<std::thread> clients;
  for (int i = 0; i < 4; ++i) {
    clients.emplace_back([&] {
      const auto channel = Connect();
      while (!over) {
        const grpc::StatusCode code = Call(channel, "/test/Echo");
        ++answered;
        MutexLock lock(mutex);
        ++codes[code];
      }
    });
  }
  while (answered < 200) std::this_thread::yield();
  StopListening(port_);
  SendGoaways(*server_);
  EXPECT_TRUE(AwaitDisconnected(*server_, port_, kPatience));
  server_->Shutdown(std::chrono::system_clock::now());
  over = true;
  for (std::thread& client : clients) client.join();
  codes.erase(grpc::StatusCode::OK);
  codes.erase(grpc::StatusCode::UNAVAILABLE);
  EXPECT_TRUE(codes.empty()) << "code " << codes.begin()->first;
}

INSTANTIATE_TEST_SUITE_P(Again, EndTest, testing::Range(0, 20));

}  // namespace
}  // namespace tunegate::rpc
