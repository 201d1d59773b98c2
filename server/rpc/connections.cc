#include "server/rpc/connections.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <grpc/support/time.h>
#include <grpcpp/alarm.h>
#include <grpcpp/server.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <future>
#include <memory>
#include <string_view>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"

// Asks all clients to go, without the rest of a shutdown. gRPC exports it and has no header for it.
namespace grpc_core {
class Server {
 public:
  void SendGoaways();
};
}  // namespace grpc_core

namespace tunegate::rpc {
namespace {

constexpr absl::Duration kLook = absl::Milliseconds(20);

std::vector<int> OpenDescriptors() {
  std::vector<int> descriptors;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(opendir("/proc/self/fd"), &closedir);
  if (folder == nullptr) return descriptors;
  while (const dirent* entry = readdir(folder.get())) {
    const std::string_view name = entry->d_name;
    int descriptor = 0;
    const auto [end, error] = std::from_chars(name.begin(), name.end(), descriptor);
    if (error == std::errc() && end == name.end()) descriptors.push_back(descriptor);
  }
  return descriptors;
}

// The local port of a TCP socket; 0 for everything else.
int PortOf(int descriptor) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) {
    return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  }
  if (address.ss_family == AF_INET6) {
    return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  }
  return 0;
}

bool IsListening(int descriptor) {
  int listening = 0;
  socklen_t size = sizeof(listening);
  return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) == 0 &&
         listening != 0;
}

bool IsConnected(int port) {
  const std::vector<int> all = OpenDescriptors();
  return std::any_of(all.begin(), all.end(),
                     [port](int one) { return PortOf(one) == port && !IsListening(one); });
}

}  // namespace

void StopListening(int port) {
  for (const int descriptor : OpenDescriptors()) {
    if (PortOf(descriptor) != port || !IsListening(descriptor)) continue;
    // gRPC goes on to own the number, which now stands for a socket that nothing ever happens to.
    const int idle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (idle < 0) continue;
    (void)dup3(idle, descriptor, O_CLOEXEC);
    close(idle);
  }
}

void SendGoaways(grpc::Server& server) {
  // What grpc_core::Server::FromC does.
  auto* core = reinterpret_cast<grpc_core::Server*>(server.c_server());
  // gRPC's insides run on gRPC's threads alone; an alarm is what takes us there.
  std::promise<void> sent;
  grpc::Alarm now;
  now.Set(gpr_inf_past(GPR_CLOCK_MONOTONIC), [&](bool) {
    core->SendGoaways();
    sent.set_value();
  });
  sent.get_future().wait();
}

bool AwaitDisconnected(grpc::Server& server, int port, absl::Duration timeout) {
  const absl::Duration end = RealClock().Monotonic() + timeout;
  // The kernel tells nobody that the last connection has gone.
  Mutex mutex;
  CondVar nobody_wakes_us;
  MutexLock lock(mutex);
  while (IsConnected(port)) {
    if (RealClock().Monotonic() >= end) return false;
    SendGoaways(server);
    (void)nobody_wakes_us.WaitFor(lock, kLook, [] { return false; });
  }
  return true;
}

}  // namespace tunegate::rpc
