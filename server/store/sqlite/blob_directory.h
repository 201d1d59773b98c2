// BlobDirectory: bytes under their SHA-256 as files, "ab/abcd..." below one directory. A file
// appears under its name only when its bytes are on disk, so what is there is whole.
#ifndef TUNEGATE_SERVER_STORE_SQLITE_BLOB_DIRECTORY_H_
#define TUNEGATE_SERVER_STORE_SQLITE_BLOB_DIRECTORY_H_

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/mutex.h"
#include "server/store/store.h"

namespace tunegate::store {

// Thread-safe. Methods are Store's; every one returns INVALID_ARGUMENT (DIGEST_INVALID) for a name
// that is no SHA-256 in lower-case hexadecimal.
class BlobDirectory {
 public:
  // `path` must belong to this process alone. `hold_path`, on the same file system, is where copies
  // of the store hold what they name: while there is a directory of that name, what is deleted or
  // swept is linked there first.
  BlobDirectory(std::string path, std::string hold_path)
      : path_(std::move(path)), hold_path_(std::move(hold_path)) {}

  // Makes the directory, and puts right what an interrupted Put or Sweep left.
  absl::Status Prepare();

  // INVALID_ARGUMENT (DIGEST_MISMATCH) when the bytes have another digest. Replaces a file that was
  // damaged since it was put.
  absl::Status Put(std::string_view sha256, std::string_view bytes);
  // INTERNAL (STORE_CORRUPT) when the file's bytes are not those that were put.
  absl::StatusOr<std::string> Get(std::string_view sha256) const;
  // The file's path, once its bytes were read and found to be those that were put; STORE_CORRUPT as
  // Get.
  absl::StatusOr<std::string> Path(std::string_view sha256) const;
  // `is_named` is called with no lock held.
  absl::Status Delete(std::string_view sha256, const NameCheck& is_named);

  // For the engine, which names a blob in the batch that it writes: from Keep to ReleaseKept, which
  // is called when the batch has ended one way or the other, nobody deletes it, and whoever was
  // looking before looks again. ABORTED (BLOB_GONE) when it is not there.
  absl::Status Keep(std::string_view sha256);
  void ReleaseKept();

  // Deletes those that are not among `named` and were last put more than `min_age` ago; how many.
  absl::StatusOr<int64_t> Sweep(const std::set<std::string>& named, absl::Duration min_age);
  absl::StatusOr<int64_t> SizeBytes() const;

  // Links a blob to where copies hold theirs, unless it is held there already; the file's path.
  absl::StatusOr<std::string> Hold(std::string_view sha256) const;

 private:
  // A Delete that is looking whether its blob is named.
  struct Look {
    std::string_view sha256;
    bool outdated = false;
  };

  // Hands the file's bytes to `take`, piece by piece, and checks the digest of all.
  absl::Status Read(std::string_view sha256,
                    const std::function<void(std::string_view)>& take) const;
  void Outdate(std::string_view sha256) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status Erase(std::string_view sha256);
  std::string DirectoryOf(std::string_view sha256) const;
  std::string FileOf(std::string_view sha256) const;

  const std::string path_;
  const std::string hold_path_;
  Mutex mutex_;
  CondVar released_;
  std::set<std::string, std::less<>> kept_ ABSL_GUARDED_BY(mutex_);
  std::vector<Look*> looks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_SQLITE_BLOB_DIRECTORY_H_
