#include "server/http/operator_routes.h"

#include "absl/strings/str_cat.h"
#include "server/metrics/catalogue.h"
#include "server/metrics/exposition.h"

namespace tunegate::http {
namespace {

using webhooks::Outcome;

constexpr std::string_view kHealth = "/healthz";
constexpr std::string_view kMetrics = "/metrics";
constexpr std::string_view kWebhooks = "/webhooks/";

// The route's name for metrics; empty where there is none.
std::string_view RouteOf(const Request& request) {
  if (request.path == kHealth) return kHealth;
  if (request.path == kMetrics) return kMetrics;
  if (request.path.starts_with(kWebhooks)) return "/webhooks";
  return "";
}

Response WrongMethod(std::string_view allowed) {
  Response response = TextResponse(405, absl::StrCat("expected ", std::string(allowed)));
  response.headers.emplace_back("Allow", std::string(allowed));
  return response;
}

bool IsRead(const Request& request) { return request.method == "GET" || request.method == "HEAD"; }

// 200 tells the sender to be content; 4xx that it or its configuration is wrong; 503 to try again.
int StatusOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kWoken:
    case Outcome::kUnknown:
    case Outcome::kIgnored:
    case Outcome::kRepeated:
      return 200;
    case Outcome::kReplayed:
      return 409;
    case Outcome::kForged:
      return 401;
    case Outcome::kTooOld:
    case Outcome::kMalformed:
      return 400;
    case Outcome::kNoSecret:
      return 404;
    case Outcome::kFailed:
      return 503;
  }
  return 503;
}

Response Counted(std::string_view route, Response response) {
  metrics::TheCatalogue().http_requests.Of({route, std::to_string(response.status)}).Add();
  return response;
}

}  // namespace

std::optional<Response> OperatorRoutes::Quick(const Request& request) const {
  const std::string_view route = RouteOf(request);
  if (route.empty()) {
    return Counted("other", TextResponse(404,
                                         "expected GET /healthz, GET /metrics or POST "
                                         "/webhooks/PROVIDER"));
  }
  if (route == "/webhooks") {
    if (request.method == "POST") return std::nullopt;
    return Counted(route, WrongMethod("POST"));
  }
  if (!IsRead(request)) return Counted(route, WrongMethod("GET, HEAD"));
  if (route == kMetrics) return std::nullopt;
  if (draining_.load()) return Counted(route, TextResponse(503, "draining"));
  return Counted(route, TextResponse(200, "ok"));
}

Response OperatorRoutes::Handle(const Request& request) const {
  const std::string_view route = RouteOf(request);
  return Counted(route, route == kMetrics ? Metrics(request) : Webhook(request));
}

Response OperatorRoutes::Metrics(const Request& request) const {
  const std::string_view header = request.Header("authorization");
  const absl::Status allowed =
      sources_.authorize(header.empty() ? std::nullopt : std::optional(header));
  if (!allowed.ok()) {
    Response refusal =
        TextResponse(401, std::string_view(allowed.message().data(), allowed.message().size()));
    refusal.headers.emplace_back("WWW-Authenticate", "Bearer");
    return refusal;
  }
  Response response;
  response.content_type = metrics::kExpositionType;
  response.body = sources_.metrics();
  return response;
}

Response OperatorRoutes::Webhook(const Request& request) const {
  webhooks::Delivery delivery;
  delivery.provider = std::string_view(request.path).substr(kWebhooks.size());
  delivery.content.id = request.Header("webhook-id");
  delivery.content.timestamp = request.Header("webhook-timestamp");
  delivery.content.signatures = request.Header("webhook-signature");
  delivery.content.body = request.body;
  const webhooks::Receipt receipt = sources_.receiver->Take(delivery);
  return TextResponse(StatusOf(receipt.outcome), receipt.message);
}

}  // namespace tunegate::http
