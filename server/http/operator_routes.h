// OperatorRoutes: what the operator's HTTP port answers.
//
//   GET  /healthz              200 while the server serves, 503 while it drains; asks nothing
//   GET  /metrics              Prometheus' text format; where callers are configured, theirs alone
//   POST /webhooks/{provider}  a provider's signed event
#ifndef TUNEGATE_SERVER_HTTP_OPERATOR_ROUTES_H_
#define TUNEGATE_SERVER_HTTP_OPERATOR_ROUTES_H_

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "server/http/message.h"
#include "server/webhooks/receiver.h"

namespace tunegate::http {

// Thread-safe.
class OperatorRoutes {
 public:
  struct Sources {
    // The whole exposition; may block.
    std::function<std::string()> metrics;
    // OK when this `authorization` header may read them.
    std::function<absl::Status(std::optional<std::string_view> authorization)> authorize;
    webhooks::Receiver* receiver;  // not owned
  };
  explicit OperatorRoutes(Sources sources) : sources_(std::move(sources)) {}

  // What needs neither store nor time: health, and what no route knows.
  std::optional<Response> Quick(const Request& request) const;
  // The rest.
  Response Handle(const Request& request) const;

  // From now on /healthz says that the server drains.
  void Drain() { draining_.store(true); }

 private:
  Response Metrics(const Request& request) const;
  Response Webhook(const Request& request) const;

  const Sources sources_;
  std::atomic<bool> draining_{false};
};

}  // namespace tunegate::http

#endif  // TUNEGATE_SERVER_HTTP_OPERATOR_ROUTES_H_
