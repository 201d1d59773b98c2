// Which bytes datasets name, in a store or in a copy of one.
#ifndef TUNEGATE_SERVER_MAINTENANCE_DATASET_BLOBS_H_
#define TUNEGATE_SERVER_MAINTENANCE_DATASET_BLOBS_H_

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/store.h"

namespace tunegate::maintenance {

// Store::List, or StoreCopy's.
using ListRecords =
    std::function<absl::StatusOr<std::vector<store::Record>>(const store::ListQuery& query)>;

// Hands each record of a kind to `look`, oldest first, in pages; ends with the first error.
absl::Status ForEachRecord(const ListRecords& list, const std::string& kind,
                           const std::function<absl::Status(const store::Record&)>& look);

// The digest of the bytes that must be there for a dataset; empty: none, or the record cannot be
// parsed.
std::string BlobOf(const store::Record& dataset);

// The digests of all bytes that must be there.
absl::StatusOr<std::set<std::string>> NeededBlobs(const ListRecords& list);

// The same, for whoever erases all others: INTERNAL (STORE_CORRUPT) when a record cannot be parsed,
// which may need any.
absl::StatusOr<std::set<std::string>> NamedBlobs(const ListRecords& list);

}  // namespace tunegate::maintenance

#endif  // TUNEGATE_SERVER_MAINTENANCE_DATASET_BLOBS_H_
