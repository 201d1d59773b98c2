#include "server/sandbox/front.h"

#include <algorithm>

#include "common/digest.h"
#include "server/sandbox/api_error.h"
#include "server/sandbox/faults/fault_effects.h"

namespace tunegate::sandbox {
namespace {

constexpr size_t kHeavyBody = 64 << 10;
constexpr std::string_view kChatRoute = "POST /chat/completions";
constexpr std::string_view kControlPrefix = "/sandbox/";

bool IsControl(const Request& request) {
  return request.path.compare(0, kControlPrefix.size(), kControlPrefix) == 0;
}

Response NoSuchRoute(const Request& request, const Router::Match& match) {
  if (match.allowed_methods.empty()) {
    return ErrorResponse(404, "invalid_request_error", "unknown_url", "",
                         "Unknown request URL: " + request.method + " " + request.path +
                             ". Please check the URL for typos.");
  }
  Response response = ErrorResponse(405, "invalid_request_error", "method_not_supported", "",
                                    "Not allowed to " + request.method + " on " + request.path +
                                        ". Allowed: " + match.allowed_methods + ".");
  response.SetHeader("Allow", match.allowed_methods);
  return response;
}

// The start and the end of a key, as the service shows it.
std::string Masked(std::string_view key) {
  if (key.size() <= 8) return std::string(key.size(), '*');
  return std::string(key.substr(0, 4)) + "****" + std::string(key.substr(key.size() - 4));
}

}  // namespace

Front::Front(const Router& router, FaultBook& faults, Statistics& statistics, const Clock& clock,
             Options options)
    : router_(router),
      faults_(faults),
      statistics_(statistics),
      clock_(clock),
      options_(std::move(options)),
      request_id_prefix_("req_" + RandomHex(8)) {}

bool Front::IsHeavy(const Request& request) const {
  if (request.body.size() > kHeavyBody) return true;
  const Router::Match match = router_.Find(request.method, StripApiPrefix(request.path));
  return match.route != nullptr && match.route->weight == Weight::kHeavy;
}

absl::Status Front::Authenticate(const Request& request) const {
  std::string_view key = request.Header("Authorization");
  constexpr std::string_view kBearer = "Bearer ";
  if (key.substr(0, kBearer.size()) == kBearer) {
    key.remove_prefix(kBearer.size());
  } else {
    key = request.Header("api-key");  // Azure's
  }
  if (key.empty()) {
    return Unauthenticated("",
                           "You didn't provide an API key. You need to provide your API key in "
                           "an Authorization header using Bearer auth (i.e. Authorization: "
                           "Bearer YOUR_KEY).");
  }
  if (!options_.api_key.empty() && key != options_.api_key) {
    return Unauthenticated("invalid_api_key", "Incorrect API key provided: " + Masked(key) +
                                                  ". Give the sandbox's --api_key.");
  }
  return absl::OkStatus();
}

Response Front::Answer(Request& request, const Router::Match& match, Effects& effects) {
  if (match.route == nullptr) return NoSuchRoute(request, match);
  if (IsControl(request)) return match.route->handler(request);
  if (absl::Status status = Authenticate(request); !status.ok()) return ErrorResponse(status);
  effects = faults_.Meet(match.route->name);
  for (const auto& effect : effects) {
    if (std::optional<Response> answer = AnswerInstead(*effect)) return *std::move(answer);
    ApplyToRequest(*effect, request);
  }
  return match.route->handler(request);
}

Response Front::Handle(Request& request) {
  const absl::Duration begin = clock_.Monotonic();
  request.path = std::string(StripApiPrefix(request.path));
  Router::Match match = router_.Find(request.method, request.path);
  request.captures = std::move(match.captures);
  Effects effects;
  Response response = Answer(request, match, effects);
  const absl::Duration took = clock_.Monotonic() - begin;
  absl::Duration shown = took;
  if (match.route != nullptr && match.route->name == kChatRoute) {
    const absl::Duration latency = absl::Nanoseconds(chat_latency_nanoseconds_.load());
    response.delivery.delay += std::max(absl::ZeroDuration(), latency - took);
    shown = std::max(took, latency);
  }
  for (const auto& effect : effects) {
    ApplyToResponse(*effect, absl::ToUnixSeconds(clock_.Now()), response);
  }
  response.SetHeader("x-request-id", request_id_prefix_ + std::to_string(++request_count_));
  response.SetHeader("openai-processing-ms", std::to_string(absl::ToInt64Milliseconds(shown)));
  response.SetHeader("openai-version", "2020-10-01");
  // Whoever must not take us for a language model can tell.
  response.SetHeader("x-tunegate-sandbox", "1");
  statistics_.Count(match.route == nullptr ? "" : match.route->name,
                    response.delivery.reset ? 0 : response.status, !effects.empty());
  return response;
}

}  // namespace tunegate::sandbox
