#include "server/evaluations/run/example_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"

namespace tunegate::evaluations {
namespace {

constexpr size_t kPieceBytes = 256 * 1024;
constexpr size_t kStride = 16;
// Most examples are found in so much behind the last known beginning.
constexpr size_t kGlance = 4 * 1024;
// What Reader holds at a time, beyond a line that is longer.
constexpr size_t kReadAhead = 32 * 1024;

absl::Status Unreadable(const std::string& path) {
  return Unavailable("DATASET_UNREADABLE", absl::StrCat("cannot read ", path, ": ",
                                                        std::strerror(errno), "; see to the disk"));
}

absl::StatusOr<datasets::Example> ParseLine(std::string_view line, size_t index) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return datasets::ParseExample(line, static_cast<int64_t>(index) + 1);
}

// Reads all of `bytes` at `offset`, fewer at the file's end; the number read, or -1.
ssize_t ReadAt(int fd, uint64_t offset, char* bytes, size_t count) {
  size_t done = 0;
  while (done < count) {
    const ssize_t got = pread(fd, bytes + done, count - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  return static_cast<ssize_t>(done);
}

}  // namespace

absl::StatusOr<ExampleFile> ExampleFile::Open(store::Store& store, const std::string& sha256) {
  TG_ASSIGN_OR_RETURN(const store::BlobFile blob, store.OpenBlob(sha256));
  const int fd = open(blob.path().c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Unreadable(blob.path());
  ExampleFile file(blob.path(), fd);
  TG_RETURN_IF_ERROR(file.FindLines(sha256));
  return file;
}

ExampleFile::ExampleFile(ExampleFile&& other) noexcept
    : path_(std::move(other.path_)),
      fd_(std::exchange(other.fd_, -1)),
      size_(other.size_),
      begins_(std::move(other.begins_)) {}

ExampleFile::~ExampleFile() {
  if (fd_ >= 0) close(fd_);
}

absl::Status ExampleFile::FindLines(const std::string& sha256) {
  Sha256 digest;
  std::string piece(kPieceBytes, '\0');
  bool line_begins = true;
  for (uint64_t offset = 0;; offset += piece.size()) {
    piece.resize(kPieceBytes);
    const ssize_t got = ReadAt(fd_, offset, piece.data(), piece.size());
    if (got < 0) return Unreadable(path_);
    if (got == 0) break;
    piece.resize(static_cast<size_t>(got));
    digest.Update(piece);
    for (size_t at = 0; at < piece.size();) {
      if (line_begins && size_++ % kStride == 0) begins_.push_back(offset + at);
      const size_t feed = piece.find('\n', at);
      line_begins = feed != std::string::npos;
      at = line_begins ? feed + 1 : piece.size();
    }
  }
  if (digest.FinishHex() == sha256) return absl::OkStatus();
  return FailedPrecondition(kLedgerMismatch,
                            absl::StrCat("the dataset's bytes are not those of ", sha256,
                                         " any more; restore them from a backup"));
}

absl::StatusOr<std::string> ExampleFile::Line(size_t index) const {
  const uint64_t offset = begins_[index / kStride];
  size_t to_skip = index % kStride;
  size_t begin = 0;  // of the first line that is not skipped
  size_t searched = 0;
  std::string bytes;
  while (true) {
    const size_t before = bytes.size();
    bytes.resize(std::max(kGlance, before * 2));
    const ssize_t got = ReadAt(fd_, offset + before, bytes.data() + before, bytes.size() - before);
    if (got < 0) return Unreadable(path_);
    bytes.resize(before + static_cast<size_t>(got));
    for (size_t feed; (feed = bytes.find('\n', searched)) != std::string::npos;) {
      if (to_skip == 0) return bytes.substr(begin, feed - begin);
      --to_skip;
      begin = searched = feed + 1;
    }
    if (got == 0) return bytes.substr(begin);  // the last line has no line feed
    searched = bytes.size();
  }
}

absl::StatusOr<datasets::Example> ExampleFile::Read(size_t index) const {
  TG_ASSIGN_OR_RETURN(const std::string line, Line(index));
  return ParseLine(line, index);
}

absl::Status ExampleFile::ForEach(
    const std::function<absl::Status(const datasets::Example&)>& visit) const {
  Reader reader(this);
  while (reader.next() < size()) {
    TG_ASSIGN_OR_RETURN(const datasets::Example example, reader.Next());
    TG_RETURN_IF_ERROR(visit(example));
  }
  return absl::OkStatus();
}

absl::StatusOr<datasets::Example> ExampleFile::Reader::Next() {
  TG_ASSIGN_OR_RETURN(const std::string_view line, NextLine());
  return ParseLine(line, next_++);
}

absl::StatusOr<std::string_view> ExampleFile::Reader::NextLine() {
  size_t searched = begin_;
  while (true) {
    const size_t feed = piece_.find('\n', searched);
    if (feed != std::string::npos) {
      const std::string_view line(piece_.data() + begin_, feed - begin_);
      begin_ = feed + 1;
      return line;
    }
    piece_.erase(0, begin_);
    offset_ += begin_;
    begin_ = 0;
    searched = piece_.size();
    piece_.resize(searched + kReadAhead);
    const ssize_t got = ReadAt(file_.fd_, offset_ + searched, piece_.data() + searched, kReadAhead);
    if (got < 0) return Unreadable(file_.path_);
    piece_.resize(searched + static_cast<size_t>(got));
    if (got > 0) continue;
    begin_ = piece_.size();
    return std::string_view(piece_);  // the last line has no line feed
  }
}

}  // namespace tunegate::evaluations
