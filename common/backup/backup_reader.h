// Reading a backup: every file of it is held against the manifest, and nothing that no backup has
// is passed on. A name is never used as it comes: it must be the very one that is expected, so an
// archive cannot write elsewhere.
#ifndef TUNEGATE_COMMON_BACKUP_BACKUP_READER_H_
#define TUNEGATE_COMMON_BACKUP_BACKUP_READER_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/backup/manifest.h"
#include "common/backup/tar.h"

namespace tunegate::backup {

// Takes database and blobs as they are read. An error ends the reading with that error.
class FileReceiver {
 public:
  virtual ~FileReceiver() = default;
  // kDatabaseName or a BlobName.
  virtual absl::Status Begin(const std::string& name) = 0;
  virtual absl::Status Write(std::string_view bytes) = 0;
  // The file has come to its end, and has the digest it should have.
  virtual absl::Status End() = 0;
};

// Reads the archive to its end. `receiver` may be null: to check it. What was received counts only
// when this returns OK. FAILED_PRECONDITION (BACKUP_DAMAGED) when it is truncated, damaged or no
// backup, BACKUP_TOO_NEW as ParseManifest.
absl::StatusOr<Manifest> ReadBackup(ByteSource source, FileReceiver* receiver);

}  // namespace tunegate::backup

#endif  // TUNEGATE_COMMON_BACKUP_BACKUP_READER_H_
