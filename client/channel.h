// Channel: the connection to a server, with what every call of ours needs: retries for what is safe
// to repeat, limits on message sizes, quick reconnects, and an eye on whether the peer still lives.
#ifndef TUNEGATE_CLIENT_CHANNEL_H_
#define TUNEGATE_CLIENT_CHANNEL_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

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
  // A connection whose peer vanished without a word is closed, and its calls end UNAVAILABLE: while
  // calls wait, and nothing came for `keepalive`, the peer is asked for a sign of life, and has
  // `keepalive_timeout` for it. tunegated lets itself be asked every ten seconds; less, and it
  // closes the connection. gRPC asks once a second at most.
  absl::Duration keepalive = absl::Seconds(30);
  absl::Duration keepalive_timeout = absl::Seconds(10);
};

// Connects when first used. INVALID_ARGUMENT for a server that is no HOST:PORT, for several of
// which one is named otherwise than by its address, for a CA file that cannot be read, and for a
// token that would travel unencrypted.
absl::StatusOr<std::shared_ptr<grpc::Channel>> MakeChannel(const ChannelOptions& options);

// True when all of `server` is 127.x.x.x, localhost, [::1] or unix: addresses.
bool IsLoopback(const std::string& server);

}  // namespace tunegate::client

#endif  // TUNEGATE_CLIENT_CHANNEL_H_
