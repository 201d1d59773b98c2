// FileStore: what was uploaded and what jobs and batches wrote, in a directory that outlives us.
#ifndef TUNEGATE_SERVER_SANDBOX_FILE_STORE_H_
#define TUNEGATE_SERVER_SANDBOX_FILE_STORE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/clock.h"
#include "common/json.h"
#include "common/mutex.h"

namespace tunegate::sandbox {

struct StoredFile {
  std::string id;
  std::string filename;
  std::string purpose;
  int64_t bytes = 0;
  int64_t created_at = 0;  // seconds since 1970
  int64_t sequence = 0;    // orders files made within one second

  json::Value ToJson() const;  // an OpenAIFile
};

// Thread-safe. Unknown ids: NOT_FOUND, worded as OpenAI does. A disk that refuses: INTERNAL.
class FileStore {
 public:
  // Reads what `directory` holds; makes it when it is missing. `clock` must outlive the store.
  static absl::StatusOr<std::unique_ptr<FileStore>> Open(const std::string& directory,
                                                         const Clock& clock);

  absl::StatusOr<StoredFile> Create(std::string_view filename, std::string_view purpose,
                                    std::string_view content);
  absl::StatusOr<StoredFile> Get(std::string_view id) const;
  absl::StatusOr<std::string> Content(std::string_view id) const;
  absl::Status Delete(std::string_view id);
  std::vector<StoredFile> NewestFirst() const;

 private:
  FileStore(std::string directory, const Clock& clock)
      : directory_(std::move(directory)), clock_(clock) {}
  absl::Status Load();
  std::string ContentPath(std::string_view id) const;
  std::string RecordPath(std::string_view id) const;

  const std::string directory_;
  const Clock& clock_;
  mutable Mutex mutex_;
  std::map<std::string, StoredFile, std::less<>> files_ ABSL_GUARDED_BY(mutex_);
  int64_t next_sequence_ ABSL_GUARDED_BY(mutex_) = 1;
};

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_FILE_STORE_H_
