#include "server/maintenance/backup.h"

#include <filesystem>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/maintenance/dataset_blobs.h"

namespace tunegate::maintenance {
namespace {

constexpr size_t kReadBytes = 64 << 10;

absl::Status Stopped() { return absl::CancelledError("nobody waits for the backup any more"); }

absl::Status Unreadable(const std::string& path) {
  return Unavailable("STORE_UNAVAILABLE",
                     absl::StrCat("cannot read ", path, "; check the disk and the file system"))
      .Metadata("path", path);
}

absl::Status BytesAreWrong(const std::string& what) {
  return Internal("STORE_CORRUPT",
                  absl::StrCat("no backup can be made: ", what,
                               "; `tunegate admin check` names the dataset: delete it, or put its "
                               "bytes back from an earlier backup"));
}

absl::StatusOr<int64_t> SizeOf(const std::string& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  if (error) return Unreadable(path);
  return static_cast<int64_t>(size);
}

absl::StatusOr<std::string> DigestOfFile(const std::string& path, const store::StopCheck& stop) {
  std::ifstream file(path, std::ios::binary);
  std::string buffer(kBackupPieceBytes, '\0');
  Sha256 digest;
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
         file.gcount() > 0) {
    if (stop && stop()) return Stopped();
    digest.Update(std::string_view(buffer).substr(0, static_cast<size_t>(file.gcount())));
  }
  if (!file.eof()) return Unreadable(path);
  return digest.FinishHex();
}

}  // namespace

Backup::Backup(std::unique_ptr<store::StoreCopy> copy)
    : copy_(std::move(copy)), tar_([this](std::string_view bytes) {
        pending_.append(bytes);
        return absl::OkStatus();
      }) {}

absl::StatusOr<std::unique_ptr<Backup>> Backup::Begin(store::Caretaker& caretaker,
                                                      std::string software_version,
                                                      absl::Time create_time,
                                                      const store::StopCheck& stop) {
  TG_ASSIGN_OR_RETURN(auto copy, caretaker.Copy(stop));
  std::unique_ptr<Backup> begun(new Backup(std::move(copy)));
  begun->manifest_.software_version = std::move(software_version);
  begun->manifest_.create_time = create_time;
  TG_RETURN_IF_ERROR(begun->Prepare(stop));
  return begun;
}

absl::Status Backup::Prepare(const store::StopCheck& stop) {
  manifest_.schema_version = copy_->schema_version();
  manifest_.position = copy_->position();
  TG_RETURN_IF_ERROR(AddDatabase(stop));
  return AddBlobs(stop);
}

absl::Status Backup::AddDatabase(const store::StopCheck& stop) {
  const std::string& path = copy_->database_path();
  TG_ASSIGN_OR_RETURN(manifest_.database_bytes, SizeOf(path));
  TG_ASSIGN_OR_RETURN(manifest_.database_sha256, DigestOfFile(path, stop));
  parts_.push_back(
      {backup::kDatabaseName, path, manifest_.database_bytes, manifest_.database_sha256});
  return absl::OkStatus();
}

absl::Status Backup::AddBlobs(const store::StopCheck& stop) {
  TG_ASSIGN_OR_RETURN(
      const std::set<std::string> needed,
      NeededBlobs([this](const store::ListQuery& query) { return copy_->List(query); }));
  Sha256 digests;
  for (const std::string& sha256 : needed) {
    if (stop && stop()) return Stopped();
    const absl::StatusOr<std::string> path = copy_->HoldBlob(sha256);
    if (absl::IsNotFound(path.status())) {
      return BytesAreWrong(absl::StrCat("the bytes ", sha256, ", which a dataset names, are gone"));
    }
    TG_RETURN_IF_ERROR(path.status());
    TG_ASSIGN_OR_RETURN(const int64_t size, SizeOf(*path));
    parts_.push_back({backup::BlobName(sha256), *path, size, sha256});
    digests.Update(sha256 + "\n");
    manifest_.blob_bytes += size;
    ++manifest_.blob_count;
  }
  manifest_.blobs_sha256 = digests.FinishHex();
  return absl::OkStatus();
}

absl::StatusOr<std::string> Backup::Next() {
  while (pending_.size() < kBackupPieceBytes && !finished_) TG_RETURN_IF_ERROR(Advance());
  std::string piece = pending_.substr(0, kBackupPieceBytes);
  pending_.erase(0, piece.size());
  return piece;
}

absl::Status Backup::Advance() {
  if (!std::exchange(began_, true)) {
    const std::string text = backup::WriteManifest(manifest_);
    TG_RETURN_IF_ERROR(tar_.BeginFile(backup::kManifestName, static_cast<int64_t>(text.size()),
                                      manifest_.create_time));
    return tar_.Write(text);
  }
  if (part_ == parts_.size()) {
    finished_ = true;
    return tar_.Finish();
  }
  const Part& part = parts_[part_];
  if (!file_.is_open()) return BeginPart(part);
  char buffer[kReadBytes];
  file_.read(buffer, sizeof(buffer));
  const std::string_view bytes(buffer, static_cast<size_t>(file_.gcount()));
  if (bytes.empty()) return EndPart(part);
  digest_.Update(bytes);
  return tar_.Write(bytes);
}

absl::Status Backup::BeginPart(const Part& part) {
  file_.clear();
  file_.open(part.path, std::ios::binary);
  if (!file_.is_open()) return Unreadable(part.path);
  digest_ = Sha256();
  return tar_.BeginFile(part.name, part.size, manifest_.create_time);
}

absl::Status Backup::EndPart(const Part& part) {
  if (!file_.eof()) return Unreadable(part.path);
  file_.close();
  if (digest_.FinishHex() != part.sha256) {
    return BytesAreWrong(absl::StrCat("the bytes of ", part.name, " are damaged"));
  }
  ++part_;
  return absl::OkStatus();
}

}  // namespace tunegate::maintenance
