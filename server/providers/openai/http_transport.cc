#include "server/providers/openai/http_transport.h"

#include <sys/epoll.h>

#include <cstdlib>
#include <mutex>
#include <utility>

namespace tunegate::providers::openai {
namespace {

// Idle connections kept beyond those in flight: for the urgent ones.
constexpr long kSpareConnections = 16;

CURLM* NewMulti() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  CURLM* multi = curl_multi_init();
  if (multi == nullptr) std::abort();  // out of memory
  return multi;
}

uint32_t EpollEvents(int curl_what) {
  switch (curl_what) {
    case CURL_POLL_IN:
      return EPOLLIN;
    case CURL_POLL_OUT:
      return EPOLLOUT;
    case CURL_POLL_INOUT:
      return EPOLLIN | EPOLLOUT;
    default:
      return 0;
  }
}

int CurlEvents(uint32_t epoll_events) {
  int events = 0;
  if ((epoll_events & (EPOLLIN | EPOLLHUP)) != 0) events |= CURL_CSELECT_IN;
  if ((epoll_events & EPOLLOUT) != 0) events |= CURL_CSELECT_OUT;
  if ((epoll_events & EPOLLERR) != 0) events |= CURL_CSELECT_ERR;
  return events;
}

}  // namespace

HttpTransport::HttpTransport(EventLoop* loop, TransferSettings::Options options,
                             size_t max_in_flight)
    : loop_(loop),
      settings_(std::move(options)),
      max_in_flight_(max_in_flight),
      multi_(NewMulti()) {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &HttpTransport::OnSocket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &HttpTransport::OnTimer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_MULTIPLEX));
  // All connections stay open between requests, however many there are.
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS,
                    static_cast<long>(max_in_flight) + kSpareConnections);
  curl_multi_setopt(multi_, CURLMOPT_MAX_TOTAL_CONNECTIONS, 0L);
  loop_->Post([this] {
    loop_->SetSocketHandler([this](int fd, uint32_t events) { Act(fd, CurlEvents(events)); });
  });
}

HttpTransport::~HttpTransport() {
  idle_.clear();  // before the multi handle that they may know
  curl_multi_cleanup(multi_);
}

void HttpTransport::Start(std::shared_ptr<const HttpRequest> request, absl::Duration timeout,
                          Done done) {
  Waiting waiting{std::move(request), timeout, std::move(done)};
  if (loop_->OnThread()) return StartOrQueue(std::move(waiting));
  auto shared = std::make_shared<Waiting>(std::move(waiting));
  loop_->Post([this, shared] { StartOrQueue(std::move(*shared)); });
}

void HttpTransport::StartOrQueue(Waiting waiting) {
  if (shut_down_) return waiting.done(ShutDownResponse(Sent::kNo));
  if (waiting.request->urgent || in_flight_ < max_in_flight_) return Launch(std::move(waiting));
  queue_.push_back(std::move(waiting));
}

void HttpTransport::Launch(Waiting waiting) {
  std::unique_ptr<HttpTransfer> transfer = TakeIdle();
  const bool urgent = waiting.request->urgent;
  if (!urgent) ++in_flight_;
  transfer->Prepare(std::move(waiting.request), waiting.timeout, std::move(waiting.done));
  CURL* easy = transfer->handle();
  active_.emplace(easy, Active{std::move(transfer), urgent});
  // The handle is in no multi, so that only a lack of memory can refuse it.
  if (curl_multi_add_handle(multi_, easy) != CURLM_OK) std::abort();
}

std::unique_ptr<HttpTransfer> HttpTransport::TakeIdle() {
  if (!idle_.empty()) {
    std::unique_ptr<HttpTransfer> transfer = std::move(idle_.back());
    idle_.pop_back();
    return transfer;
  }
  auto transfer = std::make_unique<HttpTransfer>(settings_);
  // Taken over by the connections that it makes, which outlive it: hence this and the loop's.
  curl_easy_setopt(transfer->handle(), CURLOPT_OPENSOCKETFUNCTION, &HttpTransport::OnOpen);
  curl_easy_setopt(transfer->handle(), CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(transfer->handle(), CURLOPT_CLOSESOCKETFUNCTION, &HttpTransport::OnClose);
  curl_easy_setopt(transfer->handle(), CURLOPT_CLOSESOCKETDATA, this);
  return transfer;
}

void HttpTransport::StartQueued() {
  while (!queue_.empty() && in_flight_ < max_in_flight_) {
    Waiting next = std::move(queue_.front());
    queue_.pop_front();
    Launch(std::move(next));
  }
}

int HttpTransport::OnSocket(CURL*, curl_socket_t socket, int what, void* self, void*) {
  static_cast<HttpTransport*>(self)->loop_->WatchSocket(socket, EpollEvents(what));
  return 0;
}

curl_socket_t HttpTransport::OnOpen(void* self, curlsocktype, curl_sockaddr* address) {
  return static_cast<HttpTransport*>(self)->loop_->OpenSocket(address->family, address->socktype,
                                                              address->protocol);
}

int HttpTransport::OnClose(void* self, curl_socket_t socket) {
  static_cast<HttpTransport*>(self)->loop_->CloseSocket(socket);
  return 0;
}

int HttpTransport::OnTimer(CURLM*, long milliseconds, void* self) {
  auto& transport = *static_cast<HttpTransport*>(self);
  if (transport.alarm_.has_value()) transport.loop_->CancelAlarm(*transport.alarm_);
  transport.alarm_.reset();
  if (milliseconds < 0) return 0;
  transport.alarm_ = transport.loop_->SetAlarm(absl::Milliseconds(milliseconds), [&transport] {
    transport.alarm_.reset();
    transport.Act(CURL_SOCKET_TIMEOUT, 0);
  });
  return 0;
}

void HttpTransport::Act(int socket, int curl_events) {
  int running = 0;
  curl_multi_socket_action(multi_, socket, curl_events, &running);
  Collect();
}

void HttpTransport::Collect() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg == CURLMSG_DONE) Complete(message->easy_handle, message->data.result);
  }
}

void HttpTransport::Complete(CURL* easy, CURLcode code) {
  auto active = active_.extract(easy);
  curl_multi_remove_handle(multi_, easy);
  std::unique_ptr<HttpTransfer> transfer = std::move(active.mapped().transfer);
  if (!active.mapped().urgent) --in_flight_;
  HttpResponse response = transfer->Finish(code);
  const Done done = transfer->TakeDone();
  idle_.push_back(std::move(transfer));
  // First those that wait, then whoever `done` starts: first come, first served.
  StartQueued();
  done(std::move(response));
}

void HttpTransport::ShutDown() {
  shut_down_ = true;
  while (!active_.empty()) {
    auto active = active_.extract(active_.begin());
    curl_multi_remove_handle(multi_, active.key());
    const HttpResponse cut = active.mapped().transfer->Finish(CURLE_ABORTED_BY_CALLBACK);
    active.mapped().transfer->TakeDone()(ShutDownResponse(cut.sent));
  }
  while (!queue_.empty()) {
    const Waiting waiting = std::move(queue_.front());
    queue_.pop_front();
    waiting.done(ShutDownResponse(Sent::kNo));
  }
}

HttpResponse HttpTransport::ShutDownResponse(Sent sent) {
  HttpResponse response;
  response.failure = HttpFailure::kShutDown;
  response.failure_text = "the server is shutting down";
  response.sent = sent;
  return response;
}

}  // namespace tunegate::providers::openai
