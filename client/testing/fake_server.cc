#include "client/testing/fake_server.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <chrono>
#include <map>
#include <utility>

#include "common/errors.h"
#include "common/mutex.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace tunegate::client {
namespace {

std::string ToBytes(const grpc::ByteBuffer& buffer) {
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (!buffer.Dump(&slices).ok()) return bytes;
  for (const grpc::Slice& slice : slices) {
    bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
  }
  return bytes;
}

grpc::ByteBuffer ToBuffer(const std::string& bytes) {
  const grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

// As the real services do it: code, message and google.rpc details.
grpc::Status ToRpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const ErrorDetails details = DetailsOf(status);
  google::rpc::Status rich;
  rich.set_code(static_cast<int>(status.code()));
  rich.set_message(std::string(status.message()));
  if (!details.reason.empty()) {
    google::rpc::ErrorInfo info;
    info.set_reason(details.reason);
    info.set_domain("tunegate");
    for (const auto& [key, value] : details.metadata) (*info.mutable_metadata())[key] = value;
    rich.add_details()->PackFrom(info);
  }
  if (!details.field_violations.empty()) {
    google::rpc::BadRequest request;
    for (const auto& [path, description] : details.field_violations) {
      auto* violation = request.add_field_violations();
      violation->set_field(path);
      violation->set_description(description);
    }
    rich.add_details()->PackFrom(request);
  }
  if (details.retry_delay) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(*details.retry_delay));
    rich.add_details()->PackFrom(retry);
  }
  return grpc::Status(static_cast<grpc::StatusCode>(status.code()), rich.message(),
                      rich.SerializeAsString());
}

// One call: reads until the client has sent all, asks the handler, writes its messages.
class Reactor : public grpc::ServerGenericBidiReactor {
 public:
  // `context` lives until OnDone.
  Reactor(FakeCall call, grpc::GenericCallbackServerContext* context,
          std::function<FakeReply(const FakeCall&)> handle)
      : call_(std::move(call)), context_(*context), handle_(std::move(handle)) {
    StartRead(&read_);
  }

  void OnReadDone(bool ok) override {
    if (ok) {
      call_.requests.push_back(ToBytes(read_));
      StartRead(&read_);
      return;
    }
    reply_ = handle_(call_);
    WriteNext();
  }

  void OnWriteDone(bool ok) override {
    if (ok) {
      WriteNext();
    } else {
      FinishOnce(grpc::Status(grpc::StatusCode::CANCELLED, "the client went away"));
    }
  }

  void OnCancel() override {
    bool held;
    {
      MutexLock lock(mutex_);
      held = held_;
    }
    if (held) FinishOnce(grpc::Status(grpc::StatusCode::CANCELLED, "cut off"));
  }

  void OnDone() override { delete this; }

 private:
  void WriteNext() {
    if (next_ < reply_.messages.size()) {
      written_ = ToBuffer(reply_.messages[next_++]);
      StartWrite(&written_);
      return;
    }
    if (!reply_.hold_open) return FinishOnce(ToRpc(reply_.status));
    {
      MutexLock lock(mutex_);
      held_ = true;
    }
    // It may have been cancelled before it was held.
    if (context_.IsCancelled()) FinishOnce(grpc::Status(grpc::StatusCode::CANCELLED, "cut off"));
  }

  void FinishOnce(const grpc::Status& status) {
    {
      MutexLock lock(mutex_);
      if (std::exchange(finished_, true)) return;
    }
    Finish(status);
  }

  FakeCall call_;
  grpc::GenericCallbackServerContext& context_;
  const std::function<FakeReply(const FakeCall&)> handle_;
  grpc::ByteBuffer read_;
  grpc::ByteBuffer written_;
  FakeReply reply_;
  size_t next_ = 0;
  Mutex mutex_;
  bool held_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

// gRPC takes a generic service for one server only: each Listen makes a new one.
class AnyService : public grpc::CallbackGenericService {
 public:
  explicit AnyService(std::function<FakeReply(const FakeCall&)> answer)
      : answer_(std::move(answer)) {}

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override {
    FakeCall call;
    constexpr std::string_view kPrefix = "/tunegate.v1.";
    call.method = context->method().substr(kPrefix.size());
    const auto& metadata = context->client_metadata();
    if (const auto found = metadata.find("authorization"); found != metadata.end()) {
      call.authorization = std::string(found->second.data(), found->second.size());
    }
    // Where the real server puts it: as initial metadata it would keep clients from repeating.
    context->AddTrailingMetadata("x-request-id", "of-the-fake-server");
    return new Reactor(std::move(call), context, answer_);
  }

 private:
  const std::function<FakeReply(const FakeCall&)> answer_;
};

}  // namespace

class FakeServer::Impl {
 public:
  void Listen(const std::string& address) {
    service_ = std::make_unique<AnyService>([this](const FakeCall& call) { return Answer(call); });
    grpc::ServerBuilder builder;
    builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port_);
    // However often a test's client asks for a sign of life.
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 0);
    builder.RegisterCallbackGenericService(service_.get());
    server_ = builder.BuildAndStart();
  }

  void Stop() {
    if (server_ == nullptr) return;
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
    server_.reset();
  }

  FakeReply Answer(const FakeCall& call) {
    FakeHandler handler;
    {
      MutexLock lock(mutex_);
      calls_.push_back(call);
      changed_.NotifyAll();
      const auto found = handlers_.find(call.method);
      if (found != handlers_.end()) handler = found->second;
    }
    if (handler) return handler(call);
    return {.messages = {},
            .status = Error(absl::StatusCode::kUnimplemented, "", "the test does not answer it"),
            .hold_open = false};
  }

  mutable Mutex mutex_;
  mutable CondVar changed_;
  std::map<std::string, FakeHandler, std::less<>> handlers_ ABSL_GUARDED_BY(mutex_);
  std::vector<FakeCall> calls_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<AnyService> service_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
};

FakeServer::FakeServer() : impl_(std::make_unique<Impl>()) { impl_->Listen("127.0.0.1:0"); }

FakeServer::~FakeServer() { impl_->Stop(); }

std::string FakeServer::address() const { return "127.0.0.1:" + std::to_string(impl_->port_); }

void FakeServer::OnStream(std::string_view method, FakeHandler handler) {
  MutexLock lock(impl_->mutex_);
  impl_->handlers_[std::string(method)] = std::move(handler);
}

void FakeServer::Stop() { impl_->Stop(); }

void FakeServer::Restart() { impl_->Listen(address()); }

std::vector<FakeCall> FakeServer::Calls(std::string_view method) const {
  MutexLock lock(impl_->mutex_);
  std::vector<FakeCall> calls;
  for (const FakeCall& call : impl_->calls_) {
    if (call.method == method) calls.push_back(call);
  }
  return calls;
}

bool FakeServer::WaitForCalls(std::string_view method, size_t count) const {
  MutexLock lock(impl_->mutex_);
  return impl_->changed_.WaitFor(lock, absl::Seconds(10), [&] {
    size_t seen = 0;
    for (const FakeCall& call : impl_->calls_) seen += call.method == method;
    return seen >= count;
  });
}

std::string FakeServer::MethodName(const Method& method) {
  return method.Path().substr(std::string_view("/tunegate.v1.").size());
}

}  // namespace tunegate::client
