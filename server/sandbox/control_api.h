// /sandbox: what no provider has. The dials and the counters, for tests; without a key.
#ifndef TUNEGATE_SERVER_SANDBOX_CONTROL_API_H_
#define TUNEGATE_SERVER_SANDBOX_CONTROL_API_H_

#include <functional>

#include "server/sandbox/faults/fault_book.h"
#include "server/sandbox/http/router.h"
#include "server/sandbox/statistics.h"

namespace tunegate::sandbox {

// GET /sandbox/faults, POST /sandbox/faults (a fault document; `apply` puts it in force),
// GET /sandbox/stats. All must outlive the router.
void AddControlRoutes(const FaultBook& faults, const Statistics& statistics,
                      std::function<void(FaultPlan)> apply, Router& router);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_CONTROL_API_H_
