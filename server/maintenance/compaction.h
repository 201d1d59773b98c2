// Compaction: what CompactStore does, now instead of by and by.
#ifndef TUNEGATE_SERVER_MAINTENANCE_COMPACTION_H_
#define TUNEGATE_SERVER_MAINTENANCE_COMPACTION_H_

#include "absl/status/statusor.h"
#include "server/store/caretaker.h"
#include "server/store/store.h"
#include "tunegate/v1/admin.pb.h"

namespace tunegate::maintenance {

// Applies the retention, drops bytes that no dataset names for an hour, and gives freed space back
// to the disk. INTERNAL (STORE_CORRUPT) when a dataset cannot be read: then no bytes are dropped.
// CANCELLED when `stop` said so: what was done until then stays done, and the next one goes on.
absl::StatusOr<v1::CompactStoreResponse> CompactStore(store::Store& store,
                                                      store::Caretaker& caretaker,
                                                      const store::Retention& retention,
                                                      const store::StopCheck& stop);

}  // namespace tunegate::maintenance

#endif  // TUNEGATE_SERVER_MAINTENANCE_COMPACTION_H_
