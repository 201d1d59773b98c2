// Files at a provider, exactly once: a file is found again by its digest-bearing name and size, so
// that an upload whose answer was lost is not repeated. Stateless; thread-safe.
#ifndef TUNEGATE_SERVER_PROVIDERS_REMOTE_FILE_H_
#define TUNEGATE_SERVER_PROVIDERS_REMOTE_FILE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/providers/provider.h"

namespace tunegate::providers {

// All of the provider's files of this name and size (unset: any), the oldest first. Errors as
// ListFiles.
absl::StatusOr<std::vector<RemoteFile>> FindRemoteFiles(Provider& provider, const std::string& name,
                                                        std::optional<int64_t> size);
// The oldest of them; nullopt when the provider's list has none. A list may be late: whoever must
// not upload twice looks over a settle time, and for twins of what it found or sent after it.
absl::StatusOr<std::optional<RemoteFile>> FindRemoteFile(Provider& provider,
                                                         const std::string& name,
                                                         std::optional<int64_t> size);
// Deletes a file. OK as well when the provider no longer has it.
absl::Status DeleteRemoteFile(Provider& provider, const std::string& id);

// How long an upload may take before it counts as lost, on a slow link that still moves.
absl::Duration UploadTimeout(int64_t size_bytes);

}  // namespace tunegate::providers

#endif  // TUNEGATE_SERVER_PROVIDERS_REMOTE_FILE_H_
