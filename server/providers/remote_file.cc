#include "server/providers/remote_file.h"

#include <utility>

#include "common/errors.h"

namespace tunegate::providers {

absl::StatusOr<std::optional<RemoteFile>> FindRemoteFile(Provider& provider,
                                                         const std::string& name,
                                                         std::optional<int64_t> size) {
  std::string after;
  do {
    TG_ASSIGN_OR_RETURN(Page<RemoteFile> page, provider.ListFiles(after));
    for (RemoteFile& file : page.items) {
      const bool same_size = !size.has_value() || file.size_bytes == *size;
      if (file.file_name == name && same_size) return std::move(file);
    }
    after = std::move(page.next_after);
  } while (!after.empty());
  return std::nullopt;
}

absl::Duration UploadTimeout(int64_t size_bytes) {
  constexpr int64_t kSlowestBytesPerSecond = 100'000;
  return absl::Seconds(30) + absl::Seconds(size_bytes / kSlowestBytesPerSecond);
}

}  // namespace tunegate::providers
