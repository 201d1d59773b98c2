#include "tests/bench/watch/bare_streams.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <set>
#include <vector>

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"
#include "tunegate/v1/event.grpc.pb.h"

namespace tunegate::bench {
namespace {

constexpr size_t kMostMessages = 1 << 20;

grpc::ByteBuffer BufferOf(const v1::WatchEventsResponse& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

// All messages so far. Written by one thread, read by all, without a lock.
class Messages {
 public:
  Messages() { messages_.reserve(kMostMessages); }
  size_t size() const { return size_.load(std::memory_order_acquire); }
  // A copy shares the bytes.
  grpc::ByteBuffer At(size_t index) const { return messages_[index]; }
  void Add(grpc::ByteBuffer message) {
    messages_.push_back(std::move(message));
    size_.store(messages_.size(), std::memory_order_release);
  }

 private:
  std::vector<grpc::ByteBuffer> messages_;
  std::atomic<size_t> size_{0};
};

class BareStream;

struct OpenStreams {
  Messages messages;
  std::atomic<int64_t> position{0};
  Mutex mutex;
  std::set<BareStream*> streams ABSL_GUARDED_BY(mutex);
};

class BareStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer> {
 public:
  explicit BareStream(OpenStreams* open) : open_(*open) {
    {
      MutexLock lock(open_.mutex);
      open_.streams.insert(this);
    }
    v1::WatchEventsResponse greeting;
    {
      MutexLock lock(mutex_);
      next_ = open_.messages.size();
      greeting.set_position(open_.position);
      message_ = BufferOf(greeting);
      writing_ = true;
    }
    StartWrite(&message_);
  }

  // Writes the next message, if there is one and none is being written.
  void GoOn() {
    {
      MutexLock lock(mutex_);
      if (writing_ || ended_ || next_ == open_.messages.size()) return;
      message_ = open_.messages.At(next_++);
      writing_ = true;
    }
    StartWrite(&message_);
  }

  void OnWriteDone(bool ok) override {
    {
      MutexLock lock(mutex_);
      writing_ = false;
    }
    ok ? GoOn() : End();
  }
  void OnCancel() override { End(); }
  void OnDone() override {
    {
      MutexLock lock(open_.mutex);
      open_.streams.erase(this);
    }
    delete this;
  }

 private:
  void End() {
    {
      MutexLock lock(mutex_);
      if (ended_) return;
      ended_ = true;
    }
    Finish(grpc::Status::CANCELLED);
  }

  OpenStreams& open_;
  grpc::ByteBuffer message_;
  Mutex mutex_;
  size_t next_ ABSL_GUARDED_BY(mutex_) = 0;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

class BareStreams::Service final
    : public v1::EventService::WithRawCallbackMethod_WatchEvents<v1::EventService::Service> {
 public:
  int Start() {
    int port = 0;
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    return port;
  }
  ~Service() override { server_->Shutdown(absl::ToChronoTime(RealClock().Now())); }

  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchEvents(grpc::CallbackServerContext*,
                                                          const grpc::ByteBuffer*) override {
    return new BareStream(&open_);
  }

  void Write(const v1::WatchEventsResponse& message) {
    open_.position = message.position();
    open_.messages.Add(BufferOf(message));
    MutexLock lock(open_.mutex);
    for (BareStream* stream : open_.streams) stream->GoOn();
  }

 private:
  OpenStreams open_;
  std::unique_ptr<grpc::Server> server_;
};

BareStreams::BareStreams() : service_(std::make_unique<Service>()) {
  address_ = "127.0.0.1:" + std::to_string(service_->Start());
}
BareStreams::~BareStreams() = default;

void BareStreams::Write(const v1::WatchEventsResponse& message) { service_->Write(message); }

}  // namespace tunegate::bench
