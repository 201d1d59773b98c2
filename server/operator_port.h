// OperatorPort: the operator's HTTP port put together from the configuration: metrics with what has
// to be looked up when they are asked for, health, and webhooks with their secrets.
#ifndef TUNEGATE_SERVER_OPERATOR_PORT_H_
#define TUNEGATE_SERVER_OPERATOR_PORT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "server/metrics/catalogue.h"
#include "server/rpc/callers.h"
#include "server/store/store.h"
#include "tunegate/config/v1/server_config.pb.h"

namespace tunegate {

// Runs from Start to its destruction. Thread-safe.
class OperatorPort {
 public:
  // Not owned; all outlive it.
  struct Sources {
    store::Store* store;
    const rpc::Callers* callers;  // who may read metrics
    const Clock* clock;
    // Sets what the server's own parts know; called with each look at the metrics, must not block.
    std::function<void(metrics::Catalogue&)> refresh;
  };
  // Listens on config.http_listen(). FAILED_PRECONDITION (PORT_IN_USE); INVALID_ARGUMENT for a
  // certificate or a webhook secret that cannot be used, NOT_FOUND for a file that cannot be read.
  static absl::StatusOr<std::unique_ptr<OperatorPort>> Start(const config::v1::ServerConfig& config,
                                                             Sources sources);
  ~OperatorPort();

  // HOST:PORT, with the port that was taken for port 0.
  const std::string& address() const;
  // /healthz says so from now on.
  void Drain();

 private:
  class Impl;
  explicit OperatorPort(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tunegate

#endif  // TUNEGATE_SERVER_OPERATOR_PORT_H_
