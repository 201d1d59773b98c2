// Streams of pieces: server streams that are pulled from a source and client streams that are
// pushed into a sink, both on the worker pool, one piece at a time, so that memory stays bounded.
#ifndef TUNEGATE_SERVER_RPC_STREAMS_H_
#define TUNEGATE_SERVER_RPC_STREAMS_H_

#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/status.h"

namespace tunegate::rpc {

// Gives the next piece; nullopt ends the stream. Called by one thread at a time.
template <typename Response>
using Source = std::function<absl::StatusOr<std::optional<Response>>()>;

// Writes what `open(caller)` (an absl::StatusOr<Source>) yields.
template <typename Response>
class SourceStream final : public grpc::ServerWriteReactor<Response> {
 public:
  using Open = std::function<absl::StatusOr<Source<Response>>(const Caller&)>;

  // Starts at once; deletes itself when done.
  SourceStream(grpc::CallbackServerContext* context, Dispatcher* dispatcher, Open open)
      : dispatcher_(dispatcher) {
    absl::StatusOr<Dispatcher::Admission> admitted = dispatcher->Admit(*context);
    if (!admitted.ok()) {
      this->Finish(ToGrpcStatus(admitted.status()));
      return;
    }
    call_ = *std::move(admitted);
    RunOrFinish([this, open = std::move(open)] {
      absl::StatusOr<Source<Response>> source = open(call_.caller);
      if (!source.ok()) return this->Finish(ToGrpcStatus(source.status()));
      source_ = *std::move(source);
      Pull();
    });
  }

  void OnWriteDone(bool ok) override {
    if (!ok) return this->Finish(grpc::Status::CANCELLED);
    RunOrFinish([this] { Pull(); });
  }
  void OnDone() override { delete this; }

 private:
  void RunOrFinish(std::function<void()> work) {
    if (!dispatcher_->Run(std::move(work))) {
      this->Finish(ToGrpcStatus(Dispatcher::Overloaded()));
    }
  }
  void Pull() {
    absl::StatusOr<std::optional<Response>> piece = source_();
    if (!piece.ok()) return this->Finish(ToGrpcStatus(piece.status()));
    if (!piece->has_value()) return this->Finish(grpc::Status::OK);
    piece_ = **std::move(piece);
    this->StartWrite(&piece_);
  }

  Dispatcher* dispatcher_;
  Dispatcher::Admission call_;
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
    absl::StatusOr<Dispatcher::Admission> admitted = dispatcher->Admit(*context);
    if (!admitted.ok()) {
      this->Finish(ToGrpcStatus(admitted.status()));
      return;
    }
    call_ = *std::move(admitted);
    sink_ = open(call_.caller);
    this->StartRead(&request_);
  }

  void OnReadDone(bool ok) override {
    if (ok) return RunOrFinish([this] { Take(); });
    // To the reader, a stream that broke off ends like one that is complete, and OnCancel may come
    // later; but nothing can be sent on one that is broken.
    this->StartSendInitialMetadata();
  }
  void OnSendInitialMetadataDone(bool ok) override {
    if (!ok) return this->Finish(grpc::Status::CANCELLED);
    RunOrFinish([this] { End(); });
  }
  // The pending read then fails and the stream ends through OnReadDone.
  void OnCancel() override { cancelled_.store(true); }
  void OnDone() override { delete this; }

 private:
  void Take() {
    absl::Status status = sink_->Take(request_);
    if (!status.ok()) return this->Finish(ToGrpcStatus(status));
    this->StartRead(&request_);
  }
  void RunOrFinish(std::function<void()> work) {
    if (!dispatcher_->Run(std::move(work))) {
      this->Finish(ToGrpcStatus(Dispatcher::Overloaded()));
    }
  }
  void End() {
    if (cancelled_.load()) return this->Finish(grpc::Status::CANCELLED);
    absl::StatusOr<Response> response = sink_->Finish();
    if (response.ok()) *response_ = *std::move(response);
    this->Finish(ToGrpcStatus(response.status()));
  }

  Dispatcher* dispatcher_;
  Dispatcher::Admission call_;
  Response* response_;
  std::unique_ptr<Sink<Request, Response>> sink_;
  Request request_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace tunegate::rpc

#endif  // TUNEGATE_SERVER_RPC_STREAMS_H_
