// LineReader: the lines of a stream, one in memory at a time, with the SHA-256 of all bytes.
#ifndef TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_LINE_READER_H_
#define TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_LINE_READER_H_

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/digest.h"

namespace tunegate::certificates {

// Not thread-safe. The stream outlives it.
class LineReader {
 public:
  // Lines of more bytes are refused: 20 repeats of two answers of 1 MiB fit.
  static constexpr size_t kMostBytes = 128 << 20;

  explicit LineReader(std::istream& stream, size_t most_bytes = kMostBytes)
      : stream_(stream), most_bytes_(most_bytes) {}

  // Reads the next line; false at the end. INVALID_ARGUMENT (BAD_EVIDENCE) with its number for a
  // line that is too long or has no line feed (the file was cut).
  absl::StatusOr<bool> Next();

  // Without its line feed; until the next call of Next.
  std::string_view line() const { return line_; }
  int64_t number() const { return number_; }  // from 1

  // Of all that was read. Call once, after the end.
  std::string FinishSha256() { return sha256_.FinishHex(); }

 private:
  std::istream& stream_;
  const size_t most_bytes_;
  std::string line_;
  int64_t number_ = 0;
  Sha256 sha256_;
};

}  // namespace tunegate::certificates

#endif  // TUNEGATE_COMMON_EVIDENCE_CERTIFICATE_LINE_READER_H_
