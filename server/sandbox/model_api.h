// /models: list, read, delete.
#ifndef TUNEGATE_SERVER_SANDBOX_MODEL_API_H_
#define TUNEGATE_SERVER_SANDBOX_MODEL_API_H_

#include "server/sandbox/http/router.h"
#include "server/sandbox/models.h"

namespace tunegate::sandbox {

// `models` must outlive the router.
void AddModelRoutes(ModelStore& models, Router& router);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_MODEL_API_H_
