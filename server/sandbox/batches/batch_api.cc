#include "server/sandbox/batches/batch_api.h"

#include "server/sandbox/api_error.h"
#include "server/sandbox/listing.h"

namespace tunegate::sandbox {
namespace {

constexpr PageLimits kBatchPages = {20, 100};

absl::StatusOr<json::Value> CreateBatch(BatchEngine& engine, const Request& request) {
  TG_ASSIGN_OR_RETURN(const json::Value body, ParseBody(request));
  return engine.Create(body, BatchFault::FromJson(request.batch_fault));
}

}  // namespace

void AddBatchRoutes(BatchEngine& engine, Router& router) {
  router.Add("POST", "/batches", [&engine](const Request& request) {
    return JsonOrError(CreateBatch(engine, request));
  });
  router.Add("GET", "/batches", [&engine](const Request& request) {
    return JsonOrError(ListPage(engine.NewestFirst(), request, kBatchPages));
  });
  router.Add("GET", "/batches/{batch_id}", [&engine](const Request& request) {
    return JsonOrError(engine.Get(request.captures[0]));
  });
  router.Add("POST", "/batches/{batch_id}/cancel", [&engine](const Request& request) {
    return JsonOrError(engine.Cancel(request.captures[0]));
  });
}

}  // namespace tunegate::sandbox
