#include "server/http/listener.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <event2/thread.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>

#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/mutex.h"
#include "common/worker_pool.h"
#include "server/http/tls.h"

namespace tunegate::http {
namespace {

constexpr int kListenBacklog = 128;
// After the answer: what the client still sends is read for so long, since closing on unread bytes
// would reset the connection and take the answer along.
constexpr absl::Duration kLingerTime = absl::Seconds(2);

using Id = uint64_t;

struct FreeAddresses {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};

int PortOf(evutil_socket_t socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&address)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&address)->sin_port);
}

Error CannotListen(const ListenerOptions& options, std::string_view cause) {
  return FailedPrecondition(
      "PORT_IN_USE", absl::StrCat("cannot listen on ", options.host, ":", options.port, ": ",
                                  std::string(cause), "; choose another with --http_listen"));
}

}  // namespace

// All but Post belongs to the loop's thread, once it runs.
class Listener::Impl {
 public:
  Impl(const ListenerOptions& options, Handlers handlers, SslContext tls)
      : options_(options),
        handlers_(std::move(handlers)),
        tls_(std::move(tls)),
        workers_(options.worker_threads, options.max_queued) {
    evthread_use_pthreads();
    base_ = event_base_new();
    wake_ = event_new(base_, -1, EV_PERSIST, &Impl::OnWake, this);
  }

  ~Impl() {
    workers_.Shutdown();
    if (loop_.joinable()) {
      {
        MutexLock lock(mutex_);
        stopping_ = true;
      }
      event_active(wake_, 0, 0);
      loop_.join();
    }
    while (!connections_.empty()) Close(connections_.begin()->second.get());
    if (listener_ != nullptr) evconnlistener_free(listener_);
    event_free(wake_);
    event_base_free(base_);
  }

  absl::Status Start() {
    TG_RETURN_IF_ERROR(Bind());
    loop_ = std::thread([this] { event_base_loop(base_, EVLOOP_NO_EXIT_ON_EMPTY); });
    return absl::OkStatus();
  }

  int port() const { return port_; }

 private:
  enum class State {
    kReading,
    kHandling,  // a worker has the request
    kWriting,
    kLingering,
  };
  struct Connection {
    Connection(Impl* owner, Id id, bufferevent* stream, RequestReader::Limits limits)
        : owner(owner), id(id), stream(stream), reader(limits) {}
    Impl* const owner;
    const Id id;
    bufferevent* const stream;
    RequestReader reader;
    event* timer = nullptr;
    State state = State::kReading;
    bool head_only = false;  // of the answer
  };

  absl::Status Bind() {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    addrinfo* found = nullptr;
    const int error =
        getaddrinfo(options_.host.c_str(), absl::StrCat(options_.port).c_str(), &hints, &found);
    if (error != 0) return CannotListen(options_, gai_strerror(error));
    const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
    listener_ = evconnlistener_new_bind(
        base_, &Impl::OnAccept, this,
        LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC | LEV_OPT_REUSEABLE, kListenBacklog,
        found->ai_addr, static_cast<int>(found->ai_addrlen));
    if (listener_ == nullptr) return CannotListen(options_, strerror(errno));
    port_ = PortOf(evconnlistener_get_fd(listener_));
    return absl::OkStatus();
  }

