// HttpServer: libevent's evhttp behind our Request and Response. One loop thread reads, writes and
// keeps the timers; handlers that are heavy run on workers, so that latency costs no thread and a
// large upload stops nobody.
#ifndef TUNEGATE_SERVER_SANDBOX_HTTP_SERVER_H_
#define TUNEGATE_SERVER_SANDBOX_HTTP_SERVER_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/sandbox/http/message.h"

namespace tunegate::sandbox {

// Stop is thread-safe; the rest belongs to one thread.
class HttpServer {
 public:
  struct Options {
    std::string host = "127.0.0.1";  // an address or a name
    int port = 0;                    // 0: any free one
    size_t max_body_bytes = size_t{512} << 20;
    size_t worker_threads = 2;
  };
  struct Callbacks {
    // On the loop thread: whether `handle` of this request must go to a worker.
    std::function<bool(const Request&)> is_heavy;
    // On the loop thread or a worker, so thread-safe. Must not throw.
    std::function<Response(Request&)> handle;
  };

  // Binds and listens, but answers only in Run. UNAVAILABLE naming the address and the cause when
  // it cannot be bound.
  static absl::StatusOr<std::unique_ptr<HttpServer>> Listen(const Options& options,
                                                            Callbacks callbacks);
  ~HttpServer();

  int port() const;

  // Answers until Stop, SIGTERM or SIGINT; returns when handlers under way have ended: the signal's
  // number, or 0 after Stop.
  int Run();
  void Stop();

 private:
  class Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_HTTP_SERVER_H_
