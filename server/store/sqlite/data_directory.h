// DataDirectory: the directory that a server keeps everything in, held by one process at a time.
#ifndef TUNEGATE_SERVER_STORE_SQLITE_DATA_DIRECTORY_H_
#define TUNEGATE_SERVER_STORE_SQLITE_DATA_DIRECTORY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tunegate::store {

// UNAVAILABLE (STORE_UNAVAILABLE) for an operation on files that failed with `error` (an errno);
// names `path` and the remedy. `doing` completes "cannot ...".
absl::Status FileStatus(int error, const std::string& path, const std::string& doing);

// Syncs a directory, so that names that were made or removed in it last.
absl::Status SyncDirectory(const std::string& path);

// How many bytes may still be written on a directory's disk.
using DiskLook = std::function<absl::StatusOr<int64_t>(const std::string& directory)>;
// The file system's word on it. UNAVAILABLE (STORE_UNAVAILABLE).
absl::StatusOr<int64_t> FreeBytes(const std::string& directory);

// Holds the lock for as long as it lives; the kernel lets go of it when the process dies.
class DataDirectory {
 public:
  // Makes `path` (and its parents) when it is not there, and locks it. FAILED_PRECONDITION:
  // DATA_DIR_IN_USE with the holder's process id, DATA_DIR_UNUSABLE with what to do.
  static absl::StatusOr<std::unique_ptr<DataDirectory>> Open(const std::string& path);
  ~DataDirectory();
  DataDirectory(const DataDirectory&) = delete;
  DataDirectory& operator=(const DataDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  DataDirectory(std::string path, int lock) : path_(std::move(path)), lock_(lock) {}

  const std::string path_;
  const int lock_;  // descriptor of the file LOCK
};

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_DATA_DIRECTORY_H_
