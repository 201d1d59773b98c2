// Blobs in PostgreSQL: a row that says there is one, and its bytes in chunks, so that every server
// on the database can read them. Contracts are store.h's.
#ifndef TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_BLOBS_H_
#define TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_BLOBS_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/store/postgres/connection.h"
#include "server/store/store.h"

namespace tunegate::store::postgres {

// The row and all chunks in one transaction, so what is there is whole; chunks that were damaged
// since are replaced. INVALID_ARGUMENT (DIGEST_MISMATCH) is for the caller to find.
absl::Status InsertBlob(Connection& connection, std::string_view sha256, std::string_view bytes);

// INTERNAL (STORE_CORRUPT) when the bytes are not those that were put.
absl::StatusOr<std::string> ReadBlob(Connection& connection, std::string_view sha256);

// Copies the blob, one chunk in memory at a time, into a nameless file in `directory`.
absl::StatusOr<BlobFile> CopyBlob(Connection& connection, std::string_view sha256,
                                  const std::string& directory);

// The row's version, which every put and every commit that names the blob renews; nullopt: there is
// none.
absl::StatusOr<std::optional<std::string>> BlobVersion(Connection& connection,
                                                       std::string_view sha256);

// False when it is there in another version. True also when it is not there.
absl::StatusOr<bool> DropBlob(Connection& connection, std::string_view sha256,
                              std::string_view version);

}  // namespace tunegate::store::postgres

#endif  // TUNEGATE_SERVER_STORE_POSTGRES_POSTGRES_BLOBS_H_
