// The store on SQLite: for one server on one machine, nothing else to install. Below the data
// directory: tunegate.db (with its -wal and -shm), blobs/ and LOCK; backup.part/ while a backup is
// made.
#ifndef TUNEGATE_SERVER_STORE_SQLITE_SQLITE_STORE_H_
#define TUNEGATE_SERVER_STORE_SQLITE_SQLITE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "server/store/sqlite/data_directory.h"
#include "server/store/sqlite/database.h"
#include "server/store/store.h"

namespace tunegate::store {

struct SqliteOptions {
  std::string data_dir;
  // The clock of create times, leases and due times. Outlives the store.
  const Clock* clock = &RealClock();
  // What an acknowledged commit survives.
  Synchronous synchronous = Synchronous::kFull;
  // How many reads run at the same time; further ones wait.
  int read_connections = 4;
  // Of records that are kept in memory, about: some thousands, which is what clients ask for again.
  size_t record_cache_bytes = 8 << 20;
  // Databases up to this size are checked page by page when they are opened, larger ones once they
  // are open, beside all else.
  int64_t full_check_max_bytes = 64 << 20;
  // Asked before a copy is made.
  DiskLook free_bytes = &FreeBytes;
};

// Opens, or makes, the store below `options.data_dir`, brings its schema up to date and looks for
// damage. Beside the codes of Store: FAILED_PRECONDITION, as DATA_DIR_IN_USE (names the process),
// DATA_DIR_UNUSABLE (says what to do) or SCHEMA_TOO_NEW.
absl::StatusOr<std::unique_ptr<Store>> OpenSqliteStore(const SqliteOptions& options);

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_SQLITE_STORE_H_
