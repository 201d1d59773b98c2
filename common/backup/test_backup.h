// Backups for tests, made as the server makes them.
#ifndef TUNEGATE_COMMON_BACKUP_TEST_BACKUP_H_
#define TUNEGATE_COMMON_BACKUP_TEST_BACKUP_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/backup/manifest.h"
#include "common/backup/tar.h"

namespace tunegate::backup {

// Gives `bytes`, piece by piece.
ByteSource SourceOf(std::string bytes);

// An archive of these names and bytes.
std::string MakeTar(const std::vector<std::pair<std::string, std::string>>& files);

// The manifest of a backup with this database and these blobs.
Manifest MakeManifest(std::string_view database, const std::vector<std::string>& blobs);

// A whole backup.
std::string MakeBackup(std::string_view database, const std::vector<std::string>& blobs);

}  // namespace tunegate::backup

#endif  // TUNEGATE_COMMON_BACKUP_TEST_BACKUP_H_
