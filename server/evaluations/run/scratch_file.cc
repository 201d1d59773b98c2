#include "server/evaluations/run/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::evaluations {
namespace {

absl::Status Broken(std::string_view what) {
  return Unavailable("TEMPORARY_FILE",
                     absl::StrCat("a temporary file cannot be ", std::string(what), ": ",
                                  std::strerror(errno), "; see to the room in TMPDIR"));
}

}  // namespace

ScratchFile::ScratchFile(std::FILE* file)
    : file_(file), path_(absl::StrCat("/proc/self/fd/", fileno(file))) {}

absl::StatusOr<ScratchFile> ScratchFile::Create() {
  std::error_code none;
  std::string path = std::filesystem::temp_directory_path(none) / "tunegate-XXXXXX";
  const int descriptor = mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) return Broken("made");
  (void)unlink(path.c_str());
  std::FILE* file = fdopen(descriptor, "w+b");
  if (file == nullptr) {
    (void)close(descriptor);
    return Broken("made");
  }
  return ScratchFile(file);
}

absl::Status ScratchFile::WriteLine(std::string_view line) {
  if (std::fwrite(line.data(), 1, line.size(), file_.get()) != line.size() ||
      std::fputc('\n', file_.get()) == EOF) {
    return Broken("written");
  }
  return absl::OkStatus();
}

absl::Status ScratchFile::Flush() {
  return std::fflush(file_.get()) == 0 ? absl::OkStatus() : Broken("written");
}

absl::Status ScratchFile::ForEachLine(
    const std::function<absl::Status(std::string_view)>& visit) const {
  std::ifstream input(path_, std::ios::binary);
  if (!input) return Broken("read");
  std::string line;
  while (std::getline(input, line)) TG_RETURN_IF_ERROR(visit(line));
  return input.bad() ? Broken("read") : absl::OkStatus();
}

}  // namespace tunegate::evaluations
