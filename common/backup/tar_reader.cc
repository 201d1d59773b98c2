#include <archive.h>
#include <archive_entry.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/backup/tar.h"
#include "common/errors.h"

namespace tunegate::backup {
namespace {

constexpr size_t kBufferBytes = 256 << 10;

}  // namespace

TarReader::TarReader(ByteSource source)
    : source_(std::move(source)),
      archive_(archive_read_new()),
      input_(kBufferBytes, '\0'),
      output_(kBufferBytes, '\0') {
  archive_read_support_format_tar(archive_);  // nothing else, and uncompressed
}

TarReader::~TarReader() { archive_read_free(archive_); }

long TarReader::Fill(struct archive* archive, void* reader, const void** bytes) {
  auto& self = *static_cast<TarReader*>(reader);
  *bytes = self.input_.data();
  const absl::StatusOr<size_t> size = self.source_(self.input_.data(), self.input_.size());
  if (size.ok()) return static_cast<long>(*size);
  self.sourced_ = size.status();
  archive_set_error(archive, EIO, "the bytes were not given");
  return -1;
}

absl::Status TarReader::Failure() const {
  if (!sourced_.ok()) return sourced_;
  const char* why = archive_error_string(archive_);
  return FailedPrecondition("BACKUP_DAMAGED",
                            absl::StrCat("this is no tar archive, or it is damaged or cut off: ",
                                         why == nullptr ? "it cannot be read" : why));
}

absl::StatusOr<std::optional<TarEntry>> TarReader::Next() {
  if (!std::exchange(opened_, true) &&
      archive_read_open(archive_, this, nullptr, &TarReader::Fill, nullptr) != ARCHIVE_OK) {
    return Failure();
  }
  struct archive_entry* entry = nullptr;
  const int code = archive_read_next_header(archive_, &entry);
  if (code == ARCHIVE_EOF) return std::nullopt;
  // Also for warnings: what TarWriter writes gives none.
  if (code != ARCHIVE_OK) return Failure();
  const char* name = archive_entry_pathname(entry);
  return TarEntry{.name = name == nullptr ? "" : name,
                  .size = archive_entry_size(entry),
                  .is_file = archive_entry_filetype(entry) == AE_IFREG &&
                             archive_entry_hardlink(entry) == nullptr &&
                             archive_entry_symlink(entry) == nullptr};
}

absl::StatusOr<std::string_view> TarReader::Read() {
  const la_ssize_t size = archive_read_data(archive_, output_.data(), output_.size());
  if (size < 0) return Failure();
  return std::string_view(output_).substr(0, static_cast<size_t>(size));
}

}  // namespace tunegate::backup
