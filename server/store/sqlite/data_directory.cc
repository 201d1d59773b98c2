#include "server/store/sqlite/data_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::store {
namespace {

absl::Status Unusable(const std::string& path, std::string_view what, std::string_view remedy) {
  return FailedPrecondition("DATA_DIR_UNUSABLE",
                            absl::StrCat("data directory ", path, " cannot be used: ",
                                         absl::string_view(what.data(), what.size()), "; ",
                                         absl::string_view(remedy.data(), remedy.size())))
      .Metadata("path", path);
}

absl::Status InUse(const std::string& path, int lock) {
  char text[32] = {};
  const ssize_t size = pread(lock, text, sizeof(text) - 1, 0);
  std::string holder(text, size > 0 ? static_cast<size_t>(size) : 0);
  holder.resize(holder.find_last_not_of('\n') + 1);
  const std::string who = holder.empty() ? "another process" : absl::StrCat("process ", holder);
  return FailedPrecondition("DATA_DIR_IN_USE",
                            absl::StrCat("data directory ", path, " is in use by ", who,
                                         "; stop it or choose another --data_dir"))
      .Metadata("path", path)
      .Metadata("pid", holder);
}

// For people and for InUse's text; the lock itself is the kernel's.
absl::Status WriteHolder(const std::string& path, int lock) {
  const std::string holder = absl::StrCat(getpid(), "\n");
  if (ftruncate(lock, 0) != 0 ||
      pwrite(lock, holder.data(), holder.size(), 0) != static_cast<ssize_t>(holder.size())) {
    return FileStatus(errno, path, "write");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status FileStatus(int error, const std::string& path, const std::string& doing) {
  const char* remedy = "check the disk and the file system";
  if (error == ENOSPC || error == EDQUOT) {
    remedy = "make room on that file system and repeat the call";
  } else if (error == EACCES || error == EPERM || error == EROFS) {
    remedy = "let the server's user write there";
  } else if (error == EMFILE || error == ENFILE) {
    remedy = "raise the limit of open files";
  }
  return Unavailable("STORE_UNAVAILABLE", absl::StrCat("cannot ", doing, " ", path, ": ",
                                                       std::strerror(error), "; ", remedy))
      .Metadata("path", path);
}

absl::Status SyncDirectory(const std::string& path) {
  const int directory = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return FileStatus(errno, path, "open directory");
  const int error = fsync(directory) == 0 ? 0 : errno;
  close(directory);
  return error == 0 ? absl::OkStatus() : FileStatus(error, path, "sync directory");
}

absl::StatusOr<int64_t> FreeBytes(const std::string& directory) {
  struct statvfs disk {};
  if (statvfs(directory.c_str(), &disk) != 0) return FileStatus(errno, directory, "look at");
  return static_cast<int64_t>(disk.f_bavail) * static_cast<int64_t>(disk.f_frsize);
}

absl::StatusOr<std::unique_ptr<DataDirectory>> DataDirectory::Open(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return Unusable(path, error.message(), "choose a --data_dir that the server's user may make");
  }
  const std::string lock_path = path + "/LOCK";
  const int lock = open(lock_path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
  if (lock < 0) {
    return Unusable(path, std::strerror(errno),
                    "let the server's user write there or choose another --data_dir");
  }
  std::unique_ptr<DataDirectory> directory(new DataDirectory(path, lock));
  if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return InUse(path, lock);
    return Unusable(path, absl::StrCat("it cannot be locked: ", std::strerror(errno)),
                    "choose a --data_dir on a local file system");
  }
  TG_RETURN_IF_ERROR(WriteHolder(lock_path, lock));
  return directory;
}

DataDirectory::~DataDirectory() { close(lock_); }

}  // namespace tunegate::store
