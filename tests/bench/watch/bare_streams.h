// BareStreams: what WatchEvents is measured against, a gRPC callback server that writes messages
// to every open stream and does nothing else: no log, no filters, no store. The messages' bytes are
// made once and shared, and each stream has one write under way, as gRPC demands.
//
//   BareStreams streams;
//   Subscribe(streams.address());
//   streams.Write(response);        // to all, who get it when they have got what came before
#ifndef TUNEGATE_TESTS_BENCH_WATCH_BARE_STREAMS_H_
#define TUNEGATE_TESTS_BENCH_WATCH_BARE_STREAMS_H_

#include <memory>
#include <string>

#include "tunegate/v1/event.pb.h"

namespace tunegate::bench {

class BareStreams {
 public:
  // Listens on a free port of 127.0.0.1.
  BareStreams();
  // Cancels what is open.
  ~BareStreams();

  const std::string& address() const { return address_; }

  // Starts to write `message` to every open stream. Returns when the writes are begun: a stream
  // that still writes an earlier one goes on to this by itself. By one thread at a time.
  void Write(const v1::WatchEventsResponse& message);

 private:
  class Service;
  std::unique_ptr<Service> service_;
  std::string address_;
};

}  // namespace tunegate::bench

#endif  // TUNEGATE_TESTS_BENCH_WATCH_BARE_STREAMS_H_
