#include "server/store/sqlite/blob_directory.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/digest.h"
#include "common/errors.h"
#include "server/store/blob_status.h"
#include "server/store/sqlite/data_directory.h"

namespace tunegate::store {
namespace {

constexpr char kUnfinishedSuffix[] = ".tmp";
// Of what Sweep has put out of sight to look at.
constexpr char kAsideSuffix[] = ".aside";
constexpr size_t kReadBytes = 256 << 10;

absl::Status WriteAll(int file, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return FileStatus(errno, path, "write");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (fsync(file) != 0) return FileStatus(errno, path, "sync");
  return absl::OkStatus();
}

// Writes a file of its own name; removes it when that fails.
absl::Status WriteNewFile(const std::string& path, std::string_view bytes) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
  if (file < 0) return FileStatus(errno, path, "create");
  absl::Status status = WriteAll(file, bytes, path);
  close(file);
  if (!status.ok()) unlink(path.c_str());
  return status;
}

// Hands the file's bytes to `take`; their digest.
absl::StatusOr<std::string> ReadAll(int file, const std::string& path,
                                    const std::function<void(std::string_view)>& take) {
  std::string buffer(kReadBytes, '\0');
  Sha256 digest;
  while (true) {
    const ssize_t got = read(file, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FileStatus(errno, path, "read");
    if (got == 0) return digest.FinishHex();
    const std::string_view piece(buffer.data(), static_cast<size_t>(got));
    digest.Update(piece);
    take(piece);
  }
}

void Ignore(std::string_view) {}

// Gives what Sweep set aside its name back, unless it was put anew meanwhile.
absl::Status PutBack(const std::string& aside) {
  const std::string file = aside.substr(0, aside.rfind('.', aside.rfind('.') - 1));
  if (link(aside.c_str(), file.c_str()) == 0 || errno == EEXIST) {
    unlink(aside.c_str());
    return absl::OkStatus();
  }
  // A file system without hard links.
  return rename(aside.c_str(), file.c_str()) == 0 ? absl::OkStatus()
                                                  : FileStatus(errno, file, "rename");
}

// By the clock that stamps files: the system's.
bool IsOlder(const std::string& path, absl::Duration age) {
  struct stat found;
  return stat(path.c_str(), &found) == 0 &&
         RealClock().Now() - absl::TimeFromTimespec(found.st_mtim) > age;
}

absl::Status MakeDirectory(const std::string& path) {
  if (mkdir(path.c_str(), 0750) != 0 && errno != EEXIST) {
    return FileStatus(errno, path, "make directory");
  }
  return absl::OkStatus();
}

}  // namespace

std::string BlobDirectory::DirectoryOf(std::string_view sha256) const {
  return absl::StrCat(path_, "/", std::string(sha256.substr(0, 2)));
}

std::string BlobDirectory::FileOf(std::string_view sha256) const {
  return absl::StrCat(DirectoryOf(sha256), "/", std::string(sha256));
}

absl::Status BlobDirectory::Prepare() {
  TG_RETURN_IF_ERROR(MakeDirectory(path_));
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(path_, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() == kUnfinishedSuffix) std::filesystem::remove(it->path(), error);
    // Its sweep was cut off, and it may be named since.
    if (it->path().extension() == kAsideSuffix) TG_RETURN_IF_ERROR(PutBack(it->path()));
  }
  if (error) return FileStatus(error.value(), path_, "read directory");
  return absl::OkStatus();
}

absl::Status BlobDirectory::Put(std::string_view sha256, std::string_view bytes) {
  TG_RETURN_IF_ERROR(CheckDigest(sha256));
  const std::string digest = Sha256Hex(bytes);
  if (digest != sha256) {
    return InvalidArgument("DIGEST_MISMATCH", absl::StrCat("the bytes' SHA-256 is ", digest,
                                                           " and not ", std::string(sha256)));
  }
  const std::string directory = DirectoryOf(sha256);
  const std::string file = FileOf(sha256);
  // One that is as it should be is new again, for Sweep. One that was damaged since, or cannot be
  // read, is replaced: the good bytes are here.
  const bool present =
      utimensat(AT_FDCWD, file.c_str(), nullptr, 0) == 0 && Read(sha256, Ignore).ok();
  if (!present) {
    TG_RETURN_IF_ERROR(MakeDirectory(directory));
    const std::string unfinished = absl::StrCat(file, ".", RandomHex(8), kUnfinishedSuffix);
    TG_RETURN_IF_ERROR(WriteNewFile(unfinished, bytes));
    if (rename(unfinished.c_str(), file.c_str()) != 0) {
      const int error = errno;
      unlink(unfinished.c_str());
      return FileStatus(error, file, "create");
    }
  }
  // Also when it was there: whoever put it may not have come to this line yet.
  TG_RETURN_IF_ERROR(SyncDirectory(directory));
  return SyncDirectory(path_);
}

absl::Status BlobDirectory::Read(std::string_view sha256,
                                 const std::function<void(std::string_view)>& take) const {
  const std::string path = FileOf(sha256);
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return errno == ENOENT ? BlobNotFound(sha256) : FileStatus(errno, path, "read");
  const auto digest = ReadAll(file, path, take);
  close(file);
  TG_RETURN_IF_ERROR(digest.status());
  if (*digest == sha256) return absl::OkStatus();
  return Internal("STORE_CORRUPT", absl::StrCat("file ", path,
                                                " is damaged: its bytes are not those that were "
                                                "stored; restore it from a backup"))
      .Metadata("path", path);
}

