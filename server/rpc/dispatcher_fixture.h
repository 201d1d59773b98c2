// What the tests of calls and of streams share: a real gRPC server on a port of its own, with one
// unary method and a stream each way, whose work a test says.
#ifndef TUNEGATE_SERVER_RPC_DISPATCHER_FIXTURE_H_
#define TUNEGATE_SERVER_RPC_DISPATCHER_FIXTURE_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/channel_arguments.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/streams.h"
#include "server/store/forwarding_store.h"
#include "tunegate/v1/admin.grpc.pb.h"
#include "tunegate/v1/dataset.grpc.pb.h"

namespace tunegate::rpc {

using InfoRequest = v1::GetServerInfoRequest;
using InfoResponse = v1::GetServerInfoResponse;
using Exported = v1::ExportDatasetResponse;
using ImportSink = Sink<v1::ImportDatasetRequest, v1::ImportDatasetResponse>;

inline constexpr size_t kPoolThreads = 4;

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
  grpc::ServerWriteReactor<Exported>* ExportDataset(
      grpc::CallbackServerContext* context, const v1::ExportDatasetRequest* request) override {
    return new SourceStream<Exported>(context, dispatcher, *request, source);
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
    address_ = "127.0.0.1:" + std::to_string(port);
    channel_ = grpc::CreateChannel(address_, grpc::InsecureChannelCredentials());
  }
  // Calls from here on follow `policy`.
  void UseServiceConfig(const std::string& policy) {
    grpc::ChannelArguments arguments;
    arguments.SetServiceConfigJSON(policy);
    channel_ = grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), arguments);
  }

  static void SetDeadline(grpc::ClientContext& context) {
    context.set_deadline(absl::ToChronoTime(RealClock().Now() + absl::Seconds(60)));
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
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace tunegate::rpc

#endif  // TUNEGATE_SERVER_RPC_DISPATCHER_FIXTURE_H_
