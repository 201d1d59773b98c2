// ReportSpool: a report between the room that writes it in one go and the stream that gives it away
// piece by piece. It lies in an unnamed temporary file, so that memory stays bounded and nothing
// remains of it.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_REPORT_SPOOL_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_REPORT_SPOOL_H_

#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tunegate::evaluations {

// Not thread-safe. First written, then read.
class ReportSpool {
 public:
  // UNAVAILABLE (TEMPORARY_FILE) when there is no room for one.
  static absl::StatusOr<std::unique_ptr<ReportSpool>> Create();

  // UNAVAILABLE (TEMPORARY_FILE).
  absl::Status Write(std::string_view bytes);
  // Ends the writing.
  absl::Status Rewind();
  // The next piece, at most 64 KiB; nullopt at the end.
  absl::StatusOr<std::optional<std::string>> Next();

 private:
  struct Close {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
  };

  explicit ReportSpool(std::FILE* file) : file_(file) {}

  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_REPORT_SPOOL_H_
