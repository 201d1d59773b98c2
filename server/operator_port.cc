#include "server/operator_port.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/version.h"
#include "common/worker_pool.h"
#include "server/config.h"
#include "server/http/listener.h"
#include "server/http/operator_routes.h"
#include "server/metrics/exposition.h"
#include "server/metrics/process.h"
#include "server/webhooks/receiver.h"
#include "server/webhooks/signature.h"

namespace tunegate {
namespace {

using config::v1::ServerConfig;
using Secrets = std::map<std::string, webhooks::Secret, std::less<>>;

absl::StatusOr<Secrets> ReadSecrets(const ServerConfig& config) {
  Secrets secrets;
  for (const auto& provider : config.providers()) {
    const std::string& file = provider.webhook_secret_file();
    if (file.empty()) continue;
    TG_ASSIGN_OR_RETURN(const std::string text,
                        ReadFile(file, absl::StrCat(provider.name(), "'s webhook secret")));
    absl::StatusOr<webhooks::Secret> secret = webhooks::Secret::Parse(text);
    if (!secret.ok()) {
      return InvalidArgument("CONFIG_INVALID",
                             absl::StrCat("configuration: providers.webhook_secret_file: ", file,
                                          ": ", secret.status().message()))
          .Field("providers.webhook_secret_file", "holds no webhook secret");
    }
    secrets.emplace(provider.name(), *std::move(secret));
  }
  return secrets;
}

absl::StatusOr<http::ListenerOptions> OptionsOf(const ServerConfig& config) {
  http::ListenerOptions options;
  SplitAddress(config.http_listen(), &options.host, &options.port);
  if (config.has_tls()) {
    TG_ASSIGN_OR_RETURN(options.certificate_chain,
                        ReadFile(config.tls().certificate_file(), "the TLS certificate"));
    TG_ASSIGN_OR_RETURN(options.private_key, ReadFile(config.tls().key_file(), "the TLS key"));
  }
  return options;
}

}  // namespace

// Members in the order of dependency: destroyed from the last to the first.
class OperatorPort::Impl {
 public:
  Impl(Sources sources, Secrets secrets)
      : sources_(std::move(sources)),
        receiver_(sources_.store, sources_.clock, std::move(secrets)),
        routes_({[this] { return Metrics(); },
                 [this](std::optional<std::string_view> authorization) {
                   return sources_.callers->Identify(authorization).status();
                 },
                 &receiver_}),
        sampler_(/*threads=*/1, /*max_queued=*/1) {
    metrics_.build_info.Of({kVersion}).Set(1);
    SampleStore();
  }

  absl::Status Start(const http::ListenerOptions& options) {
    TG_ASSIGN_OR_RETURN(
        listener_,
        http::Listener::Start(
            options, {[this](const http::Request& request) { return routes_.Quick(request); },
                      [this](const http::Request& request) { return routes_.Handle(request); }}));
    const bool ipv6 = options.host.find(':') != std::string::npos;
    address_ = absl::StrCat(ipv6 ? "[" : "", options.host, ipv6 ? "]:" : ":", listener_->port());
    return absl::OkStatus();
  }

  const std::string& address() const { return address_; }
  void Drain() { routes_.Drain(); }

 private:
  std::string Metrics() {
    SampleStore();
    sources_.refresh(metrics_);
    metrics::ReadProcess(metrics_);
    return metrics::Exposition(metrics_.registry.Collect());
  }

  // A store that hangs is when metrics are wanted most: it is asked beside them, and its figures
  // are the last ones that it gave.
  void SampleStore() {
    if (sampling_.exchange(true)) return;
    const bool accepted = sampler_.Submit([this] {
      const auto inspection = sources_.store->Inspect(/*look_for_damage=*/false);
      if (inspection.ok()) {
        metrics_.store_bytes.Set(static_cast<double>(inspection->size_bytes));
        metrics_.store_damaged.Set(inspection->damage.empty() ? 0 : 1);
      }
      if (const auto next = sources_.store->NextDue(); next.ok()) {
        const absl::Duration late = -next->value_or(absl::ZeroDuration());
        metrics_.oldest_due.Set(std::max(0.0, absl::ToDoubleSeconds(late)));
      }
      sampling_ = false;
    });
    if (!accepted) sampling_ = false;
  }

  metrics::Catalogue& metrics_ = metrics::TheCatalogue();
  const Sources sources_;
  webhooks::Receiver receiver_;
  http::OperatorRoutes routes_;
  std::atomic<bool> sampling_{false};
  WorkerPool sampler_;
  std::unique_ptr<http::Listener> listener_;
  std::string address_;
};

OperatorPort::OperatorPort(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
OperatorPort::~OperatorPort() = default;

absl::StatusOr<std::unique_ptr<OperatorPort>> OperatorPort::Start(const ServerConfig& config,
                                                                  Sources sources) {
  TG_ASSIGN_OR_RETURN(Secrets secrets, ReadSecrets(config));
  TG_ASSIGN_OR_RETURN(const http::ListenerOptions options, OptionsOf(config));
  auto impl = std::make_unique<Impl>(std::move(sources), std::move(secrets));
  TG_RETURN_IF_ERROR(impl->Start(options));
  return std::unique_ptr<OperatorPort>(new OperatorPort(std::move(impl)));
}

const std::string& OperatorPort::address() const { return impl_->address(); }
void OperatorPort::Drain() { impl_->Drain(); }

}  // namespace tunegate
