// StoreCheck: reads everything that is kept, through the port, and says what is wrong with it: the
// database's own check, records and rows that parse as their kind's, a log without gaps, datasets
// whose bytes are there and are those that were put. In pages: memory stays small, however much is
// kept.
#ifndef TUNEGATE_SERVER_MAINTENANCE_STORE_CHECK_H_
#define TUNEGATE_SERVER_MAINTENANCE_STORE_CHECK_H_

#include "absl/status/statusor.h"
#include "server/store/caretaker.h"
#include "server/store/store.h"
#include "tunegate/v1/admin.pb.h"

namespace tunegate::maintenance {

// Findings are in the answer; an error means that the check could not be made to its end: CANCELLED
// when `stop` said so.
absl::StatusOr<v1::CheckStoreResponse> CheckStore(store::Store& store, store::Caretaker& caretaker,
                                                  const store::StopCheck& stop);

}  // namespace tunegate::maintenance

#endif  // TUNEGATE_SERVER_MAINTENANCE_STORE_CHECK_H_
