#include "server/sandbox/disk.h"

#include <errno.h>
#include <string.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "common/digest.h"
#include "common/errors.h"

namespace tunegate::sandbox {
namespace {

namespace fs = std::filesystem;

absl::Status Refused(std::string_view what, const std::string& path, const std::string& cause) {
  return Internal("storage_failed", "cannot " + std::string(what) + " '" + path + "': " + cause);
}

absl::Status Write(const std::string& path, std::string_view bytes, std::ios::openmode mode) {
  std::ofstream file(path, std::ios::binary | mode);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) return Refused("write", path, strerror(errno));
  return absl::OkStatus();
}

}  // namespace

absl::Status MakeDirectory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) return Refused("make directory", path, error.message());
  return absl::OkStatus();
}

absl::Status WriteFileAtomically(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + "." + RandomHex(4) + ".tmp";
  if (absl::Status written = Write(temporary, bytes, std::ios::trunc); !written.ok()) {
    RemoveAll(temporary);
    return written;
  }
  std::error_code error;
  fs::rename(temporary, path, error);
  if (error) {
    RemoveAll(temporary);
    return Refused("replace", path, error.message());
  }
  return absl::OkStatus();
}

absl::Status AppendToFile(const std::string& path, std::string_view bytes) {
  return Write(path, bytes, std::ios::app);
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) return Refused("read", path, strerror(errno));
  std::string bytes(static_cast<size_t>(file.tellg()), '\0');
  file.seekg(0);
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!file) return Refused("read", path, strerror(errno));
  return bytes;
}

absl::StatusOr<std::vector<std::string>> ListDirectory(const std::string& directory,
                                                       std::string_view suffix) {
  std::error_code error;
  std::vector<std::string> paths;
  for (fs::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.size() >= suffix.size() &&
        std::string_view(name).substr(name.size() - suffix.size()) == suffix) {
      paths.push_back(it->path().string());
    }
  }
  if (error) return Refused("list", directory, error.message());
  std::sort(paths.begin(), paths.end());
  return paths;
}

void RemoveAll(const std::string& path) {
  std::error_code ignored;  // what cannot be removed is found again at the next start
  fs::remove_all(path, ignored);
}

}  // namespace tunegate::sandbox
