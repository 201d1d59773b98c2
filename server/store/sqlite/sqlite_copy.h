// A copy of an SQLite store, for backups: SQLite's online backup into a file beside the database,
// and links to the blobs that it names.
#ifndef TUNEGATE_SERVER_STORE_SQLITE_SQLITE_COPY_H_
#define TUNEGATE_SERVER_STORE_SQLITE_SQLITE_COPY_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/store/caretaker.h"
#include "server/store/sqlite/data_directory.h"

namespace tunegate::store {

// As Caretaker::Copy, of the store below `data_dir`, which this process has open.
absl::StatusOr<std::unique_ptr<StoreCopy>> CopySqliteStore(const std::string& data_dir,
                                                           const DiskLook& free_bytes,
                                                           const StopCheck& stop);

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_SQLITE_COPY_H_
