// Listener: the operator's HTTP port, over libevent. One thread reads and writes; what may block
// runs on a few workers with a short queue. Everything is bounded: connections, bytes, time. A
// connection carries one request.
//
//   TG_ASSIGN_OR_RETURN(auto listener, Listener::Start(options, {quick, handle}));
//   ... listener->address() ...
#ifndef TUNEGATE_SERVER_HTTP_LISTENER_H_
#define TUNEGATE_SERVER_HTTP_LISTENER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/http/message.h"
#include "server/http/request_reader.h"

namespace tunegate::http {

struct ListenerOptions {
  std::string host = "127.0.0.1";  // an address or a name
  int port = 0;                    // 0: any free one
  // PEM; both empty: no TLS.
  std::string certificate_chain, private_key;
  RequestReader::Limits limits;
  // From the connection to the whole request, and from the answer to its last byte.
  absl::Duration read_time = absl::Seconds(10);
  absl::Duration write_time = absl::Seconds(30);
  // More wait in the kernel's queue.
  size_t max_connections = 128;
  size_t worker_threads = 2;
  size_t max_queued = 32;
};

struct Handlers {
  // On the listener's own thread: must not block. nullopt hands the request to `handle`.
  std::function<std::optional<Response>(const Request&)> quick;
  // On a worker, several at once.
  std::function<Response(const Request&)> handle;
};

// Thread-safe.
class Listener {
 public:
  // Listens and answers at once. FAILED_PRECONDITION (PORT_IN_USE) naming address and cause;
  // INVALID_ARGUMENT (CONFIG_INVALID) for a certificate or key that cannot be used.
  static absl::StatusOr<std::unique_ptr<Listener>> Start(const ListenerOptions& options,
                                                         Handlers handlers);
  // Lets the handlers that run return; cuts off everyone else.
  ~Listener();

  int port() const;

 private:
  class Impl;
  explicit Listener(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tunegate::http

#endif  // TUNEGATE_SERVER_HTTP_LISTENER_H_
