#include "server/sandbox/model_api.h"

#include "server/sandbox/api_error.h"

namespace tunegate::sandbox {

void AddModelRoutes(ModelStore& models, Router& router) {
  router.Add("GET", "/models", [&models](const Request&) {
    return JsonResponse(json::Object({{"object", "list"}, {"data", json::Array(models.List())}}));
  });
  router.Add("GET", "/models/{model}", [&models](const Request& request) {
    return JsonOrError(models.Get(request.captures[0]));
  });
  router.Add("DELETE", "/models/{model}", [&models](const Request& request) {
    const std::string& name = request.captures[0];
    if (absl::Status deleted = models.Delete(name); !deleted.ok()) return ErrorResponse(deleted);
    return JsonResponse(json::Object({{"id", name}, {"object", "model"}, {"deleted", true}}));
  });
}

}  // namespace tunegate::sandbox
