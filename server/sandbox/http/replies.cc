#include "server/sandbox/http/replies.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <utility>

namespace tunegate::sandbox {

// Lives until evhttp has all of it.
struct Replies::Reply {
  evhttp_request* raw;
  Response response;
  event_base* base;
  std::set<Reply*>& waiting;  // all of them; this one is in it
  event* timer = nullptr;
  size_t sent = 0;  // of a slow body
};

namespace {

constexpr absl::Duration kSlowBodyTick = absl::Milliseconds(20);

timeval NotNegative(absl::Duration duration) {
  return absl::ToTimeval(std::max(duration, absl::ZeroDuration()));
}

void AddHeaders(evhttp_request* raw, const Response& response) {
  evkeyvalq* headers = evhttp_request_get_output_headers(raw);
  for (const auto& [name, value] : response.headers) {
    evhttp_add_header(headers, name.c_str(), value.c_str());
  }
}

void Reset(evhttp_request* raw) {
  evhttp_connection* connection = evhttp_request_get_connection(raw);
  // Dissolving the association sends RST; closing, evhttp would send FIN first.
  const sockaddr nobody{AF_UNSPEC, {}};
  connect(bufferevent_getfd(evhttp_connection_get_bufferevent(connection)), &nobody,
          sizeof(nobody));
  evhttp_connection_free(connection);
}

void SendChunks(evhttp_request* raw, const Response& response) {
  evhttp_send_reply_start(raw, response.status, ReasonPhrase(response.status));
  evbuffer* buffer = evbuffer_new();
  for (const std::string& chunk : response.chunks) {
    evbuffer_add(buffer, chunk.data(), chunk.size());
    evhttp_send_reply_chunk(raw, buffer);
  }
  evbuffer_free(buffer);
  evhttp_send_reply_end(raw);
}

void SendWhole(evhttp_request* raw, const Response& response) {
  size_t bytes = response.body.size();
  if (response.delivery.cut_after_bytes && *response.delivery.cut_after_bytes < bytes) {
    evkeyvalq* headers = evhttp_request_get_output_headers(raw);
    evhttp_add_header(headers, "Content-Length", std::to_string(bytes).c_str());
    evhttp_add_header(headers, "Connection", "close");
    bytes = *response.delivery.cut_after_bytes;
  }
  evbuffer* output = evhttp_request_get_output_buffer(raw);
  evbuffer_add(output, response.body.data(), bytes);
  evhttp_send_reply(raw, response.status, ReasonPhrase(response.status), nullptr);
}

void Finish(Replies::Reply* reply) {
  if (reply->timer != nullptr) event_free(reply->timer);
  reply->waiting.erase(reply);
  delete reply;
}

void SendSlowly(evutil_socket_t, short, void* argument) {
  auto* reply = static_cast<Replies::Reply*>(argument);
  const std::string& body = reply->response.body;
  const size_t step =
      std::max<size_t>(1, static_cast<size_t>(reply->response.delivery.bytes_per_second *
                                              absl::ToDoubleSeconds(kSlowBodyTick)));
  const size_t bytes = std::min(step, body.size() - reply->sent);
  if (bytes == 0 || evhttp_request_get_connection(reply->raw) == nullptr) {
    evhttp_send_reply_end(reply->raw);
    Finish(reply);
    return;
  }
  evbuffer* buffer = evbuffer_new();
  evbuffer_add(buffer, body.data() + reply->sent, bytes);
  evhttp_send_reply_chunk(reply->raw, buffer);
  evbuffer_free(buffer);
  reply->sent += bytes;
  const timeval tick = NotNegative(kSlowBodyTick);
  event_add(reply->timer, &tick);
}

void StartSlowBody(Replies::Reply* reply) {
  evhttp_add_header(evhttp_request_get_output_headers(reply->raw), "Content-Length",
                    std::to_string(reply->response.body.size()).c_str());
  evhttp_send_reply_start(reply->raw, reply->response.status, ReasonPhrase(reply->response.status));
  if (reply->timer != nullptr) event_free(reply->timer);
  reply->timer = event_new(reply->base, -1, EV_TIMEOUT, SendSlowly, reply);
  SendSlowly(-1, 0, reply);
}

void SendNow(evutil_socket_t, short, void* argument) {
  auto* reply = static_cast<Replies::Reply*>(argument);
  evhttp_request* raw = reply->raw;
  const Response& response = reply->response;
  if (evhttp_request_get_connection(raw) == nullptr) {
    // The client left while we worked: evhttp gave the request to us.
    evhttp_request_free(raw);
  } else if (response.delivery.reset) {
    Reset(raw);
  } else {
    AddHeaders(raw, response);
    if (response.delivery.bytes_per_second > 0 && !response.body.empty()) {
      StartSlowBody(reply);
      return;
    }
    if (response.chunks.empty()) {
      SendWhole(raw, response);
    } else {
      SendChunks(raw, response);
    }
  }
  Finish(reply);
}

}  // namespace

Replies::~Replies() {
  while (!waiting_.empty()) Finish(*waiting_.begin());
}

void Replies::Send(evhttp_request* request, Response response) {
  const absl::Duration delay = response.delivery.delay;
  // A reset waits for the next turn of the loop, so that it frees nothing that evhttp still uses.
  const bool at_once = delay <= absl::ZeroDuration() && !response.delivery.reset;
  auto* reply = new Reply{request, std::move(response), base_, waiting_};
  waiting_.insert(reply);
  if (at_once) {
    SendNow(-1, 0, reply);
    return;
  }
  reply->timer = event_new(base_, -1, EV_TIMEOUT, SendNow, reply);
  const timeval wait = NotNegative(delay);
  event_add(reply->timer, &wait);
}

}  // namespace tunegate::sandbox
