#include "server/store/sqlite/copy_place.h"

#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "common/errors.h"
#include "server/store/sqlite/data_directory.h"

namespace tunegate::store {
namespace {

constexpr absl::Duration kRetryDelay = absl::Seconds(10);

}  // namespace

absl::Status MakeCopyPlace(const CopyPlace& place) {
  if (mkdir(place.directory.c_str(), 0750) != 0) {
    if (errno != EEXIST) return FileStatus(errno, place.directory, "make directory");
    return ResourceExhausted("COPY_UNDER_WAY",
                             "another backup is being made; try again when it is done")
        .RetryAfter(kRetryDelay);
  }
  if (mkdir(place.blobs.c_str(), 0750) == 0) return absl::OkStatus();
  const absl::Status status = FileStatus(errno, place.blobs, "make directory");
  (void)RemoveCopy(place);  // the first error says more
  return status;
}

absl::Status RemoveCopy(const CopyPlace& place) {
  std::error_code error;
  std::filesystem::remove_all(place.directory, error);
  return error ? FileStatus(error.value(), place.directory, "remove") : absl::OkStatus();
}

}  // namespace tunegate::store
