// Unpacking a backup into a data directory, which appears whole and on disk or not at all.
#ifndef TUNEGATE_COMMON_BACKUP_UNPACK_H_
#define TUNEGATE_COMMON_BACKUP_UNPACK_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/backup/manifest.h"
#include "common/backup/tar.h"

namespace tunegate::backup {

// Makes `directory` (its parent must be there) of the backup that `source` gives. It is made beside
// it, as "DIRECTORY.part", and renamed when everything is checked and synced; after an error
// nothing of it stays. FAILED_PRECONDITION: DATA_DIR_NOT_EMPTY; RESTORE_UNDER_WAY when there is a
// DIRECTORY.part, which a restore that was killed leaves; FILE_UNUSABLE with what the system says;
// and ReadBackup's.
absl::StatusOr<Manifest> UnpackBackup(ByteSource source, const std::string& directory);

}  // namespace tunegate::backup

#endif  // TUNEGATE_COMMON_BACKUP_UNPACK_H_
