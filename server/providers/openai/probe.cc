#include "server/providers/openai/probe.h"

#include <future>
#include <memory>
#include <string>
#include <utility>

#include "common/errors.h"
#include "server/providers/openai/event_loop.h"
#include "server/providers/openai/exchange.h"
#include "server/providers/openai/failure_reporter.h"
#include "server/providers/openai/http_transport.h"

namespace tunegate::providers::openai {
namespace {

TransferSettings::Options TransferOptions(const OpenAiConfig& config, const Endpoint& endpoint) {
  TransferSettings::Options options;
  options.headers = endpoint.headers;
  options.ca_file = config.ca_file;
  options.connect_timeout = config.connect_timeout;
  options.tls = endpoint.tls;
  options.bypass_proxy = endpoint.loopback;
  return options;
}

// One request on a loop of its own.
ExchangeResult Get(const OpenAiConfig& config, const Endpoint& endpoint, const Clock& clock,
                   std::string url, absl::Duration timeout) {
  ExchangeResult failed;
  auto loop = EventLoop::Create();
  if (!loop.ok()) {
    failed.status = loop.status();
    return failed;
  }
  const FailureReporter reporter(config.name, endpoint.secrets);
  HttpTransport transport(loop->get(), TransferOptions(config, endpoint), 1);
  Exchanges exchanges(loop->get(), &transport, &reporter, &clock, config.retry, 0);
  auto request = std::make_shared<HttpRequest>();
  request->url = std::move(url);
  ExchangePlan plan;
  plan.request = std::move(request);
  plan.attempt_timeout = timeout;
  std::promise<ExchangeResult> result;
  exchanges.Call(std::move(plan),
                 [&result](ExchangeResult got) { result.set_value(std::move(got)); });
  ExchangeResult got = result.get_future().get();
  (*loop)->Post([&] {
    exchanges.ShutDown();
    transport.ShutDown();
  });
  (*loop)->Stop();
  return got;
}

// The clock there against the middle of the time that we waited.
std::optional<absl::Duration> ClockAhead(const HttpResponse& response, absl::Time begin,
                                         absl::Time end) {
  const std::string text(response.headers.Get("date"));
  absl::Time there;
  std::string error;
  if (!absl::ParseTime("%a, %d %b %Y %H:%M:%S GMT", text, &there, &error)) return std::nullopt;
  // The header has whole seconds: on average half of one has passed.
  return there + absl::Milliseconds(500) - (begin + (end - begin) / 2);
}

// A server that has no such list, as opposed to one that refuses us.
bool HasNoSuchList(const ExchangeResult& result) {
  const int status = result.response.status;
  return status == 403 || status == 404 || status == 405 || status == 501;
}

}  // namespace

ProbeResult Probe(const OpenAiConfig& config, const Clock& clock, absl::Duration timeout) {
  ProbeResult result;
  const absl::StatusOr<Endpoint> endpoint = ResolveEndpoint(config);
  if (!endpoint.ok()) {
    result.status = endpoint.status();
    return result;
  }
  const absl::Time begin = clock.Now();
  ExchangeResult got = Get(config, *endpoint, clock, endpoint->Url("/models"), timeout);
  const absl::Time end = clock.Now();
  result.answered = got.response.status != 0;
  result.sandbox = !got.response.headers.Get(kSandboxHeader).empty();
  if (result.answered) result.clock_ahead = ClockAhead(got.response, begin, end);
  result.status = got.status;
  if (!got.status.ok() && HasNoSuchList(got)) {
    const std::string files = endpoint->Url("/files", {{"limit", "1"}});
    const absl::Status second = Get(config, *endpoint, clock, files, timeout).status;
    if (second.ok()) result.status = second;
  }
  return result;
}

}  // namespace tunegate::providers::openai
