// Channel: the connection to a server, with what every call of ours needs: retries for what is safe
// to repeat, limits on message sizes, quick reconnects.
#ifndef TUNEGATE_CLIENT_CHANNEL_H_
#define TUNEGATE_CLIENT_CHANNEL_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace grpc {
class Channel;
}  // namespace grpc

namespace tunegate::client {

inline constexpr char kDefaultServer[] = "127.0.0.1:50051";

struct ChannelOptions {
  // HOST:PORT, or several IP:PORT with commas between: replicas, over which calls are spread, and
  // of which the living ones are found when some are gone.
  std::string server = kDefaultServer;
  bool tls = false;
  // PEM file of the authorities to trust. Empty: the system's. Implies tls.
  std::string ca_file = "";
  // Sent as `authorization: Bearer ...` with every call by Client. Checked here: it never leaves
  // this machine unencrypted.
  std::string token = "";
};

// Connects when first used. INVALID_ARGUMENT for a server that is no HOST:PORT, for several of
// which one is named otherwise than by its address, for a CA file that cannot be read, and for a
// token that would travel unencrypted.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const ChannelOptions& options);

// True when all of `server` is 127.x.x.x, localhost, [::1] or unix: addresses.
bool IsLoopback(const std::string& server);

}  // namespace tunegate::client

#endif  // TUNEGATE_CLIENT_CHANNEL_H_
