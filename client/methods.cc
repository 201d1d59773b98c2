#include "client/methods.h"

#include "common/json.h"

namespace tunegate::client {
namespace {

constexpr Method kMethods[] = {
#define TUNEGATE_ENTRY(service, method, repeat, seconds) MethodOf<v1::method##Request>::kMethod,
    TUNEGATE_UNARY_METHODS(TUNEGATE_ENTRY)
#undef TUNEGATE_ENTRY
};

}  // namespace

std::string Method::Path() const {
  return std::string("/").append(service).append("/").append(name);
}

std::span<const Method> UnaryMethods() { return kMethods; }

std::string ServiceConfig() {
  json::Value names = json::Array();
  for (const Method& method : kMethods) {
    if (method.repeat != Repeat::kSafe) continue;
    names.Append(json::Object({{"service", method.service}, {"method", method.name}}));
  }
  json::Value retry = json::Object({{"maxAttempts", 4},
                                    {"initialBackoff", "0.3s"},
                                    {"maxBackoff", "2s"},
                                    {"backoffMultiplier", 2},
                                    {"retryableStatusCodes", json::Array({"UNAVAILABLE"})}});
  json::Value rule = json::Object({{"name", names}, {"retryPolicy", retry}});
  return json::WritePretty(json::Object(
      {{"loadBalancingConfig", json::Array({json::Object({{"round_robin", json::Object()}})})},
       {"methodConfig", json::Array({rule})}}));
}

}  // namespace tunegate::client