absl::StatusOr<std::string> BlobDirectory::Get(std::string_view sha256) const {
  TG_RETURN_IF_ERROR(CheckDigest(sha256));
  std::string bytes;
  TG_RETURN_IF_ERROR(Read(sha256, [&](std::string_view piece) { bytes.append(piece); }));
  return bytes;
}

absl::StatusOr<std::string> BlobDirectory::Path(std::string_view sha256) const {
  TG_RETURN_IF_ERROR(CheckDigest(sha256));
  TG_RETURN_IF_ERROR(Read(sha256, Ignore));
  return FileOf(sha256);
}

absl::Status BlobDirectory::Keep(std::string_view sha256) {
  TG_RETURN_IF_ERROR(CheckDigest(sha256));
  const std::string path = FileOf(sha256);
  MutexLock lock(mutex_);
  // New again, for Sweep, which may have found before that nothing named it.
  if (utimensat(AT_FDCWD, path.c_str(), nullptr, 0) != 0) {
    return errno == ENOENT ? BlobGone(sha256) : FileStatus(errno, path, "read");
  }
  Outdate(sha256);
  kept_.emplace(sha256);
  return absl::OkStatus();
}

void BlobDirectory::ReleaseKept() {
  MutexLock lock(mutex_);
  if (kept_.empty()) return;
  kept_.clear();
  released_.NotifyAll();
}

void BlobDirectory::Outdate(std::string_view sha256) {
  for (Look* look : looks_) {
    if (look->sha256 == sha256) look->outdated = true;
  }
}

absl::Status BlobDirectory::Delete(std::string_view sha256, const NameCheck& is_named) {
  TG_RETURN_IF_ERROR(CheckDigest(sha256));
  while (true) {
    Look look{sha256};
    {
      MutexLock lock(mutex_);
      // What is being committed cannot be seen yet.
      const auto released = [&]()
                                ABSL_NO_THREAD_SAFETY_ANALYSIS { return !kept_.contains(sha256); };
      released_.Wait(lock, released);
      looks_.push_back(&look);
    }
    const absl::StatusOr<bool> named = is_named();
    MutexLock lock(mutex_);
    looks_.erase(std::find(looks_.begin(), looks_.end(), &look));
    if (!named.ok() || *named) return named.status();
    if (!look.outdated) return Erase(sha256);
  }
}

absl::Status BlobDirectory::Erase(std::string_view sha256) {
  const std::string path = FileOf(sha256);
  // A copy that is being made may name it. Where none is, there is nowhere to hold it; and a copy
  // that misses it says so, so it goes in any case.
  (void)Hold(sha256);
  if (unlink(path.c_str()) == 0) return SyncDirectory(DirectoryOf(sha256));
  if (errno == ENOENT) return absl::OkStatus();
  return FileStatus(errno, path, "delete");
}

absl::StatusOr<int64_t> BlobDirectory::Sweep(const std::set<std::string>& named,
                                             absl::Duration min_age) {
  std::vector<std::string> orphans;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(path_, error), end; !error && it != end;
       it.increment(error)) {
    const std::string name = it->path().filename();
    if (!CheckDigest(name).ok() || named.count(name) > 0) continue;
    if (IsOlder(it->path(), min_age)) orphans.push_back(name);
  }
  if (error) return FileStatus(error.value(), path_, "read directory");
  int64_t swept = 0;
  for (const std::string& name : orphans) {
    (void)Hold(name);  // as in Delete
    // Out of sight first: whoever puts it now either made it new, which shows, or puts it afresh.
    const std::string file = FileOf(name);
    const std::string aside = absl::StrCat(file, ".", RandomHex(8), kAsideSuffix);
    if (rename(file.c_str(), aside.c_str()) != 0) continue;
    if (IsOlder(aside, min_age)) {
      unlink(aside.c_str());
      ++swept;
    } else {
      TG_RETURN_IF_ERROR(PutBack(aside));
    }
  }
  return swept;
}

absl::StatusOr<std::string> BlobDirectory::Hold(std::string_view sha256) const {
  TG_RETURN_IF_ERROR(CheckDigest(sha256));
  std::string held = absl::StrCat(hold_path_, "/", std::string(sha256));
  if (link(FileOf(sha256).c_str(), held.c_str()) == 0 || errno == EEXIST) return held;
  // Deleted since, which has linked it; or there is no place to hold it.
  const int error = errno;
  if (error == ENOENT)
    return access(held.c_str(), R_OK) == 0 ? absl::StatusOr<std::string>(held)
                                           : BlobNotFound(sha256);
  return FileStatus(error, held, "link a file to");
}

absl::StatusOr<int64_t> BlobDirectory::SizeBytes() const {
  int64_t size = 0;
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator it(path_, error), end; !error && it != end;
       it.increment(error)) {
    std::error_code gone;  // deleted since
    const auto bytes = it->is_regular_file(gone) ? it->file_size(gone) : 0;
    if (!gone) size += static_cast<int64_t>(bytes);
  }
  if (error) return FileStatus(error.value(), path_, "read directory");
  return size;
}

}  // namespace tunegate::store
