// Files at a provider, exactly once: a file is found again by its digest-bearing name and size, so
// that an upload whose answer was lost is not repeated. Stateless; thread-safe.
#ifndef TUNEGATE_SERVER_PROVIDERS_REMOTE_FILE_H_
#define TUNEGATE_SERVER_PROVIDERS_REMOTE_FILE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/providers/provider.h"

namespace tunegate::providers {

// The provider's file of this name and size (unset: any); nullopt when its list has none. Errors as
// ListFiles.
absl::StatusOr<std::optional<RemoteFile>> FindRemoteFile(Provider& provider,
                                                         const std::string& name,
                                                         std::optional<int64_t> size);

// How long an upload may take before it counts as lost, on a slow link that still moves.
absl::Duration UploadTimeout(int64_t size_bytes);

}  // namespace tunegate::providers

#endif  // TUNEGATE_SERVER_PROVIDERS_REMOTE_FILE_H_
