// Server: everything put together. server.cc is the only file that names concrete adapters.
#ifndef TUNEGATE_SERVER_SERVER_H_
#define TUNEGATE_SERVER_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "tunegate/config/v1/server_config.pb.h"

namespace tunegate::store {
class Store;
}  // namespace tunegate::store

namespace tunegate::providers {
class Provider;
}  // namespace tunegate::providers

namespace tunegate {

// What is put between the server and its adapters: tests count, delay and kill there. Empty:
// nothing.
struct PortWrappers {
  std::function<std::unique_ptr<store::Store>(std::unique_ptr<store::Store>)> store;
  std::function<std::shared_ptr<providers::Provider>(std::shared_ptr<providers::Provider>)>
      provider;
};

// Runs from Start to Shutdown. Thread-safe.
class Server {
 public:
  // `config` has its defaults and is checked. FAILED_PRECONDITION (PORT_IN_USE) and what store and
  // providers answer; nothing is left running after an error.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const config::v1::ServerConfig& config,
                                                       const PortWrappers& wrappers = {});
  // As Shutdown with ten seconds, unless that was called.
  ~Server();

  // HOST:PORT, with the port that was taken for port 0.
  const std::string& address() const;
  // The same of the operator's HTTP; empty where it is off.
  std::string http_address() const;

  // Health says NOT_SERVING, no work is claimed any more, watches end with UNAVAILABLE after their
  // last position, clients are sent elsewhere and calls under way are answered. Steps under way
  // end; their calls to providers are broken off before the time is over. What is not done by the
  // deadline is cancelled; what hangs in the store keeps this waiting beyond it. Idempotent.
  void Shutdown(absl::Duration deadline);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tunegate

#endif  // TUNEGATE_SERVER_SERVER_H_
