#include "server/providers/remote_file.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "common/errors.h"
#include "server/providers/intent.h"

namespace tunegate::providers {

absl::StatusOr<std::vector<RemoteFile>> FindRemoteFiles(Provider& provider, const std::string& name,
                                                        std::optional<int64_t> size) {
  TG_ASSIGN_OR_RETURN(
      std::vector<RemoteFile> files,
      ListAll<RemoteFile>([&](const std::string& after) { return provider.ListFiles(after); }));
  std::erase_if(files, [&](const RemoteFile& file) {
    return file.file_name != name || (size.has_value() && file.size_bytes != *size);
  });
  std::sort(files.begin(), files.end(), [](const RemoteFile& a, const RemoteFile& b) {
    return std::tie(a.create_time, a.id) < std::tie(b.create_time, b.id);
  });
  // Pages that move while they are read repeat files, and nobody is his own twin.
  std::set<std::string> seen;
  std::erase_if(files, [&](const RemoteFile& file) { return !seen.insert(file.id).second; });
  return files;
}

absl::StatusOr<std::optional<RemoteFile>> FindRemoteFile(Provider& provider,
                                                         const std::string& name,
                                                         std::optional<int64_t> size) {
  TG_ASSIGN_OR_RETURN(std::vector<RemoteFile> files, FindRemoteFiles(provider, name, size));
  if (files.empty()) return std::nullopt;
  return std::move(files.front());
}

absl::Status DeleteRemoteFile(Provider& provider, const std::string& id) {
  const absl::Status deleted = provider.DeleteFile(id);
  return absl::IsNotFound(deleted) ? absl::OkStatus() : deleted;
}

absl::Duration UploadTimeout(int64_t size_bytes) {
  constexpr int64_t kSlowestBytesPerSecond = 100'000;
  return absl::Seconds(30) + absl::Seconds(size_bytes / kSlowestBytesPerSecond);
}

}  // namespace tunegate::providers
