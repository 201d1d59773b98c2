// Cursor pages as OpenAI's list endpoints give them: limit, after, order.
#ifndef TUNEGATE_SERVER_SANDBOX_LISTING_H_
#define TUNEGATE_SERVER_SANDBOX_LISTING_H_

#include <vector>

#include "absl/status/statusor.h"
#include "common/json.h"
#include "server/sandbox/http/message.h"

namespace tunegate::sandbox {

struct PageLimits {
  int default_limit;
  int max_limit;
};

// {"object": "list", data, first_id, last_id, has_more} of `newest_first`, of which each has an
// "id". 400 for a limit out of range, an order that is neither asc nor desc, or an `after` that
// names none.
absl::StatusOr<json::Value> ListPage(std::vector<json::Value> newest_first, const Request& request,
                                     PageLimits limits);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_LISTING_H_
