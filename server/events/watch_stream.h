// WatchStream: one WatchEvents call. WatchCore says what to send; this writes it, one message at a
// time, without ever blocking a gRPC thread, and ends the stream when it is over, cancelled, or the
// server drains.
#ifndef TUNEGATE_SERVER_EVENTS_WATCH_STREAM_H_
#define TUNEGATE_SERVER_EVENTS_WATCH_STREAM_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "common/worker_pool.h"
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
  // Where streams open, and read what is no longer in memory. A pool of their own, so that
  // thousands who come back at once leave the other calls alone; its queue never refuses: each
  // open watch is in it at most once, and `slots` bounds those.
  WorkerPool* readers;
  rpc::Slots* slots;  // of open watches
  WatchOptions options;
};

// Starts at once; deletes itself when done. `watch` outlives it.
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
  // Not OK when the stream is to end after `position` (unset: before anything that counts),
  // whatever there is to send.
  absl::Status CheckGoesOn(std::optional<int64_t> position) const;
  // Sends the next message, or waits for one. Called by whoever holds the stream's turn: at any
  // time exactly one of {a thread in Pump, gRPC writing, the hub} has it. gRPC's threads and the
  // hub's never block; what they cannot give from memory goes to the pool.
  void Pump(WatchCore::Mode mode);
  void PumpOnThePool();
  // False when the pool is shut down.
  [[nodiscard]] bool RunOnThePool(std::function<void()> work);
  void End(const absl::Status& status);

  const WatchContext& watch_;
  rpc::Dispatcher::Call call_;  // its slot is one of the open watches'
  std::atomic<int64_t> sent_position_{kNothingSent};
  std::unique_ptr<WatchCore> core_;
  grpc::ByteBuffer message_;
  std::atomic<bool> ended_{false};
  std::atomic<bool> cancelled_{false};
};

}  // namespace tunegate::events

#endif  // TUNEGATE_SERVER_EVENTS_WATCH_STREAM_H_
