#include "server/decisions/decision_key.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/log.h"

namespace tunegate::decisions {
namespace {

using certificates::SigningKey;

constexpr size_t kMostBytes = 16 * 1024;
constexpr mode_t kOthers = 077;

// Closes what it holds.
class File {
 public:
  explicit File(int descriptor) : fd_(descriptor) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  const int fd_;
};

absl::Status BadKeyFile(const std::string& path, std::string_view why) {
  return InvalidArgument("CONFIG_INVALID", absl::StrCat("configuration: decision_key_file: ", path,
                                                        ": ", std::string(why)))
      .Field("decision_key_file", why);
}

absl::Status Unwritable(const std::string& path, int error) {
  return Unavailable(
      "DECISION_KEY_UNWRITABLE",
      absl::StrCat("cannot make the key that signs decisions, ", path, ": ", std::strerror(error)));
}

// Its whole content. False with errno set.
bool ReadAll(int fd, std::string& text) {
  text.resize(kMostBytes);
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t got = read(fd, text.data() + done, text.size() - done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return false;
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  text.resize(done);
  return true;
}

bool WriteAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t put = write(fd, text.data(), text.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    text.remove_prefix(static_cast<size_t>(put));
  }
  return fsync(fd) == 0;
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

absl::StatusOr<SigningKey> ReadDecisionKey(const std::string& path) {
  const File file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat about = {};
  if (file.fd() < 0 || fstat(file.fd(), &about) != 0) {
    return BadKeyFile(path, absl::StrCat("cannot be read: ", std::strerror(errno),
                                         "; make a key with  openssl genpkey -algorithm ed25519 "
                                         "-out FILE"));
  }
  if (!S_ISREG(about.st_mode)) return BadKeyFile(path, "is no file");
  if ((about.st_mode & kOthers) != 0) {
    log::Warning("others than its owner may use the key that signs decisions",
                 {{"file", path}, {"remedy", absl::StrCat("chmod 600 ", path)}});
  }
  std::string text;
  if (!ReadAll(file.fd(), text)) {
    return BadKeyFile(path, absl::StrCat("cannot be read: ", std::strerror(errno)));
  }
  absl::StatusOr<SigningKey> key = SigningKey::FromPem(text);
  if (!key.ok()) {
    return BadKeyFile(path, absl::StrCat(std::string(key.status().message()),
                                         "; expected an Ed25519 private key (openssl genpkey "
                                         "-algorithm ed25519)"));
  }
  return key;
}

// Under another name first, and then linked: a link is there with all its bytes or not at all, and
// never replaces a key that somebody else made meanwhile.
absl::Status MakeDecisionKey(const std::string& path) {
  if (access(path.c_str(), F_OK) == 0) return absl::OkStatus();
  const std::string unfinished = absl::StrCat(path, ".new");
  const SigningKey key = SigningKey::Generate();
  unlink(unfinished.c_str());  // of a start that was cut off
  {
    const File file(
        open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (file.fd() < 0 || !WriteAll(file.fd(), key.ToPem())) return Unwritable(unfinished, errno);
  }
  const bool linked = link(unfinished.c_str(), path.c_str()) == 0;
  const int error = linked ? 0 : errno;
  unlink(unfinished.c_str());
  if (!linked && error == EEXIST) return absl::OkStatus();
  if (!linked) return Unwritable(path, error);
  const File folder(open(FolderOf(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.fd() < 0 || fsync(folder.fd()) != 0) return Unwritable(path, errno);
  log::Info("made a key that signs decisions",
            {{"file", path}, {"fingerprint", key.public_key().Fingerprint()}});
  return absl::OkStatus();
}

}  // namespace tunegate::decisions
