#include "server/store/postgres/testing/cutting_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace tunegate::store::postgres {
namespace {

constexpr char kSocket[] = "/.s.PGSQL.5432";
// How long a commit is held back that arrives too late: long enough for the client to come again.
constexpr int kLateMilliseconds = 700;
// The protocol's message Sync, which ends what is sent together, and commits it.
constexpr size_t kSyncBytes = 5;

sockaddr_un AddressOf(const std::string& directory) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof(address.sun_path), "%s%s", directory.c_str(), kSocket);
  return address;
}

void SendAll(int to, const std::string& bytes) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t size = send(to, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) return;
    sent += static_cast<size_t>(size);
  }
}

// What can be read now; empty at the end.
std::string ReceiveSome(int from) {
  std::string bytes(65536, '\0');
  const ssize_t size = recv(from, bytes.data(), bytes.size(), 0);
  bytes.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return bytes;
}

bool CanRead(int from, int milliseconds) {
  pollfd socket = {.fd = from, .events = POLLIN, .revents = 0};
  return poll(&socket, 1, milliseconds) > 0;
}

}  // namespace

CuttingProxy::CuttingProxy(std::string directory) : target_(std::move(directory)) {
  char name[] = "/tmp/tgproxy-XXXXXX";
  if (mkdtemp(name) == nullptr) std::abort();
  directory_ = name;
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(directory_);
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener_, 64) != 0) {
    std::abort();
  }
  acceptor_ = std::thread([this] { Accept(); });
}

CuttingProxy::~CuttingProxy() {
  stopping_ = true;
  acceptor_.join();
  // The acceptor was the only one to add any.
  std::vector<std::thread> connections;
  {
    MutexLock lock(mutex_);
    connections.swap(connections_);
  }
  for (std::thread& connection : connections) connection.join();
  close(listener_);
  unlink((directory_ + kSocket).c_str());
  rmdir(directory_.c_str());
}

void CuttingProxy::Accept() {
  while (!stopping_) {
    if (!CanRead(listener_, 20)) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    if (!let_in_) {
      close(client);
      continue;
    }
    MutexLock lock(mutex_);
    connections_.emplace_back([this, client] { Pass(client); });
  }
}

void CuttingProxy::Pass(int client) {
  const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(target_);
  bool open = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  while (open && !stopping_) {
    pollfd sockets[] = {{.fd = client, .events = POLLIN, .revents = 0},
                        {.fd = server, .events = POLLIN, .revents = 0}};
    if (poll(sockets, 2, 20) <= 0) continue;
    if (sockets[1].revents != 0) {
      const std::string bytes = ReceiveSome(server);
      SendAll(client, bytes);
      open = !bytes.empty();
    }
    if (open && sockets[0].revents != 0) open = Forward(client, server, ReceiveSome(client));
  }
  close(client);
  close(server);
}

bool CuttingProxy::Forward(int client, int server, const std::string& bytes) {
  if (bytes.empty()) return false;
  Cut cut = Cut::kNot;
  if (bytes.find(text_.load()) != std::string::npos) cut = cut_.exchange(Cut::kNot);
  if (cut != Cut::kNot) ++cuts_;
  switch (cut) {
    case Cut::kNot:
      SendAll(server, bytes);
      return true;
    case Cut::kBeforeCommit:
      return false;
    case Cut::kHalfSent:
      SendAll(server, bytes.substr(0, bytes.size() - kSyncBytes));
      return true;
    case Cut::kAfterAndAway:
      let_in_ = false;
      [[fallthrough]];
    case Cut::kAfterCommit:
      SendAll(server, bytes);
      while (!stopping_ && !CanRead(server, 20)) {
      }
      return false;
    case Cut::kClientOnly:
      shutdown(client, SHUT_RDWR);
      // Until the database itself ends the session.
      while (!stopping_ && !(CanRead(server, 20) && ReceiveSome(server).empty())) {
      }
      return false;
    case Cut::kCommitTooLate:
      shutdown(client, SHUT_RDWR);
      poll(nullptr, 0, kLateMilliseconds);
      SendAll(server, bytes);
      while (!stopping_ && !CanRead(server, 20)) {
      }
      return false;
  }
  return false;
}

}  // namespace tunegate::store::postgres
