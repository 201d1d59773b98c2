// Backup: everything that is kept, as an archive that common/backup/ describes, piece by piece. The
// database is copied first; then come the blobs that the copy names, so that both are of one
// moment, whatever is written, deleted and swept meanwhile. Keys are not in it.
#ifndef TUNEGATE_SERVER_MAINTENANCE_BACKUP_H_
#define TUNEGATE_SERVER_MAINTENANCE_BACKUP_H_

#include <cstddef>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/backup/manifest.h"
#include "common/backup/tar.h"
#include "common/digest.h"
#include "server/store/caretaker.h"

namespace tunegate::maintenance {

// What a piece of the archive has at most.
inline constexpr size_t kBackupPieceBytes = 256 << 10;

// Not thread-safe. What it keeps beside the store goes with it.
class Backup {
 public:
  // Makes the copy. Beside Caretaker::Copy's: INTERNAL (STORE_CORRUPT) when bytes that a dataset
  // names are not there.
  static absl::StatusOr<std::unique_ptr<Backup>> Begin(store::Caretaker& caretaker,
                                                       std::string software_version,
                                                       absl::Time create_time,
                                                       const store::StopCheck& stop);

  // The archive's next piece; empty when it is complete. INTERNAL (STORE_CORRUPT) when a blob's
  // bytes are not those that were put.
  absl::StatusOr<std::string> Next();

  const backup::Manifest& manifest() const { return manifest_; }

 private:
  // One file to come.
  struct Part {
    std::string name;
    std::string path;
    int64_t size;
    std::string sha256;
  };

  explicit Backup(std::unique_ptr<store::StoreCopy> copy);
  absl::Status Prepare(const store::StopCheck& stop);
  absl::Status AddDatabase(const store::StopCheck& stop);
  absl::Status AddBlobs(const store::StopCheck& stop);
  // Writes a little more of the archive to pending_.
  absl::Status Advance();
  absl::Status BeginPart(const Part& part);
  absl::Status EndPart(const Part& part);

  const std::unique_ptr<store::StoreCopy> copy_;
  backup::Manifest manifest_;
  std::vector<Part> parts_;
  std::string pending_;
  backup::TarWriter tar_;
  bool began_ = false;
  size_t part_ = 0;  // the one that is being written, or comes next
  std::ifstream file_;
  Sha256 digest_;
  bool finished_ = false;
};

}  // namespace tunegate::maintenance

#endif  // TUNEGATE_SERVER_MAINTENANCE_BACKUP_H_