  bufferevent* NewStream(evutil_socket_t socket) {
    if (tls_ == nullptr) return bufferevent_socket_new(base_, socket, BEV_OPT_CLOSE_ON_FREE);
    bufferevent* stream = bufferevent_openssl_socket_new(
        base_, socket, SSL_new(tls_.get()), BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
    // Who closes without saying so has ended all the same: lengths say whether all came.
    if (stream != nullptr) bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
    return stream;
  }

  static void OnAccept(evconnlistener*, evutil_socket_t socket, sockaddr*, int, void* argument) {
    auto* self = static_cast<Impl*>(argument);
    bufferevent* stream = self->NewStream(socket);
    if (stream == nullptr) {
      evutil_closesocket(socket);
      return;
    }
    const Id id = ++self->last_id_;
    auto connection = std::make_unique<Connection>(self, id, stream, self->options_.limits);
    connection->timer = evtimer_new(self->base_, &Impl::OnTimeout, connection.get());
    SetTimer(connection.get(), self->options_.read_time);
    bufferevent_setcb(stream, &Impl::OnRead, &Impl::OnWritten, &Impl::OnEvent, connection.get());
    bufferevent_enable(stream, EV_READ | EV_WRITE);
    self->connections_.emplace(id, std::move(connection));
    if (self->connections_.size() >= self->options_.max_connections) {
      evconnlistener_disable(self->listener_);
    }
  }

  static void SetTimer(Connection* connection, absl::Duration time) {
    const timeval wait = absl::ToTimeval(time);
    evtimer_add(connection->timer, &wait);
  }

  void Close(Connection* connection) {
    event_free(connection->timer);
    bufferevent_free(connection->stream);
    connections_.erase(connection->id);
    if (listener_ != nullptr) evconnlistener_enable(listener_);
  }

  static void OnTimeout(evutil_socket_t, short, void* argument) {
    auto* connection = static_cast<Connection*>(argument);
    if (connection->state != State::kReading) return connection->owner->Close(connection);
    connection->owner->Send(connection, TextResponse(408, "the request took too long"));
  }

  static void OnEvent(bufferevent*, short what, void* argument) {
    auto* connection = static_cast<Connection*>(argument);
    if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) == 0) return;  // a handshake is done
    // Who only stopped sending still hears the answer.
    const bool waits =
        connection->state == State::kHandling || connection->state == State::kWriting;
    if ((what & BEV_EVENT_EOF) != 0 && waits) return;
    connection->owner->Close(connection);
  }

  static void OnRead(bufferevent* stream, void* argument) {
    auto* connection = static_cast<Connection*>(argument);
    evbuffer* input = bufferevent_get_input(stream);
    std::string bytes(evbuffer_get_length(input), '\0');
    evbuffer_remove(input, bytes.data(), bytes.size());
    if (connection->state != State::kReading) return;  // nobody asked for it
    switch (connection->reader.Take(bytes)) {
      case RequestReader::Progress::kMore:
        return;
      case RequestReader::Progress::kWantsToSend: {
        constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        bufferevent_write(stream, kContinue.data(), kContinue.size());
        return;
      }
      case RequestReader::Progress::kRefused:
        return connection->owner->Send(connection, connection->reader.refusal());
      case RequestReader::Progress::kWhole:
        return connection->owner->Handle(connection);
    }
  }

  void Handle(Connection* connection) {
    auto request = std::make_shared<Request>(std::move(connection->reader.request()));
    connection->head_only = request->method == "HEAD";
    connection->state = State::kHandling;
    evtimer_del(connection->timer);  // from here on it is our time
    if (const auto answer = handlers_.quick(*request)) return Send(connection, *answer);
    const bool accepted = workers_.Submit(
        [this, request, id = connection->id] { Post(id, handlers_.handle(*request)); });
    if (accepted) return;
    Response busy = TextResponse(503, "too many requests wait; try again");
    busy.headers.emplace_back("Retry-After", "1");
    Send(connection, busy);
  }

  // From a worker.
  void Post(Id id, Response response) {
    {
      MutexLock lock(mutex_);
      finished_.emplace_back(id, std::move(response));
    }
    event_active(wake_, 0, 0);
  }

  static void OnWake(evutil_socket_t, short, void* argument) {
    auto* self = static_cast<Impl*>(argument);
    std::vector<std::pair<Id, Response>> finished;
    bool stopping;
    {
      MutexLock lock(self->mutex_);
      finished.swap(self->finished_);
      stopping = self->stopping_;
    }
    for (const auto& [id, response] : finished) {
      const auto found = self->connections_.find(id);
      if (found != self->connections_.end()) self->Send(found->second.get(), response);
    }
    if (stopping) event_base_loopbreak(self->base_);
  }

  void Send(Connection* connection, const Response& response) {
    connection->state = State::kWriting;
    SetTimer(connection, options_.write_time);
    const std::string bytes = Serialize(response, !connection->head_only);
    bufferevent_write(connection->stream, bytes.data(), bytes.size());
  }

  // All that was written is with the kernel.
  static void OnWritten(bufferevent* stream, void* argument) {
    auto* connection = static_cast<Connection*>(argument);
    if (connection->state != State::kWriting) return;
    if (evbuffer_get_length(bufferevent_get_output(stream)) > 0) return;
    connection->state = State::kLingering;
    SetTimer(connection, kLingerTime);
    if (SSL* ssl = bufferevent_openssl_get_ssl(stream); ssl != nullptr) SSL_shutdown(ssl);
    shutdown(bufferevent_getfd(stream), SHUT_WR);
  }

  const ListenerOptions options_;
  const Handlers handlers_;
  const SslContext tls_;
  event_base* base_ = nullptr;
  event* wake_ = nullptr;
  evconnlistener* listener_ = nullptr;
  int port_ = 0;
  Id last_id_ = 0;
  std::map<Id, std::unique_ptr<Connection>> connections_;
  Mutex mutex_;
  std::vector<std::pair<Id, Response>> finished_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  WorkerPool workers_;
  std::thread loop_;
};

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::~Listener() = default;

absl::StatusOr<std::unique_ptr<Listener>> Listener::Start(const ListenerOptions& options,
                                                          Handlers handlers) {
  SslContext tls;
  if (!options.certificate_chain.empty() || !options.private_key.empty()) {
    TG_ASSIGN_OR_RETURN(tls, NewSslContext(options.certificate_chain, options.private_key));
  }
  auto impl = std::make_unique<Impl>(options, std::move(handlers), std::move(tls));
  TG_RETURN_IF_ERROR(impl->Start());
  return std::unique_ptr<Listener>(new Listener(std::move(impl)));
}

int Listener::port() const { return impl_->port(); }

}  // namespace tunegate::http
