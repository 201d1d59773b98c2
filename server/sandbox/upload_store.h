// UploadStore: files that arrive in parts. Parts wait on disk; an upload that is not completed is
// forgotten when the server stops.
#ifndef TUNEGATE_SERVER_SANDBOX_UPLOAD_STORE_H_
#define TUNEGATE_SERVER_SANDBOX_UPLOAD_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/mutex.h"
#include "server/sandbox/file_store.h"

namespace tunegate::sandbox {

struct Upload {
  std::string id;
  std::string filename;
  std::string purpose;
  std::string status = "pending";  // completed, cancelled, expired
  int64_t bytes = 0;               // as announced
  int64_t created_at = 0;
  int64_t expires_at = 0;
  std::map<std::string, int64_t> part_sizes;
  std::optional<StoredFile> file;  // once completed

  json::Value ToJson() const;
};

// Thread-safe. Unknown ids: NOT_FOUND; an upload that is no longer pending: 400.
class UploadStore {
 public:
  // Empties `directory`. `files` and `clock` must outlive the store.
  static absl::StatusOr<std::unique_ptr<UploadStore>> Open(const std::string& directory,
                                                           FileStore& files, const Clock& clock);

  absl::StatusOr<Upload> Create(std::string_view filename, std::string_view purpose, int64_t bytes);
  // The new part's upload.part object.
  absl::StatusOr<json::Value> AddPart(const std::string& upload_id, std::string_view content);
  // Joins the parts in this order into a file. 400 when one is unknown or their sizes do not add up
  // to what was announced.
  absl::StatusOr<Upload> Complete(const std::string& upload_id,
                                  const std::vector<std::string>& part_ids);
  absl::StatusOr<Upload> Cancel(const std::string& upload_id);

 private:
  UploadStore(std::string directory, FileStore& files, const Clock& clock)
      : directory_(std::move(directory)), files_(files), clock_(clock) {}
  int64_t Now() const { return absl::ToUnixSeconds(clock_.Now()); }
  absl::StatusOr<Upload*> FindPending(const std::string& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string Directory(const std::string& upload_id) const { return directory_ + "/" + upload_id; }

  const std::string directory_;
  FileStore& files_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::string, Upload> uploads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_UPLOAD_STORE_H_
