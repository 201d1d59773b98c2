#include "server/store/postgres/postgres_blobs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <functional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "server/store/blob_status.h"

namespace tunegate::store::postgres {
namespace {

constexpr size_t kChunkBytes = 256 * 1024;
// How many chunks go in one round trip.
constexpr int kWindow = 16;

constexpr std::string_view kBlobChanged = "BLOB_CHANGED";

absl::Status BlobDamaged(std::string_view sha256) {
  return Internal("STORE_CORRUPT",
                  absl::StrCat("blob ", std::string(sha256),
                               " is damaged in the database: its bytes are not those that were "
                               "stored; restore it from a backup"));
}

absl::Status BlobChanged(std::string_view sha256) {
  return Unavailable(kBlobChanged,
                     absl::StrCat("blob ", std::string(sha256),
                                  " was put anew while it was read; repeat the call"));
}

absl::Status FileFailed(const std::string& directory) {
  return Unavailable("STORE_UNAVAILABLE",
                     absl::StrCat("cannot write a temporary file in ", directory, ": ",
                                  std::strerror(errno), "; make room and repeat the call"))
      .Metadata("path", directory);
}

// False when there is a blob already.
absl::StatusOr<bool> Announce(Connection& connection, std::string_view sha256, size_t size) {
  TG_ASSIGN_OR_RETURN(
      const QueryResult made,
      connection.Run("INSERT INTO blobs (sha256, size) VALUES ($1, $2) ON CONFLICT DO NOTHING "
                     "RETURNING sha256",
                     Parameters().Add(sha256).Add(static_cast<int64_t>(size))));
  return made.rows() > 0;
}

absl::Status InsertChunks(Connection& connection, std::string_view sha256, std::string_view bytes) {
  int64_t chunk = 0;
  while (!bytes.empty()) {
    for (int i = 0; i < kWindow && !bytes.empty(); ++i) {
      const std::string_view piece = bytes.substr(0, kChunkBytes);
      bytes.remove_prefix(piece.size());
      connection.Queue("INSERT INTO blob_chunks (sha256, chunk, bytes) VALUES ($1, $2, $3)",
                       Parameters().Add(sha256).Add(chunk++).AddBytes(piece));
    }
    TG_RETURN_IF_ERROR(connection.RunQueued().status());
  }
  return absl::OkStatus();
}

// Hands every chunk in order to `take`, and checks the digest of all.
absl::Status ForEachChunk(Connection& connection, std::string_view sha256,
                          const std::function<absl::Status(std::string_view)>& take) {
  constexpr char kLook[] = "SELECT size, xmin::text FROM blobs WHERE sha256 = $1";
  TG_ASSIGN_OR_RETURN(const QueryResult found, connection.Run(kLook, Parameters().Add(sha256)));
  if (found.rows() == 0) return BlobNotFound(sha256);
  Sha256 digest;
  int64_t left = found.Integer(0, 0);
  for (int64_t chunk = 0; left > 0; ++chunk) {
    TG_ASSIGN_OR_RETURN(const QueryResult piece,
                        connection.Run("SELECT bytes FROM blob_chunks WHERE sha256 = $1 AND "
                                       "chunk = $2",
                                       Parameters().Add(sha256).Add(chunk)));
    if (piece.rows() == 0) break;  // damaged, or deleted or put anew in this moment
    left -= static_cast<int64_t>(piece.Bytes(0, 0).size());
    digest.Update(piece.Bytes(0, 0));
    TG_RETURN_IF_ERROR(take(piece.Bytes(0, 0)));
  }
  if (digest.FinishHex() == sha256) return absl::OkStatus();
  TG_ASSIGN_OR_RETURN(const QueryResult still, connection.Run(kLook, Parameters().Add(sha256)));
  if (still.rows() == 0) return BlobNotFound(sha256);
  return still.Text(0, 1) == found.Text(0, 1) ? BlobDamaged(sha256) : BlobChanged(sha256);
}

// Whether there is a blob whose bytes are not those that were put.
absl::StatusOr<bool> IsDamaged(Connection& connection, std::string_view sha256) {
  const absl::Status read =
      ForEachChunk(connection, sha256, [](std::string_view) { return absl::OkStatus(); });
  const std::string reason = DetailsOf(read).reason;
  if (reason == "STORE_CORRUPT") return true;
  // What was put anew in this moment is whole.
  if (read.ok() || absl::IsNotFound(read) || reason == kBlobChanged) return false;
  return read;
}

absl::Status RemoveChunks(Connection& connection, std::string_view sha256, size_t size) {
  connection.Queue("DELETE FROM blob_chunks WHERE sha256 = $1", Parameters().Add(sha256));
  connection.Queue("UPDATE blobs SET size = $2 WHERE sha256 = $1",
                   Parameters().Add(sha256).Add(static_cast<int64_t>(size)));
  return connection.RunQueued().status();
}

absl::Status InsertInTransaction(Connection& connection, std::string_view sha256,
                                 std::string_view bytes) {
  // Looked for before the transaction, in which a commit that names the blob waits for its row, and
  // everybody for the commit.
  TG_ASSIGN_OR_RETURN(const bool damaged, IsDamaged(connection, sha256));
  // Should this server be stopped between two round trips, the database sets them free after so
  // long; within one, EndStuckSessions does.
  TG_RETURN_IF_ERROR(
      connection.RunScript("BEGIN; SET LOCAL idle_in_transaction_session_timeout = '2s'"));
  TG_ASSIGN_OR_RETURN(const bool is_new, Announce(connection, sha256, bytes.size()));
  if (damaged && !is_new) {
    TG_RETURN_IF_ERROR(RemoveChunks(connection, sha256, bytes.size()));
  }
  if (damaged || is_new) TG_RETURN_IF_ERROR(InsertChunks(connection, sha256, bytes));
  return connection.RunScript("COMMIT");
}

absl::Status WriteAll(int file, std::string_view bytes, const std::string& directory) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileFailed(directory);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status InsertBlob(Connection& connection, std::string_view sha256, std::string_view bytes) {
  const absl::Status status = InsertInTransaction(connection, sha256, bytes);
  if (!status.ok() && !connection.lost()) {
    (void)connection.RunScript("ROLLBACK");  // the first error says more
  }
  return status;
}

absl::StatusOr<std::string> ReadBlob(Connection& connection, std::string_view sha256) {
  std::string bytes;
  TG_RETURN_IF_ERROR(ForEachChunk(connection, sha256, [&](std::string_view piece) {
    bytes.append(piece);
    return absl::OkStatus();
  }));
  return bytes;
}

absl::StatusOr<BlobFile> CopyBlob(Connection& connection, std::string_view sha256,
                                  const std::string& directory) {
  std::string name = directory + "/blob-XXXXXX";
  const int descriptor = mkostemp(name.data(), O_CLOEXEC);
  if (descriptor < 0) return FileFailed(directory);
  unlink(name.c_str());
  BlobFile file = BlobFile::OfDescriptor(descriptor);
  TG_RETURN_IF_ERROR(ForEachChunk(connection, sha256, [&](std::string_view piece) {
    return WriteAll(descriptor, piece, directory);
  }));
  return file;
}

absl::StatusOr<std::optional<std::string>> BlobVersion(Connection& connection,
                                                       std::string_view sha256) {
  TG_ASSIGN_OR_RETURN(
      const QueryResult found,
      connection.Run("SELECT xmin::text FROM blobs WHERE sha256 = $1", Parameters().Add(sha256)));
  if (found.rows() == 0) return std::nullopt;
  return found.Text(0, 0);
}

// The statement waits for a transaction that is renewing the row, and then finds another version.
absl::StatusOr<bool> DropBlob(Connection& connection, std::string_view sha256,
                              std::string_view version) {
  TG_ASSIGN_OR_RETURN(
      const QueryResult dropped,
      connection.Run("DELETE FROM blobs WHERE sha256 = $1 AND xmin::text = $2 RETURNING sha256",
                     Parameters().Add(sha256).Add(version)));
  if (dropped.rows() > 0) return true;
  TG_ASSIGN_OR_RETURN(const auto left, BlobVersion(connection, sha256));
  return !left.has_value();
}

}  // namespace tunegate::store::postgres
