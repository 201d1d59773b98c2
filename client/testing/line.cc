#include "client/testing/line.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <vector>

namespace tunegate::client {
namespace {

// How soon it notices that it is to break.
constexpr int kTickMilliseconds = 10;

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int Listen() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(0);
  bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  listen(listener, SOMAXCONN);
  return listener;
}

void CloseWithReset(int socket) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close(socket);
}

}  // namespace

Line::Line(const std::string& server)
    : server_port_(std::stoi(server.substr(server.rfind(':') + 1))),
      listener_(Listen()),
      thread_([this] { Run(); }) {}

Line::~Line() { Break(); }

std::string Line::address() const {
  sockaddr_in address;
  socklen_t size = sizeof(address);
  getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  return "127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

void Line::Silence() {
  {
    MutexLock lock(mutex_);
    over_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void Line::Break() {
  Silence();
  if (listener_ < 0) return;
  close(listener_);
  listener_ = -1;
  for (const auto& [socket, end] : ends_) CloseWithReset(socket);
  ends_.clear();
}

int64_t Line::sent() const {
  MutexLock lock(mutex_);
  return sent_;
}

bool Line::WaitUntilSent(int64_t bytes) const {
  MutexLock lock(mutex_);
  return changed_.WaitFor(lock, absl::Seconds(30), [&] { return sent_ >= bytes; });
}

bool Line::Over() const {
  MutexLock lock(mutex_);
  return over_;
}

void Line::Run() {
  while (!Over()) {
    std::vector<pollfd> polled = {{.fd = listener_, .events = POLLIN, .revents = 0}};
    for (const auto& [socket, end] : ends_) {
      polled.push_back({.fd = socket, .events = POLLIN, .revents = 0});
    }
    poll(polled.data(), polled.size(), kTickMilliseconds);
    for (const pollfd& ready : polled) {
      if (ready.revents == 0) continue;
      ready.fd == listener_ ? Accept() : PassOn(ready.fd);
    }
  }
}

void Line::Accept() {
  const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(server_port_);
  if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(server);
    CloseWithReset(client);
    return;
  }
  ends_[client] = {.other = server, .is_client = true};
  ends_[server] = {.other = client, .is_client = false};
}

void Line::PassOn(int socket) {
  const auto found = ends_.find(socket);
  if (found == ends_.end()) return;  // gone with its other end
  const auto [other, is_client] = found->second;
  char bytes[65536];
  const ssize_t count = recv(socket, bytes, sizeof(bytes), 0);
  if (count <= 0) {
    for (const int end : {socket, other}) {
      ends_.erase(end);
      close(end);
    }
    return;
  }
  for (ssize_t sent = 0; sent < count;) {
    const ssize_t more = send(other, bytes + sent, count - sent, MSG_NOSIGNAL);
    if (more <= 0) return;
    sent += more;
  }
  if (!is_client) return;
  MutexLock lock(mutex_);
  sent_ += count;
  changed_.NotifyAll();
}

}  // namespace tunegate::client
