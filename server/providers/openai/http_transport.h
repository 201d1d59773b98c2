// HttpTransport: requests over libcurl's multi interface, all on one EventLoop. Connections and
// easy handles are kept and used again; HTTP/2 where TLS offers it. One request is sent once:
// repeating is retry_policy.h's. Knows nothing of JSON or OpenAI.
//
// Start is thread-safe. Answers come on the loop's thread and must not block it.
#ifndef TUNEGATE_SERVER_PROVIDERS_OPENAI_HTTP_TRANSPORT_H_
#define TUNEGATE_SERVER_PROVIDERS_OPENAI_HTTP_TRANSPORT_H_

#include <curl/curl.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "absl/time/time.h"
#include "server/providers/openai/event_loop.h"
#include "server/providers/openai/http_message.h"
#include "server/providers/openai/http_transfer.h"

namespace tunegate::providers::openai {

class HttpTransport {
 public:
  using Done = HttpTransfer::Done;

  // At most `max_in_flight` requests are under way, urgent ones beside them; more wait their turn,
  // and their time-outs begin when they start. `loop` must outlive this.
  HttpTransport(EventLoop* loop, TransferSettings::Options options, size_t max_in_flight);
  // After ShutDown, and after the loop has stopped.
  ~HttpTransport();
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  // Sends `request`; `done` is called once. `timeout` covers connecting, sending and answering.
  void Start(std::shared_ptr<const HttpRequest> request, absl::Duration timeout, Done done);

  // Ends everything: what is under way or waits, and all that is started later, is answered with
  // kShutDown. On the loop's thread.
  void ShutDown();

 private:
  struct Waiting {
    std::shared_ptr<const HttpRequest> request;
    absl::Duration timeout;
    Done done;
  };

  static int OnSocket(CURL* easy, curl_socket_t socket, int what, void* self, void* per_socket);
  static int OnTimer(CURLM* multi, long milliseconds, void* self);
  static curl_socket_t OnOpen(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int OnClose(void* self, curl_socket_t socket);
  // A transfer that nobody uses.
  std::unique_ptr<HttpTransfer> TakeIdle();

  // The rest on the loop's thread.
  void StartOrQueue(Waiting waiting);
  void Launch(Waiting waiting);
  void StartQueued();
  void Act(int socket, int curl_events);
  void Collect();
  void Complete(CURL* easy, CURLcode code);
  static HttpResponse ShutDownResponse(Sent sent);

  EventLoop* const loop_;
  const TransferSettings settings_;
  const size_t max_in_flight_;
  CURLM* const multi_;
  std::optional<EventLoop::AlarmId> alarm_;
  std::vector<std::unique_ptr<HttpTransfer>> idle_;
  struct Active {
    std::unique_ptr<HttpTransfer> transfer;
    bool urgent;
  };
  std::unordered_map<CURL*, Active> active_;
  size_t in_flight_ = 0;  // of active_, without the urgent ones
  std::deque<Waiting> queue_;
  bool shut_down_ = false;
};

}  // namespace tunegate::providers::openai

#endif  // TUNEGATE_SERVER_PROVIDERS_OPENAI_HTTP_TRANSPORT_H_
