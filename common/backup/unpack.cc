#include "common/backup/unpack.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/backup/backup_reader.h"
#include "common/errors.h"

namespace tunegate::backup {
namespace {

constexpr int kNone = -1;

absl::Status Unusable(const std::string& path, const char* doing, int error) {
  return FailedPrecondition("FILE_UNUSABLE", absl::StrCat("'", path, "' cannot be ", doing, ": ",
                                                          std::strerror(error)))
      .Metadata("path", path);
}

absl::Status MakeDirectory(const std::string& path) {
  return mkdir(path.c_str(), 0750) == 0 || errno == EEXIST ? absl::OkStatus()
                                                           : Unusable(path, "made", errno);
}

absl::Status SyncDirectory(const std::string& path) {
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return Unusable(path, "opened", errno);
  const int error = fsync(directory) == 0 ? 0 : errno;
  close(directory);
  return error == 0 ? absl::OkStatus() : Unusable(path, "synced", error);
}

std::string ParentOf(const std::string& path) {
  const std::string parent = std::filesystem::path(path).parent_path();
  return parent.empty() ? "." : parent;
}

// Writes files below a directory and syncs each.
class DirectoryWriter : public FileReceiver {
 public:
  explicit DirectoryWriter(std::string directory) : directory_(std::move(directory)) {}
  ~DirectoryWriter() override {
    if (file_ != kNone) close(file_);
  }

  absl::Status Begin(const std::string& name) override {
    path_ = absl::StrCat(directory_, "/", name);
    TG_RETURN_IF_ERROR(MakeParents(name));
    file_ = open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
    return file_ < 0 ? Unusable(path_, "made", errno) : absl::OkStatus();
  }

  absl::Status Write(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t written = write(file_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return Unusable(path_, "written", errno);
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  absl::Status End() override {
    if (fsync(file_) != 0) return Unusable(path_, "synced", errno);
    close(std::exchange(file_, kNone));
    return absl::OkStatus();
  }

  // Makes the names last, too.
  absl::Status SyncNames() const {
    for (const std::string& made : made_) TG_RETURN_IF_ERROR(SyncDirectory(made));
    return SyncDirectory(directory_);
  }

 private:
  absl::Status MakeParents(const std::string& name) {
    for (size_t slash = name.find('/'); slash != std::string::npos;
         slash = name.find('/', slash + 1)) {
      std::string path = absl::StrCat(directory_, "/", name.substr(0, slash));
      if (made_.count(path) > 0) continue;
      TG_RETURN_IF_ERROR(MakeDirectory(path));
      made_.insert(std::move(path));
    }
    return absl::OkStatus();
  }

  const std::string directory_;
  std::string path_;
  int file_ = kNone;
  std::set<std::string> made_;
};

absl::Status CheckTarget(const std::string& directory) {
  std::error_code error;
  const auto status = std::filesystem::status(directory, error);
  if (status.type() == std::filesystem::file_type::not_found) return absl::OkStatus();
  if (error) return Unusable(directory, "used", error.value());
  if (std::filesystem::is_directory(status) && std::filesystem::is_empty(directory, error)) {
    return absl::OkStatus();
  }
  return FailedPrecondition("DATA_DIR_NOT_EMPTY",
                            absl::StrCat("'", directory,
                                         "' is not empty, and a restore replaces nothing: name a "
                                         "directory that is not there yet"))
      .Metadata("path", directory);
}

// Everything up to the renaming.
absl::StatusOr<Manifest> UnpackInto(ByteSource source, const std::string& unfinished) {
  DirectoryWriter writer(unfinished);
  TG_ASSIGN_OR_RETURN(Manifest manifest, ReadBackup(std::move(source), &writer));
  TG_RETURN_IF_ERROR(writer.SyncNames());
  return manifest;
}

absl::Status Appear(const std::string& unfinished, const std::string& directory) {
  // Replaces an empty directory and no other, also one that was filled meanwhile.
  if (rename(unfinished.c_str(), directory.c_str()) != 0) {
    return Unusable(directory, "made", errno);
  }
  return SyncDirectory(ParentOf(directory));
}

}  // namespace

absl::StatusOr<Manifest> UnpackBackup(ByteSource source, const std::string& directory) {
  std::string target = directory;
  while (target.size() > 1 && target.back() == '/') target.pop_back();
  TG_RETURN_IF_ERROR(CheckTarget(target));
  const std::string unfinished = target + ".part";
  if (mkdir(unfinished.c_str(), 0750) != 0) {
    if (errno != EEXIST) return Unusable(unfinished, "made", errno);
    return FailedPrecondition("RESTORE_UNDER_WAY",
                              absl::StrCat("'", unfinished,
                                           "' is there: another restore is under way, or one was "
                                           "killed; then remove it: rm -r ",
                                           unfinished))
        .Metadata("path", unfinished);
  }
  absl::StatusOr<Manifest> manifest = UnpackInto(std::move(source), unfinished);
  absl::Status status = manifest.status();
  if (status.ok()) status = Appear(unfinished, target);
  if (status.ok()) return manifest;
  std::error_code ignored;  // the first error says more
  std::filesystem::remove_all(unfinished, ignored);
  return status;
}

}  // namespace tunegate::backup
