// What every engine answers about blobs, in the same words.
#ifndef TUNEGATE_SERVER_STORE_BLOB_STATUS_H_
#define TUNEGATE_SERVER_STORE_BLOB_STATUS_H_

#include <string_view>

#include "absl/status/status.h"

namespace tunegate::store {

// INVALID_ARGUMENT (DIGEST_INVALID) when it is no SHA-256 of 64 lower-case hexadecimal digits.
absl::Status CheckDigest(std::string_view sha256);

// NOT_FOUND (BLOB_NOT_FOUND).
absl::Status BlobNotFound(std::string_view sha256);

// ABORTED (BLOB_GONE): what a commit names is not there any more.
absl::Status BlobGone(std::string_view sha256);

}  // namespace tunegate::store

#endif  // TUNEGATE_SERVER_STORE_BLOB_STATUS_H_
