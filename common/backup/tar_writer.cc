#include <archive.h>
#include <archive_entry.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/backup/tar.h"
#include "common/errors.h"

namespace tunegate::backup {
namespace {

constexpr int kMode = 0640;

}  // namespace

TarWriter::TarWriter(ByteSink sink) : sink_(std::move(sink)), archive_(archive_write_new()) {
  archive_write_set_format_pax_restricted(archive_);
  // Bytes go out as they come: whoever takes them makes the pieces.
  archive_write_set_bytes_per_block(archive_, 0);
  archive_write_open(archive_, this, nullptr, &TarWriter::Pass, nullptr);
}

TarWriter::~TarWriter() {
  // Freeing an archive that was given up writes its end, which must not arrive.
  if (sunk_.ok()) sunk_ = absl::CancelledError("given up");
  archive_write_free(archive_);
}

// libarchive is not told of a failure: it would never free what it keeps for a writer that failed.
long TarWriter::Pass(struct archive*, void* writer, const void* bytes, size_t size) {
  auto& self = *static_cast<TarWriter*>(writer);
  if (self.sunk_.ok()) self.sunk_ = self.sink_({static_cast<const char*>(bytes), size});
  return static_cast<long>(size);
}

absl::Status TarWriter::StatusOf(bool written) const {
  if (!sunk_.ok() || written) return sunk_;
  return Internal("TAR_FAILED",
                  absl::StrCat("the archive cannot be written: ", archive_error_string(archive_)));
}

absl::Status TarWriter::CheckComplete() const {
  if (left_ == 0) return absl::OkStatus();
  return Internal("TAR_FAILED", absl::StrCat("'", name_, "' has ", left_, " bytes too few"));
}

absl::Status TarWriter::BeginFile(const std::string& name, int64_t size, absl::Time modify_time) {
  TG_RETURN_IF_ERROR(CheckComplete());
  struct archive_entry* entry = archive_entry_new();
  archive_entry_set_pathname(entry, name.c_str());
  archive_entry_set_size(entry, size);
  archive_entry_set_filetype(entry, AE_IFREG);
  archive_entry_set_perm(entry, kMode);
  // Whole seconds: a fraction would need a pax header.
  archive_entry_set_mtime(entry, absl::ToUnixSeconds(modify_time), 0);
  const int code = archive_write_header(archive_, entry);
  archive_entry_free(entry);
  TG_RETURN_IF_ERROR(StatusOf(code == ARCHIVE_OK));
  name_ = name;
  left_ = size;
  return absl::OkStatus();
}

absl::Status TarWriter::Write(std::string_view bytes) {
  const auto size = static_cast<int64_t>(bytes.size());
  if (size > left_) {
    return Internal("TAR_FAILED",
                    absl::StrCat("'", name_, "' has ", size - left_, " bytes too many"));
  }
  left_ -= size;
  return StatusOf(archive_write_data(archive_, bytes.data(), bytes.size()) == size);
}

absl::Status TarWriter::Finish() {
  TG_RETURN_IF_ERROR(CheckComplete());
  return StatusOf(archive_write_close(archive_) == ARCHIVE_OK);
}

}  // namespace tunegate::backup
