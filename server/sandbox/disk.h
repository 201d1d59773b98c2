// The sandbox's state on disk: small files, each replaced as a whole, so that a kill at any moment
// leaves the old or the new one.
#ifndef TUNEGATE_SERVER_SANDBOX_DISK_H_
#define TUNEGATE_SERVER_SANDBOX_DISK_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tunegate::sandbox {

// All of these return INTERNAL naming the path and the cause when the system refuses.
absl::Status MakeDirectory(const std::string& path);  // with its parents; fine when it exists
absl::Status WriteFileAtomically(const std::string& path, std::string_view bytes);
absl::Status AppendToFile(const std::string& path, std::string_view bytes);
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

// The whole paths of the entries of `directory` whose names end in `suffix`, sorted.
absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& directory,
                                                       std::string_view suffix);

// Removes a file or a directory with all that is in it; fine when there is none.
void RemoveAll(const std::string& path);

}  // namespace tunegate::sandbox

#endif  // TUNEGATE_SERVER_SANDBOX_DISK_H_
