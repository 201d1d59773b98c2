#include "server/evaluations/run/report_spool.h"

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::evaluations {
namespace {

constexpr size_t kPieceBytes = 64 * 1024;

absl::Status Broken(std::string_view what) {
  return Unavailable("TEMPORARY_FILE",
                     absl::StrCat("the report's temporary file cannot be ", std::string(what), ": ",
                                  std::strerror(errno), "; see to the room in TMPDIR"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<ReportSpool>> ReportSpool::Create() {
  std::FILE* file = std::tmpfile();
  if (file == nullptr) return Broken("made");
  return std::unique_ptr<ReportSpool>(new ReportSpool(file));
}

absl::Status ReportSpool::Write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) {
    return Broken("written");
  }
  return absl::OkStatus();
}

absl::Status ReportSpool::Rewind() {
  if (std::fflush(file_.get()) != 0) return Broken("written");
  std::rewind(file_.get());
  return absl::OkStatus();
}

absl::StatusOr<std::optional<std::string>> ReportSpool::Next() {
  std::string piece(kPieceBytes, '\0');
  piece.resize(std::fread(piece.data(), 1, piece.size(), file_.get()));
  if (piece.empty() && std::ferror(file_.get()) != 0) return Broken("read");
  if (piece.empty()) return std::optional<std::string>();
  return std::optional<std::string>(std::move(piece));
}

}  // namespace tunegate::evaluations
