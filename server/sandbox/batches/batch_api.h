// /batches: create, list, read, cancel.
#ifndef TUNEGATE_SERVER_SANDBOX_BATCHES_BATCH_API_H_
#define TUNEGATE_SERVER_SANDBOX_BATCHES_BATCH_API_H_

#include "server/sandbox/batches/batch_engine.h"
#include "server/sandbox/http/router.h"

namespace tunegate::sandbox {

// `engine` must outlive the router.
void AddBatchRoutes(BatchEngine& engine, Router& router);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_BATCHES_BATCH_API_H_
