// Calls and streams through a real gRPC server on a port of its own.
#include "server/rpc/dispatcher.h"

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "common/digest.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "server/rpc/streams.h"
#include "server/store/forwarding_store.h"
#include "server/store/test_store.h"
#include "tunegate/v1/admin.grpc.pb.h"
#include "tunegate/v1/dataset.grpc.pb.h"

namespace tunegate::rpc {
namespace {

using InfoRequest = v1::GetServerInfoRequest;
using InfoResponse = v1::GetServerInfoResponse;
using Exported = v1::ExportDatasetResponse;
using ImportSink = Sink<v1::ImportDatasetRequest, v1::ImportDatasetResponse>;

constexpr size_t kPoolThreads = 4;

// A number that threads raise and wait for; the limit is reached only by a hanging test.
class Counter {
 public:
  void Raise() {
    MutexLock lock(mutex_);
    ++count_;
    changed_.NotifyAll();
  }
  int Count() {
    MutexLock lock(mutex_);
    return count_;
  }
  testing::AssertionResult Await(int count) {
    MutexLock lock(mutex_);
    if (changed_.WaitFor(lock, absl::Seconds(60), [&] { return count_ >= count; })) {
      return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << "only " << count_ << " of " << count;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

// A store whose reads hang until it is opened.
class BlockedStore final : public store::ForwardingStore {
 public:
  using ForwardingStore::ForwardingStore;
  absl::StatusOr<store::LogInfo> ReadLogInfo() override {
    entered.Raise();
    EXPECT_TRUE(opened.Await(1));
    return ForwardingStore::ReadLogInfo();
  }
  Counter entered;
  Counter opened;
};

class InfoService final : public v1::AdminService::CallbackService {
 public:
  grpc::ServerUnaryReactor* GetServerInfo(grpc::CallbackServerContext* context,
                                          const InfoRequest* request,
                                          InfoResponse* response) override {
    return dispatcher->Unary(context, request, response, "GetServerInfo", handler, peek);
  }
  Dispatcher* dispatcher = nullptr;
  std::function<absl::StatusOr<InfoResponse>(const Caller&, const InfoRequest&)> handler;
  std::function<bool(const InfoRequest&, InfoResponse&)> peek = [](const InfoRequest&,
                                                                   InfoResponse&) { return false; };
};

class PieceService final : public v1::DatasetService::CallbackService {
 public:
  grpc::ServerWriteReactor<Exported>* ExportDataset(grpc::CallbackServerContext* context,
                                                    const v1::ExportDatasetRequest*) override {
    return new SourceStream<Exported>(context, dispatcher, source);
  }
  grpc::ServerReadReactor<v1::ImportDatasetRequest>* ImportDataset(
      grpc::CallbackServerContext* context, v1::ImportDatasetResponse* response) override {
    return new SinkStream<v1::ImportDatasetRequest, v1::ImportDatasetResponse>(context, dispatcher,
                                                                               response, sink);
  }
  Dispatcher* dispatcher = nullptr;
  SourceStream<Exported>::Open source;
  std::function<std::unique_ptr<ImportSink>(const Caller&)> sink;
};

class DispatcherTest : public testing::Test {
 protected:
  ~DispatcherTest() override {
    if (server_ != nullptr) server_->Shutdown();
    if (pool_ != nullptr) pool_->Shutdown();
  }

  void Start(std::map<std::string, std::string> callers = {}, size_t threads = kPoolThreads,
             size_t queued = 4096, SlotLimits calls = {}) {
    pool_ = std::make_unique<WorkerPool>(threads, queued);
    dispatcher_ = std::make_unique<Dispatcher>(pool_.get(), std::move(callers), std::move(calls));
    info_.dispatcher = dispatcher_.get();
    pieces_.dispatcher = dispatcher_.get();
    grpc::EnableDefaultHealthCheckService(true);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&info_);
    builder.RegisterService(&pieces_);
    server_ = builder.BuildAndStart();
    ASSERT_NE(server_, nullptr);
    channel_ = grpc::CreateChannel("127.0.0.1:" + std::to_string(port),
                                   grpc::InsecureChannelCredentials());
  }

  static void SetDeadline(grpc::ClientContext& context) {
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  }
  grpc::Status Call(InfoResponse* response = nullptr, const std::string& authorization = "") {
    grpc::ClientContext context;
    SetDeadline(context);
    if (!authorization.empty()) context.AddMetadata("authorization", authorization);
    InfoResponse ignored;
    return v1::AdminService::NewStub(channel_)->GetServerInfo(
        &context, InfoRequest(), response == nullptr ? &ignored : response);
  }
  // The health service's answer as bytes; its proto is not ours.
  grpc::Status CheckHealth(std::string* answer) {
    grpc::ClientContext context;
    SetDeadline(context);
    grpc::GenericStub stub(channel_);
    const grpc::Slice nothing;
    grpc::ByteBuffer request(&nothing, 1);
    grpc::ByteBuffer response;
    Counter done;
    grpc::Status status;
    stub.UnaryCall(&context, "/grpc.health.v1.Health/Check", grpc::StubOptions(), &request,
                   &response, [&](grpc::Status result) {
                     status = std::move(result);
                     done.Raise();
                   });
    EXPECT_TRUE(done.Await(1));
    std::vector<grpc::Slice> slices;
    if (response.Dump(&slices).ok()) {
      for (const auto& slice : slices) {
        answer->append(reinterpret_cast<const char*>(slice.begin()), slice.size());
      }
    }
    return status;
  }
  static std::string ReasonOf(const grpc::Status& status) {
    google::rpc::Status details;
    google::rpc::ErrorInfo info;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    return details.details_size() > 0 && details.details(0).UnpackTo(&info) ? info.reason() : "";
  }

  InfoService info_;
  PieceService pieces_;
  std::unique_ptr<WorkerPool> pool_;
  std::unique_ptr<Dispatcher> dispatcher_;
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
};

TEST_F(DispatcherTest, AnswerOfTheHandlerArrives) {
  info_.handler = [](const Caller& caller, const InfoRequest&) {
    InfoResponse response;
    response.set_version("for " + caller.name);
    return response;
  };
  Start();
  InfoResponse response;
  ASSERT_TRUE(Call(&response).ok());
  EXPECT_EQ(response.version(), "for local") << "without tokens everyone is local";
}

TEST_F(DispatcherTest, ErrorOfTheHandlerArrivesWithItsDetails) {
  info_.handler = [](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    return FailedPrecondition("NOT_NOW", "ask later");
  };
  Start();
  const grpc::Status status = Call();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(status.error_message(), "ask later");
  EXPECT_EQ(ReasonOf(status), "NOT_NOW");
}

TEST_F(DispatcherTest, NothingBlocksAGrpcThread) {
  const auto real = store::OpenTestStore();
  BlockedStore blocked(real.get());
  info_.handler = [&](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    TG_RETURN_IF_ERROR(blocked.ReadLogInfo().status());
    return InfoResponse();
  };
  Start();
  constexpr int kCalls = 64;
  struct Pending {
    grpc::ClientContext context;
    InfoRequest request;
    InfoResponse response;
    grpc::Status status;
  };
  std::vector<std::unique_ptr<Pending>> calls;
  Counter answered;
  const auto stub = v1::AdminService::NewStub(channel_);
  for (int i = 0; i < kCalls; ++i) {
    Pending& call = *calls.emplace_back(std::make_unique<Pending>());
    stub->async()->GetServerInfo(&call.context, &call.request, &call.response,
                                 [&](grpc::Status status) {
                                   call.status = std::move(status);
                                   answered.Raise();
                                 });
  }
  ASSERT_TRUE(blocked.entered.Await(kPoolThreads)) << "every thread of the pool hangs in the store";
  std::string health;
  const grpc::Status status = CheckHealth(&health);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(health, std::string("\x08\x01")) << "SERVING";
  blocked.opened.Raise();
  ASSERT_TRUE(answered.Await(kCalls));
  for (const auto& call : calls) EXPECT_TRUE(call->status.ok()) << call->status.error_message();
}

TEST_F(DispatcherTest, WhatIsInMemoryIsAnsweredThoughEveryThreadHangs) {
  const auto real = store::OpenTestStore();
  BlockedStore blocked(real.get());
  info_.handler = [&](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    TG_RETURN_IF_ERROR(blocked.ReadLogInfo().status());
    return InfoResponse();
  };
  std::atomic<bool> known = false;
  info_.peek = [&](const InfoRequest&, InfoResponse& response) {
    if (known) response.set_version("known");
    return known.load();
  };
  Start({{Sha256Hex("secret"), "someone"}}, /*threads=*/1, /*queued=*/1);
  grpc::ClientContext context;
  SetDeadline(context);
  context.AddMetadata("authorization", "Bearer secret");
  InfoRequest request;
  InfoResponse unknown;
  Counter answered;
  v1::AdminService::NewStub(channel_)->async()->GetServerInfo(
      &context, &request, &unknown, [&](const grpc::Status& status) {
        EXPECT_TRUE(status.ok()) << status.error_message();
        answered.Raise();
      });
  ASSERT_TRUE(blocked.entered.Await(1)) << "what is not known goes to the pool";
  known = true;
  InfoResponse response;
  EXPECT_TRUE(Call(&response, "Bearer secret").ok());
  EXPECT_EQ(response.version(), "known");
  EXPECT_EQ(Call(&response).error_code(), grpc::StatusCode::UNAUTHENTICATED)
      << "nobody is told what he may not ask";
  blocked.opened.Raise();
  EXPECT_TRUE(answered.Await(1));
}

TEST_F(DispatcherTest, CallsBeyondTheQueueAreToldToComeAgain) {
  const auto real = store::OpenTestStore();
  BlockedStore blocked(real.get());
  info_.handler = [&](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    TG_RETURN_IF_ERROR(blocked.ReadLogInfo().status());
    return InfoResponse();
  };
  Start({}, /*threads=*/1, /*queued=*/1);
  const auto stub = v1::AdminService::NewStub(channel_);
  grpc::ClientContext contexts[2];
  InfoRequest request;
  InfoResponse responses[2];
  Counter answered;
  const auto done = [&](const grpc::Status& status) {
    EXPECT_TRUE(status.ok()) << status.error_message();
    answered.Raise();
  };
  stub->async()->GetServerInfo(&contexts[0], &request, &responses[0], done);
  ASSERT_TRUE(blocked.entered.Await(1));
  stub->async()->GetServerInfo(&contexts[1], &request, &responses[1], done);
  while (pool_->QueuedCount() == 0) std::this_thread::yield();
  const grpc::Status refused = Call();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(refused), "SERVER_BUSY");
  blocked.opened.Raise();
  EXPECT_TRUE(answered.Await(2));
}

TEST_F(DispatcherTest, ClientWithTooManyCallsUnderWayIsToldSo) {
  const auto real = store::OpenTestStore();
  BlockedStore blocked(real.get());
  info_.handler = [&](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    TG_RETURN_IF_ERROR(blocked.ReadLogInfo().status());
    return InfoResponse();
  };
  Start({}, kPoolThreads, /*queued=*/100,
        {.per_client = 1, .reason = "TOO_MANY_CALLS", .what = "calls under way"});
  grpc::ClientContext context;
  InfoRequest request;
  InfoResponse response;
  Counter answered;
  const auto stub = v1::AdminService::NewStub(channel_);
  stub->async()->GetServerInfo(&context, &request, &response, [&](const grpc::Status& status) {
    EXPECT_TRUE(status.ok()) << status.error_message();
    answered.Raise();
  });
  ASSERT_TRUE(blocked.entered.Await(1));
  const grpc::Status refused = Call();
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(refused), "TOO_MANY_CALLS");
  blocked.opened.Raise();
  EXPECT_TRUE(answered.Await(1));
}

TEST_F(DispatcherTest, RequestIdIsTheCallersOrNewAndComesBack) {
  info_.handler = [](const Caller&, const InfoRequest&) { return InfoResponse(); };
  Start();
  const auto id_of_answer = [&](const std::string& sent) {
    grpc::ClientContext context;
    SetDeadline(context);
    if (!sent.empty()) context.AddMetadata(kRequestIdKey, sent);
    InfoResponse response;
    EXPECT_TRUE(v1::AdminService::NewStub(channel_)
                    ->GetServerInfo(&context, InfoRequest(), &response)
                    .ok());
    const auto& id = context.GetServerInitialMetadata().find(kRequestIdKey)->second;
    return std::string(id.data(), id.size());
  };
  EXPECT_EQ(id_of_answer("order-17:retry.2"), "order-17:retry.2");
  const std::string first = id_of_answer("");
  EXPECT_EQ(RequestIdFrom(first), first) << first;
  EXPECT_NE(first, id_of_answer("not fit for a log line"));
}

TEST_F(DispatcherTest, EveryCallIsCountedByItsCode) {
  info_.handler = [](const Caller&, const InfoRequest&) -> absl::StatusOr<InfoResponse> {
    return FailedPrecondition("NOT_NOW", "later");
  };
  Start({{Sha256Hex("secret-of-alice-1"), "alice"}});
  auto& rpcs = metrics::TheCatalogue().rpcs;
  const int64_t refused = rpcs.Of({"GetServerInfo", "UNAUTHENTICATED"}).value();
  const int64_t failed = rpcs.Of({"GetServerInfo", "FAILED_PRECONDITION"}).value();
  EXPECT_FALSE(Call().ok());
  EXPECT_FALSE(Call(nullptr, "Bearer secret-of-alice-1").ok());
  EXPECT_EQ(rpcs.Of({"GetServerInfo", "UNAUTHENTICATED"}).value(), refused + 1);
  EXPECT_EQ(rpcs.Of({"GetServerInfo", "FAILED_PRECONDITION"}).value(), failed + 1);
}

TEST_F(DispatcherTest, TokensAreAskedForAndNameTheCaller) {
  info_.handler = [](const Caller& caller, const InfoRequest&) {
    InfoResponse response;
    response.set_version(caller.name + (caller.authenticated ? " proved" : " claimed"));
    return response;
  };
  Start({{Sha256Hex("secret-of-alice-1"), "alice"}});
  const grpc::Status missing = Call();
  EXPECT_EQ(missing.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(missing), "TOKEN_MISSING");
  for (const char* wrong : {"Bearer guess", "Basic secret-of-alice-1", "secret-of-alice-1"}) {
    EXPECT_EQ(ReasonOf(Call(nullptr, wrong)), "TOKEN_REJECTED") << wrong;
  }
  InfoResponse response;
  EXPECT_TRUE(Call(&response, "Bearer secret-of-alice-1").ok());
  EXPECT_EQ(response.version(), "alice proved");
}

// --- Streams -----------------------------------------------------------------------------------

TEST_F(DispatcherTest, SourceStreamGivesItsPiecesInOrderAndEnds) {
  pieces_.source = [](const Caller&) -> absl::StatusOr<Source<Exported>> {
    return Source<Exported>([i = 0]() mutable -> absl::StatusOr<std::optional<Exported>> {
      if (i == 100) return std::nullopt;
      Exported piece;
      piece.set_chunk(std::to_string(i++));
      return piece;
    });
  };
  Start();
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stub = v1::DatasetService::NewStub(channel_);
  const auto reader = stub->ExportDataset(&context, v1::ExportDatasetRequest());
  Exported piece;
  int read = 0;
  while (reader->Read(&piece)) EXPECT_EQ(piece.chunk(), std::to_string(read++));
  EXPECT_EQ(read, 100);
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(DispatcherTest, SourceThatFailsEndsTheStreamWithItsStatus) {
  pieces_.source = [](const Caller&) -> absl::StatusOr<Source<Exported>> {
    return Source<Exported>([i = 0]() mutable -> absl::StatusOr<std::optional<Exported>> {
      if (i++ == 2) return Internal("STORE_CORRUPT", "the disk is bad");
      return Exported();
    });
  };
  Start();
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stub = v1::DatasetService::NewStub(channel_);
  const auto reader = stub->ExportDataset(&context, v1::ExportDatasetRequest());
  Exported piece;
  EXPECT_TRUE(reader->Read(&piece));
  EXPECT_TRUE(reader->Read(&piece));
  EXPECT_FALSE(reader->Read(&piece));
  EXPECT_EQ(ReasonOf(reader->Finish()), "STORE_CORRUPT");
}

TEST_F(DispatcherTest, SourceIsLetGoWhenTheReaderCancels) {
  Counter gone;
  pieces_.source = [&](const Caller&) -> absl::StatusOr<Source<Exported>> {
    const std::shared_ptr<Counter> held(&gone, [](Counter* counter) { counter->Raise(); });
    return Source<Exported>([held]() -> absl::StatusOr<std::optional<Exported>> {
      Exported piece;
      piece.set_chunk(std::string(100'000, 'x'));
      return piece;  // without end
    });
  };
  Start();
  grpc::ClientContext context;
  SetDeadline(context);
  const auto stub = v1::DatasetService::NewStub(channel_);
  const auto reader = stub->ExportDataset(&context, v1::ExportDatasetRequest());
  Exported piece;
  EXPECT_TRUE(reader->Read(&piece));
  context.TryCancel();
  while (reader->Read(&piece)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(gone.Await(1));
}

// Counts what it takes; refuses the chunk "bad".
class CountingSink final : public ImportSink {
 public:
  CountingSink(Counter* finished, Counter* gone) : finished_(finished), gone_(gone) {}
  ~CountingSink() override { gone_->Raise(); }
  absl::Status Take(const v1::ImportDatasetRequest& request) override {
    if (request.chunk() == "bad") return InvalidField("chunk", "is bad");
    ++taken_;
    return absl::OkStatus();
  }
  absl::StatusOr<v1::ImportDatasetResponse> Finish() override {
    finished_->Raise();
    v1::ImportDatasetResponse response;
    response.mutable_dataset()->set_example_count(taken_);
    return response;
  }

 private:
  Counter* finished_;
  Counter* gone_;
  int taken_ = 0;
};

class SinkStreamTest : public DispatcherTest {
 protected:
  void StartSink() {
    pieces_.sink = [this](const Caller&) {
      return std::make_unique<CountingSink>(&finished_, &gone_);
    };
    Start();
    stub_ = v1::DatasetService::NewStub(channel_);
    SetDeadline(context_);
    writer_ = stub_->ImportDataset(&context_, &response_);
  }
  bool Write(const std::string& chunk) {
    v1::ImportDatasetRequest request;
    request.set_chunk(chunk);
    return writer_->Write(request);
  }

  Counter finished_;
  Counter gone_;
  std::unique_ptr<v1::DatasetService::Stub> stub_;
  grpc::ClientContext context_;
  v1::ImportDatasetResponse response_;
  std::unique_ptr<grpc::ClientWriter<v1::ImportDatasetRequest>> writer_;
};

TEST_F(SinkStreamTest, TakesAllPiecesThenAnswers) {
  StartSink();
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(Write("piece"));
  writer_->WritesDone();
  ASSERT_TRUE(writer_->Finish().ok());
  EXPECT_EQ(response_.dataset().example_count(), 50);
  EXPECT_TRUE(gone_.Await(1));
}

TEST_F(SinkStreamTest, RefusedPieceEndsTheStreamAtOnce) {
  StartSink();
  ASSERT_TRUE(Write("piece"));
  ASSERT_TRUE(Write("bad"));
  while (Write("more")) {  // until the refusal has come
  }
  const grpc::Status status = writer_->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "INVALID_FIELD");
  EXPECT_TRUE(gone_.Await(1));
}

TEST_F(SinkStreamTest, StreamThatBreaksOffIsNeverFinished) {
  StartSink();
  ASSERT_TRUE(Write("piece"));
  context_.TryCancel();
  EXPECT_EQ(writer_->Finish().error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_TRUE(gone_.Await(1));
  server_->Shutdown();
  EXPECT_EQ(finished_.Count(), 0);
}

}  // namespace
}  // namespace tunegate::rpc
