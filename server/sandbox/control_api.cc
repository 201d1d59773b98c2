#include "server/sandbox/control_api.h"

#include <utility>

#include "server/sandbox/api_error.h"

namespace tunegate::sandbox {
namespace {

absl::StatusOr<FaultPlan> ReadPlan(const Request& request) {
  TG_ASSIGN_OR_RETURN(const json::Value body, ParseBody(request));
  return ParseFaultPlan(body);
}

}  // namespace

void AddControlRoutes(const FaultBook& faults, const Statistics& statistics,
                      std::function<void(FaultPlan)> apply, Router& router) {
  router.Add("GET", "/sandbox/faults",
             [&faults](const Request&) { return JsonResponse(faults.Report()); });
  router.Add("POST", "/sandbox/faults", [&faults, apply](const Request& request) {
    absl::StatusOr<FaultPlan> plan = ReadPlan(request);
    if (!plan.ok()) return ErrorResponse(plan.status());
    apply(*std::move(plan));
    return JsonResponse(faults.Report());
  });
  router.Add("GET", "/sandbox/stats",
             [&statistics](const Request&) { return JsonResponse(statistics.Report()); });
}

}  // namespace tunegate::sandbox
