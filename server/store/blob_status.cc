#include "server/store/blob_status.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::store {

absl::Status CheckDigest(std::string_view sha256) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (sha256.size() == 64 && std::all_of(sha256.begin(), sha256.end(), is_hex)) {
    return absl::OkStatus();
  }
  return InvalidArgument("DIGEST_INVALID",
                         absl::StrCat("'", std::string(sha256),
                                      "' is not a SHA-256 of 64 lower-case hexadecimal digits"));
}

absl::Status BlobNotFound(std::string_view sha256) {
  return NotFound("BLOB_NOT_FOUND", absl::StrCat("no bytes are kept under ", std::string(sha256)))
      .Metadata("sha256", sha256);
}

absl::Status BlobGone(std::string_view sha256) {
  return Aborted("BLOB_GONE", absl::StrCat("the bytes under ", std::string(sha256),
                                           " were erased meanwhile; put them again and repeat the "
                                           "change"))
      .Metadata("sha256", sha256);
}

}  // namespace tunegate::store
