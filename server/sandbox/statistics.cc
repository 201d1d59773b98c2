#include "server/sandbox/statistics.h"

namespace tunegate::sandbox {

void Statistics::Count(std::string_view route, int status, bool fault) {
  if (route.empty()) route = "unknown";
  MutexLock lock(mutex_);
  auto found = routes_.find(route);
  if (found == routes_.end()) found = routes_.emplace(std::string(route), Counters()).first;
  Counters& counters = found->second;
  ++counters.requests;
  counters.faults += fault ? 1 : 0;
  ++counters.statuses[status];
}

json::Value Statistics::Report() const {
  MutexLock lock(mutex_);
  int64_t requests = 0;
  json::Value routes = json::Object();
  for (const auto& [route, counters] : routes_) {
    json::Value statuses = json::Object();
    for (const auto& [status, count] : counters.statuses) {
      statuses.Set(status == 0 ? "reset" : std::to_string(status), count);
    }
    routes.Set(route, json::Object({{"requests", counters.requests},
                                    {"faults", counters.faults},
                                    {"statuses", std::move(statuses)}}));
    requests += counters.requests;
  }
  return json::Object({{"requests", requests}, {"routes", std::move(routes)}});
}

}  // namespace tunegate::sandbox
