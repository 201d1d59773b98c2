// ScratchFile: a temporary file without a name in any folder, which others reach by a path all the
// same. Nothing remains of it, whatever dies.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_SCRATCH_FILE_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_SCRATCH_FILE_H_

#include <cstdio>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tunegate::evaluations {

// Not thread-safe. Movable.
class ScratchFile {
 public:
  // UNAVAILABLE (TEMPORARY_FILE) when there is no room for one.
  static absl::StatusOr<ScratchFile> Create();

  // Opens the same file, for reading or writing, as long as this lives.
  const std::string& path() const { return path_; }

  // Adds a line and its end. UNAVAILABLE (TEMPORARY_FILE).
  absl::Status WriteLine(std::string_view line);
  // What was written can be read by path from here on. UNAVAILABLE (TEMPORARY_FILE).
  absl::Status Flush();
  // Calls `visit` with every line, from the file's begin, until its first error. In memory is one
  // line at a time. UNAVAILABLE (TEMPORARY_FILE).
  absl::Status ForEachLine(const std::function<absl::Status(std::string_view)>& visit) const;

 private:
  struct Close {
    void operator()(std::FILE* file) const { (void)std::fclose(file); }
  };
  explicit ScratchFile(std::FILE* file);

  std::unique_ptr<std::FILE, Close> file_;
  std::string path_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_SCRATCH_FILE_H_
