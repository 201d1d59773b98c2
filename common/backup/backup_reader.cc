#include "common/backup/backup_reader.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"

namespace tunegate::backup {
namespace {

// A manifest has a few hundred bytes.
constexpr int64_t kMaxManifestBytes = 64 << 10;

absl::Status Damaged(const std::string& what) {
  return FailedPrecondition("BACKUP_DAMAGED", "the backup is damaged: " + what);
}

// The digest that a blob's name says; empty for another name.
std::string DigestIn(const std::string& name) {
  const std::string sha256 = name.substr(name.rfind('/') + 1);
  const bool is_digest =
      sha256.size() == 64 && sha256.find_first_not_of("0123456789abcdef") == std::string::npos;
  return is_digest && name == BlobName(sha256) ? sha256 : "";
}

class Reading {
 public:
  Reading(ByteSource source, FileReceiver* receiver)
      : tar_(std::move(source)), receiver_(receiver) {}

  absl::StatusOr<Manifest> Run() {
    TG_RETURN_IF_ERROR(ReadManifest());
    TG_RETURN_IF_ERROR(ReadDatabase());
    Sha256 digests;
    int64_t count = 0;
    int64_t bytes = 0;
    std::string last;
    while (true) {
      TG_ASSIGN_OR_RETURN(const std::optional<TarEntry> entry, tar_.Next());
      if (!entry) break;
      const std::string sha256 = DigestIn(entry->name);
      if (sha256.empty() || !entry->is_file) return Stranger(entry->name);
      if (sha256 <= last) return Damaged(absl::StrCat("'", entry->name, "' is out of order"));
      TG_RETURN_IF_ERROR(PassOn(*entry, sha256));
      digests.Update(sha256 + "\n");
      bytes += entry->size;
      ++count;
      last = sha256;
    }
    if (count != manifest_.blob_count || bytes != manifest_.blob_bytes ||
        digests.FinishHex() != manifest_.blobs_sha256) {
      return Damaged(absl::StrCat("it has ", count, " of ", manifest_.blob_count,
                                  " datasets' files; was it cut off?"));
    }
    return std::move(manifest_);
  }

 private:
  static absl::Status Stranger(const std::string& name) {
    return Damaged(absl::StrCat("'", name, "' stands where no backup has it"));
  }

  absl::StatusOr<TarEntry> Expect(const std::string& name) {
    TG_ASSIGN_OR_RETURN(std::optional<TarEntry> entry, tar_.Next());
    if (!entry) return Damaged(absl::StrCat("it ends before its ", name));
    if (entry->name != name || !entry->is_file) return Stranger(entry->name);
    return *std::move(entry);
  }

  absl::Status ReadManifest() {
    TG_ASSIGN_OR_RETURN(const TarEntry entry, Expect(kManifestName));
    if (entry.size > kMaxManifestBytes) return Damaged("its manifest is too large");
    std::string text;
    while (true) {
      TG_ASSIGN_OR_RETURN(const std::string_view bytes, tar_.Read());
      if (bytes.empty()) break;
      text.append(bytes);
    }
    TG_ASSIGN_OR_RETURN(manifest_, ParseManifest(text));
    return absl::OkStatus();
  }

  absl::Status ReadDatabase() {
    TG_ASSIGN_OR_RETURN(const TarEntry entry, Expect(kDatabaseName));
    if (entry.size != manifest_.database_bytes) {
      return Damaged(absl::StrCat("its database has ", entry.size, " bytes and not ",
                                  manifest_.database_bytes));
    }
    return PassOn(entry, manifest_.database_sha256);
  }

  absl::Status PassOn(const TarEntry& entry, const std::string& sha256) {
    if (receiver_ != nullptr) TG_RETURN_IF_ERROR(receiver_->Begin(entry.name));
    Sha256 digest;
    while (true) {
      TG_ASSIGN_OR_RETURN(const std::string_view bytes, tar_.Read());
      if (bytes.empty()) break;
      digest.Update(bytes);
      if (receiver_ != nullptr) TG_RETURN_IF_ERROR(receiver_->Write(bytes));
    }
    if (digest.FinishHex() != sha256) {
      return Damaged(absl::StrCat("'", entry.name, "' has not the bytes that were written"));
    }
    return receiver_ == nullptr ? absl::OkStatus() : receiver_->End();
  }

  TarReader tar_;
  FileReceiver* const receiver_;
  Manifest manifest_;
};

}  // namespace

absl::StatusOr<Manifest> ReadBackup(ByteSource source, FileReceiver* receiver) {
  return Reading(std::move(source), receiver).Run();
}

}  // namespace tunegate::backup
