// WatchStream: one WatchEvents call. WatchCore says what to send; this writes it, one message at a
// time, without ever blocking a gRPC thread, and ends the stream when it is over, cancelled, or the
// server drains.
#ifndef TUNEGATE_SERVER_EVENTS_WATCH_STREAM_H_
#define TUNEGATE_SERVER_EVENTS_WATCH_STREAM_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "common/mutex.h"
#include "server/events/watch_core.h"
#include "server/events/watch_hub.h"
#include "server/rpc/dispatcher.h"
#include "server/rpc/slots.h"

namespace tunegate::events {

// What every stream uses; not owned.
struct WatchContext {
  Feed* feed;
  store::Store* store;
  WatchHub* hub;
  rpc::Dispatcher* dispatcher;
  rpc::Slots* slots;  // of open watches
  WatchOptions options;
};

// Starts at once; deletes itself when done.
class WatchStream final : public grpc::ServerWriteReactor<grpc::ByteBuffer>, private IdleWatcher {
 public:
  WatchStream(grpc::CallbackServerContext* context, const grpc::ByteBuffer& request,
              const WatchContext& watch);

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  void Wake() override;
  bool BookmarkDue() override;
  int64_t SentPosition() const override { return sent_position_.load(); }

  absl::Status Admit(const grpc::CallbackServerContext& context);
  void Open(const std::string& request);
  // Sends the next message, or waits for one. Called by whoever holds the stream's turn: at any
  // time exactly one of {a pool thread in Pump, gRPC writing, the hub} has it.
  void Pump();
  void PumpSoon();
  void End(const absl::Status& status);

  const WatchContext watch_;
  rpc::Dispatcher::Call call_;  // its slot is one of the open watches'
  std::atomic<int64_t> sent_position_{kNothingSent};
  std::unique_ptr<WatchCore> core_;
  grpc::ByteBuffer message_;
  Mutex mutex_;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace tunegate::events

#endif  // TUNEGATE_SERVER_EVENTS_WATCH_STREAM_H_
