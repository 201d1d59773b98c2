#include "common/evidence/certificate/line_reader.h"

#include <streambuf>

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::certificates {
namespace {

absl::Status BadLine(int64_t number, std::string_view why) {
  return InvalidArgument("BAD_EVIDENCE", absl::StrCat("line ", number, ": ", std::string(why)));
}

}  // namespace

absl::StatusOr<bool> LineReader::Next() {
  constexpr int kEnd = std::istream::traits_type::eof();
  line_.clear();
  std::streambuf& bytes = *stream_.rdbuf();
  if (bytes.sgetc() == kEnd) return false;
  ++number_;
  int next = bytes.sbumpc();
  for (; next != kEnd && next != '\n'; next = bytes.sbumpc()) {
    if (line_.size() == most_bytes_) {
      return BadLine(number_, absl::StrCat("it has more than ", most_bytes_, " bytes"));
    }
    line_.push_back(static_cast<char>(next));
  }
  if (next == kEnd) return BadLine(number_, "it ends without a line feed: the file was cut");
  sha256_.Update(line_);
  sha256_.Update("\n");
  return true;
}

}  // namespace tunegate::certificates
