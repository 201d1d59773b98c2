// Session: all that a command may touch, injected, so that a test owns it: streams, terminal,
// clock, environment, interrupt, and the client, which connects when it is first asked for.
#ifndef TUNEGATE_CLIENT_CLI_SESSION_H_
#define TUNEGATE_CLIENT_CLI_SESSION_H_

#include <istream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cli/terminal.h"
#include "client/watch.h"

namespace google::protobuf {
class Message;
}  // namespace google::protobuf

namespace tunegate {
class Clock;
}  // namespace tunegate

namespace tunegate::client {
class Client;
class Interrupt;
}  // namespace tunegate::client

namespace tunegate::cli {

// The program's surroundings.
struct World {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  Terminal terminal;  // what `out` is
  Environment environment;
  const Clock& clock;
  client::Interrupt& interrupt;
  client::WatchOptions watch;  // how a lost watch comes back
};

// Options that every verb takes.
struct GlobalOptions {
  std::string server;  // empty: TUNEGATE_SERVER, otherwise the default
  bool tls = false;
  std::string ca_file;
  bool json = false;                      // --output json
  std::optional<double> timeout_seconds;  // in place of each call's own deadline
};

// Not thread-safe.
class Session {
 public:
  // `world` must live longer.
  Session(World& world, GlobalOptions options);
  ~Session();

  std::istream& in() { return world_.in; }
  std::ostream& out() { return world_.out; }
  std::ostream& err() { return world_.err; }
  const Terminal& terminal() const { return world_.terminal; }
  const Clock& clock() const { return world_.clock; }
  client::Interrupt& interrupt() { return world_.interrupt; }
  const client::WatchOptions& watch_options() const { return world_.watch; }
  bool json() const { return options_.json; }
  // Where it connects to.
  const std::string& server() const { return server_; }

  // The same client at every call. Errors of MakeChannel.
  absl::StatusOr<client::Client*> Connect();

  // One protobuf-JSON object on one line of `out`.
  void PrintJson(const google::protobuf::Message& message);

 private:
  World& world_;
  const GlobalOptions options_;
  const std::string server_;
  std::unique_ptr<client::Client> client_;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_SESSION_H_
