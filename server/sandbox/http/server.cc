#include "server/sandbox/http/server.h"

#include <event2/buffer.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#include <utility>
#include <vector>

#include "common/errors.h"
#include "common/mutex.h"
#include "common/worker_pool.h"
#include "server/sandbox/http/replies.h"

namespace tunegate::sandbox {
namespace {

constexpr int kListenBacklog = 4096;
constexpr int kIdleTimeoutSeconds = 24 * 3600;  // keep-alive in practice without limit
constexpr size_t kMaxHeaderBytes = 256 << 10;

const char* MethodName(evhttp_cmd_type type) {
  switch (type) {
    case EVHTTP_REQ_GET:
      return "GET";
    case EVHTTP_REQ_POST:
      return "POST";
    case EVHTTP_REQ_HEAD:
      return "HEAD";
    case EVHTTP_REQ_PUT:
      return "PUT";
    case EVHTTP_REQ_DELETE:
      return "DELETE";
    case EVHTTP_REQ_OPTIONS:
      return "OPTIONS";
    case EVHTTP_REQ_PATCH:
      return "PATCH";
    default:
      return "OTHER";
  }
}

Request ReadRequest(evhttp_request* raw) {
  Request request;
  request.method = MethodName(evhttp_request_get_command(raw));
  const std::string_view uri = evhttp_request_get_uri(raw);
  const size_t question = uri.find('?');
  request.path = std::string(uri.substr(0, question));
  if (question != std::string_view::npos) request.query = ParseQuery(uri.substr(question + 1));
  for (evkeyval* header = evhttp_request_get_input_headers(raw)->tqh_first; header != nullptr;
       header = header->next.tqe_next) {
    request.headers.emplace_back(header->key, header->value);
  }
  evbuffer* input = evhttp_request_get_input_buffer(raw);
  request.body.resize(evbuffer_get_length(input));
  evbuffer_remove(input, request.body.data(), request.body.size());
  return request;
}

absl::StatusOr<evconnlistener*> Bind(event_base* base, const HttpServer::Options& options) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* addresses = nullptr;
  const std::string where = options.host + ":" + std::to_string(options.port);
  if (int error = getaddrinfo(options.host.c_str(), std::to_string(options.port).c_str(), &hints,
                              &addresses);
      error != 0) {
    return Unavailable("LISTEN_FAILED", "cannot listen on " + where + ": " + gai_strerror(error));
  }
  evconnlistener* listener = evconnlistener_new_bind(
      base, nullptr, nullptr, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE,
      kListenBacklog, addresses->ai_addr, static_cast<int>(addresses->ai_addrlen));
  const int error = errno;
  freeaddrinfo(addresses);
  if (listener == nullptr) {
    return Unavailable("LISTEN_FAILED", "cannot listen on " + where + ": " + strerror(error) +
                                            "; choose another --listen or port 0");
  }
  // Linux hands the option down to accepted sockets: no system call for each connection.
  int on = 1;
  setsockopt(evconnlistener_get_fd(listener), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  return listener;
}

int PortOf(evconnlistener* listener) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  getsockname(evconnlistener_get_fd(listener), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(const Options& options, Callbacks callbacks)
      : callbacks_(std::move(callbacks)), workers_(options.worker_threads, 100'000) {
    evthread_use_pthreads();
    event_config* config = event_config_new();
    event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
    base_ = event_base_new_with_config(config);
    event_config_free(config);
    replies_ = std::make_unique<Replies>(base_);
    http_ = evhttp_new(base_);
    evhttp_set_gencb(http_, &Impl::OnRequest, this);
    evhttp_set_max_body_size(http_, static_cast<ev_ssize_t>(options.max_body_bytes));
    evhttp_set_max_headers_size(http_, kMaxHeaderBytes);
    evhttp_set_timeout(http_, kIdleTimeoutSeconds);
    evhttp_set_default_content_type(http_, nullptr);
    evhttp_set_allowed_methods(http_, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
                                          EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS |
                                          EVHTTP_REQ_PATCH);
    wake_ = event_new(base_, -1, EV_PERSIST, &Impl::OnWake, this);
  }

  ~Impl() {
    workers_.Shutdown();
    replies_.reset();
    for (event* signal : signals_) event_free(signal);
    event_free(wake_);
    evhttp_free(http_);
    event_base_free(base_);
  }

  absl::Status Listen(const Options& options) {
    TG_ASSIGN_OR_RETURN(evconnlistener * listener, Bind(base_, options));
    port_ = PortOf(listener);
    evhttp_bind_listener(http_, listener);  // owns it from here
    return absl::OkStatus();
  }

  int Run() {
    for (int number : {SIGTERM, SIGINT}) {
      signals_.push_back(evsignal_new(base_, number, &Impl::OnSignal, this));
      event_add(signals_.back(), nullptr);
    }
    event_base_dispatch(base_);
    workers_.Shutdown();
    return stopped_by_;
  }

  void Stop() {
    {
      MutexLock lock(mutex_);
      stopping_ = true;
    }
    event_active(wake_, 0, 0);
  }

  int port() const { return port_; }

 private:
  static void OnSignal(evutil_socket_t number, short, void* argument) {
    auto* self = static_cast<Impl*>(argument);
    self->stopped_by_ = static_cast<int>(number);
    event_base_loopbreak(self->base_);
  }

  static void OnRequest(evhttp_request* raw, void* argument) {
    auto* self = static_cast<Impl*>(argument);
    Request request = ReadRequest(raw);
    if (!self->callbacks_.is_heavy(request)) {
      self->replies_->Send(raw, self->callbacks_.handle(request));
      return;
    }
    auto shared = std::make_shared<Request>(std::move(request));
    const bool accepted = self->workers_.Submit(
        [self, raw, shared] { self->Post(raw, self->callbacks_.handle(*shared)); });
    if (!accepted) {
      Response busy;
      busy.status = 503;
      self->replies_->Send(raw, std::move(busy));
    }
  }

  // From a worker.
  void Post(evhttp_request* raw, Response response) {
    {
      MutexLock lock(mutex_);
      finished_.emplace_back(raw, std::move(response));
    }
    event_active(wake_, 0, 0);
  }

  static void OnWake(evutil_socket_t, short, void* argument) {
    auto* self = static_cast<Impl*>(argument);
    std::vector<std::pair<evhttp_request*, Response>> finished;
    bool stopping;
    {
      MutexLock lock(self->mutex_);
      finished.swap(self->finished_);
      stopping = self->stopping_;
    }
    for (auto& [raw, response] : finished) self->replies_->Send(raw, std::move(response));
    if (stopping) event_base_loopbreak(self->base_);
  }

  Callbacks callbacks_;
  event_base* base_ = nullptr;
  evhttp* http_ = nullptr;
  event* wake_ = nullptr;
  std::vector<event*> signals_;
  std::unique_ptr<Replies> replies_;
  int port_ = 0;
  int stopped_by_ = 0;
  Mutex mutex_;
  std::vector<std::pair<evhttp_request*, Response>> finished_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  WorkerPool workers_;
};

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
HttpServer::~HttpServer() = default;

absl::StatusOr<std::unique_ptr<HttpServer>> HttpServer::Listen(const Options& options,
                                                               Callbacks callbacks) {
  auto impl = std::make_unique<Impl>(options, std::move(callbacks));
  TG_RETURN_IF_ERROR(impl->Listen(options));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

int HttpServer::port() const { return impl_->port(); }
int HttpServer::Run() { return impl_->Run(); }
void HttpServer::Stop() { impl_->Stop(); }

}  // namespace tunegate::sandbox
