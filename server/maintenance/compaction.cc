#include "server/maintenance/compaction.h"

#include <algorithm>
#include <vector>

#include "common/errors.h"
#include "server/maintenance/dataset_blobs.h"

namespace tunegate::maintenance {
namespace {

// Bytes are put before the dataset that names them is committed.
constexpr absl::Duration kOrphanAge = absl::Hours(1);

}  // namespace

absl::StatusOr<v1::CompactStoreResponse> CompactStore(store::Store& store,
                                                      store::Caretaker& caretaker,
                                                      const store::Retention& retention,
                                                      const store::StopCheck& stop) {
  v1::CompactStoreResponse response;
  TG_ASSIGN_OR_RETURN(const int64_t before, caretaker.SizeBytes());
  TG_ASSIGN_OR_RETURN(const int64_t events, caretaker.DropOldEvents(retention, stop));
  const auto list =
      [&](const store::ListQuery& query) -> absl::StatusOr<std::vector<store::Record>> {
    if (stop && stop()) return absl::CancelledError("nobody waits for the compaction any more");
    return store.List(query);
  };
  TG_ASSIGN_OR_RETURN(const auto named, NamedBlobs(list));
  TG_ASSIGN_OR_RETURN(const int64_t blobs, caretaker.SweepBlobs(named, kOrphanAge));
  TG_RETURN_IF_ERROR(caretaker.GiveBackSpace(stop));
  TG_ASSIGN_OR_RETURN(const int64_t after, caretaker.SizeBytes());
  response.set_dropped_events(events);
  response.set_dropped_blobs(blobs);
  // What was written meanwhile may be more than what was freed.
  response.set_freed_bytes(std::max<int64_t>(0, before - after));
  return response;
}

}  // namespace tunegate::maintenance
