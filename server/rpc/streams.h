// Streams of pieces: server streams that are pulled from a source and client streams that are
// pushed into a sink, both on the worker pool, one piece at a time, so that memory stays bounded.
#ifndef TUNEGATE_SERVER_RPC_STREAMS_H_
#define TUNEGATE_SERVER_RPC_STREAMS_H_

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/status.h"

namespace tunegate::rpc {

// Gives the next piece; nullopt ends the stream. Called by one thread at a time, and destroyed on
// the pool, too, whichever side ends the stream: what it keeps may take time to go.
template <typename Response>
using Source = std::function<absl::StatusOr<std::optional<Response>>()>;

// The method that answers with this message: "ExportDataset" for ExportDatasetResponse.
template <typename Response>
std::string_view MethodAnswering() {
  constexpr std::string_view kSuffix = "Response";
  const std::string_view name = Response::descriptor()->name();
  return name.substr(0, name.size() - kSuffix.size());
}

// Writes what `open(caller)` (an absl::StatusOr<Source>) yields.
template <typename Response>
class SourceStream final : public grpc::ServerWriteReactor<Response> {
 public:
  using Open = std::function<absl::StatusOr<Source<Response>>(const Caller&)>;

  // Starts at once; deletes itself when done. `request` is not kept.
  template <typename Request>
  SourceStream(grpc::CallbackServerContext* context, Dispatcher* dispatcher, const Request& request,
               Open open)
      : dispatcher_(dispatcher) {
    call_.record =
        Dispatcher::Open(context, MethodAnswering<Response>(), CallRecord::Shape::kStream);
    call_.record->SetResource(ResourceOf(request));
    const absl::Status admitted = dispatcher->Admit(*context, call_);
    if (!admitted.ok()) {
      End(admitted);
      return;
    }
    RunOrEnd([this, open = std::move(open)] {
      absl::StatusOr<Source<Response>> source = open(call_.caller);
      if (!source.ok()) return End(source.status());
      source_ = *std::move(source);
      Pull();
    });
  }

  void OnWriteDone(bool ok) override {
    RunOrEnd([this, ok] {
      if (!ok) return End(absl::CancelledError("the reader has gone"));
      Pull();
    });
  }
  void OnDone() override { delete this; }

 private:
  void RunOrEnd(std::function<void()> work) {
    const bool accepted = dispatcher_->Run([this, work = std::move(work)] {
      const CallScope scope(*call_.record);
      work();
    });
    if (!accepted) End(Dispatcher::Overloaded());
  }
  void Pull() {
    absl::StatusOr<std::optional<Response>> piece = source_();
    if (!piece.ok()) return End(piece.status());
    if (!piece->has_value()) return End(absl::OkStatus());
    piece_ = **std::move(piece);
    this->StartWrite(&piece_);
  }
  void End(const absl::Status& status) {
    source_ = nullptr;
    call_.record->End(status);
    this->Finish(ToGrpcStatus(status));
  }

  Dispatcher* dispatcher_;
  Dispatcher::Call call_;
  Source<Response> source_;
  Response piece_;
};

// Takes a client stream's messages. Called by one thread at a time; destroyed unfinished when the
// stream breaks off, and must then leave nothing behind.
template <typename Request, typename Response>
class Sink {
 public:
  virtual ~Sink() = default;
  virtual absl::Status Take(const Request& request) = 0;
  // What the stream is about, for the log; asked after the first message.
  virtual std::string resource() const { return ""; }
  virtual absl::StatusOr<Response> Finish() = 0;
};

template <typename Request, typename Response>
class SinkStream final : public grpc::ServerReadReactor<Request> {
 public:
  using Open = std::function<std::unique_ptr<Sink<Request, Response>>(const Caller&)>;

  // Starts at once; deletes itself when done.
  SinkStream(grpc::CallbackServerContext* context, Dispatcher* dispatcher, Response* response,
             Open open)
      : dispatcher_(dispatcher), response_(response) {
    call_.record =
        Dispatcher::Open(context, MethodAnswering<Response>(), CallRecord::Shape::kStream);
    const absl::Status admitted = dispatcher->Admit(*context, call_);
    if (!admitted.ok()) {
      End(admitted);
      return;
    }
    sink_ = open(call_.caller);
    this->StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (ok) return RunOrEnd([this] { Take(); });
    // To the reader, a stream that broke off ends like one that is complete, and OnCancel may come
    // later; but nothing can be sent on one that is broken.
    this->StartSendInitialMetadata();
  }
  void OnSendInitialMetadataDone(bool ok) override {
    if (!ok) return End(Cancelled());
    RunOrEnd([this] { Conclude(); });
  }
  // The pending read then fails and the stream ends through OnReadDone.
  void OnCancel() override { cancelled_.store(true); }
  void OnDone() override { delete this; }

 private:
  void Take() {
    absl::Status status = sink_->Take(request_);
    if (call_.record->resource().empty()) call_.record->SetResource(sink_->resource());
    if (!status.ok()) return End(status);
    this->StartRead(&request_);
  }
  void RunOrEnd(std::function<void()> work) {
    const bool accepted = dispatcher_->Run([this, work = std::move(work)] {
      const CallScope scope(*call_.record);
      work();
    });
    if (!accepted) End(Dispatcher::Overloaded());
  }
  void Conclude() {
    if (cancelled_.load()) return End(Cancelled());
    absl::StatusOr<Response> response = sink_->Finish();
    if (response.ok()) *response_ = *std::move(response);
    End(response.status());
  }
  static absl::Status Cancelled() { return absl::CancelledError("the sender has gone"); }
  void End(const absl::Status& status) {
    call_.record->End(status);
    this->Finish(ToGrpcStatus(status));
  }

  Dispatcher* dispatcher_;
  Dispatcher::Call call_;
  Response* response_;
  std::unique_ptr<Sink<Request, Response>> sink_;
  Request request_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace tunegate::rpc

#endif  // TUNEGATE_SERVER_RPC_STREAMS_H_
