// EventStream: one open call of WatchEvents, and how to open another one. The port between the
// resumable watch (watch.h), which speaks no gRPC, and the client (client.h).
#ifndef TUNEGATE_CLIENT_EVENT_STREAM_H_
#define TUNEGATE_CLIENT_EVENT_STREAM_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace tunegate::v1 {
class WatchEventsRequest;
class WatchEventsResponse;
}  // namespace tunegate::v1

namespace tunegate::client {

// Not thread-safe. The destructor ends the call.
class EventStream {
 public:
  virtual ~EventStream() = default;
  // Blocks for the next message; false when there will be none, or when none came within
  // `patience`, which ends the call.
  virtual bool Read(v1::WatchEventsResponse* response, absl::Duration patience) = 0;
  // Why Read was false: UNAVAILABLE when nothing came in time. To be called once, after that.
  virtual absl::Status Finish() = 0;
};

using OpenEventStream =
    std::function<std::unique_ptr<EventStream>(const v1::WatchEventsRequest& request)>;

}  // namespace tunegate::client

#endif  // TUNEGATE_CLIENT_EVENT_STREAM_H_
