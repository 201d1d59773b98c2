// Watch: the stream of changes that comes back by itself. It keeps the position and the log's id,
// reconnects with back-off, drops what was seen already, and tells its listener when the connection
// was lost and when it is back. Where the server no longer has the position (OUT_OF_RANGE), it
// takes a snapshot anew and says so; when that happens again and again, with pauses between.
//
//   absl::Status end = Watch(open, request, {}, interrupt, listener);
//
// Knows no gRPC: calls are opened by an OpenEventStream.
#ifndef TUNEGATE_CLIENT_WATCH_H_
#define TUNEGATE_CLIENT_WATCH_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/event_stream.h"
#include "client/interrupt.h"

namespace tunegate::client {

struct WatchOptions {
  // Before the first attempt to reconnect; doubled with each, with a quarter of jitter.
  absl::Duration initial_backoff = absl::Milliseconds(250);
  absl::Duration max_backoff = absl::Seconds(10);
  // A stream on which nothing came for so long is lost, and another is opened. A server says
  // something every ten seconds, if only its position; one that hangs, or whose machine lost its
  // power, says nothing, and its connection may look alive for as long.
  absl::Duration silence_limit = absl::Seconds(45);
  // Waits for a server that cannot be reached from the first attempt on, not only for one that was
  // reached before: for services, which may start while their servers restart. Without it that is
  // an error at once: for people, who may have mistyped its name.
  bool keep_trying = false;
  // For the jitter. 0: in every process another.
  uint64_t seed = 0;
};

// Called from Watch's thread.
class WatchListener {
 public:
  virtual ~WatchListener() = default;
  // The next commit's events, or none (a bookmark). False leaves the watch.
  virtual bool OnMessage(const v1::WatchEventsResponse& response) = 0;
  // The connection broke, after `position` (unset: before anything was seen).
  virtual void OnLost(const absl::Status& /*why*/, std::optional<int64_t> /*position*/) {}
  // It is back, and `replayed` events that happened meanwhile have been given to OnMessage; with
  // `complete` none was missed, otherwise only the present state of each resource is known.
  virtual void OnBack(int64_t /*replayed*/, bool /*complete*/) {}
  // The log no longer has the position; a snapshot of the present state follows.
  virtual void OnStartedAnew(const absl::Status& /*why*/) {}
};

// Blocks until the server ends the stream (stop_when_terminal) or the listener leaves: OK; until
// the interrupt: CANCELLED (INTERRUPTED); or until an error that waiting does not mend, which
// without keep_trying includes never having been connected at all.
absl::Status Watch(const OpenEventStream& open, const v1::WatchEventsRequest& request,
                   const WatchOptions& options, Interrupt& interrupt, WatchListener& listener);

}  // namespace tunegate::client

#endif  // TUNEGATE_CLIENT_WATCH_H_
