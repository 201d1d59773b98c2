// Manifest: the first file of a backup, which says what follows, so that whoever has the archive
// can tell that it is whole. A backup is a tar archive of, in this order:
//
//   manifest.json     this
//   tunegate.db       the database, an SQLite file; its log renews its id when it is first opened
//   blobs/ab/ab12...  the datasets' bytes under their SHA-256, in the order of their names
//
// They lie as in a data directory. Keys are not in it.
#ifndef TUNEGATE_COMMON_BACKUP_MANIFEST_H_
#define TUNEGATE_COMMON_BACKUP_MANIFEST_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace tunegate::backup {

// Raised by a change that programs of before would misread.
inline constexpr int64_t kFormat = 1;
inline constexpr char kManifestName[] = "manifest.json";
inline constexpr char kDatabaseName[] = "tunegate.db";
// Where a blob lies: "blobs/ab/ab12...".
std::string BlobName(std::string_view sha256);

struct Manifest {
  std::string software_version;  // of the server that made it
  int64_t schema_version = 0;    // of the database
  absl::Time create_time;
  int64_t position = 0;  // the log's newest in it
  int64_t database_bytes = 0;
  std::string database_sha256;
  int64_t blob_count = 0;
  int64_t blob_bytes = 0;
  std::string blobs_sha256;  // of the blobs' own digests in their order, each with a line's end
};

// As JSON, with a digest of its own.
std::string WriteManifest(const Manifest& manifest);

// FAILED_PRECONDITION: BACKUP_TOO_NEW when a newer program wrote it, in a format that this one does
// not know; BACKUP_DAMAGED when it is not what was written.
absl::StatusOr<Manifest> ParseManifest(std::string_view text);

}  // namespace tunegate::backup

#endif  // TUNEGATE_COMMON_BACKUP_MANIFEST_H_
