// ExampleFile: the examples of a stored dataset, read from its file one at a time. In memory is
// where every 16th line begins, half a byte an example, so that an evaluation of a hundred thousand
// examples takes no more than a small one.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_EXAMPLE_FILE_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_EXAMPLE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/evidence/answers/example.h"
#include "server/store/store.h"

namespace tunegate::evaluations {

// What is recorded was not asked of these bytes.
inline constexpr std::string_view kLedgerMismatch = "LEDGER_MISMATCH";

// Immutable, so thread-safe. Movable.
class ExampleFile {
 public:
  // Reads the blob once, to find its lines. Errors of the store; FAILED_PRECONDITION
  // (kLedgerMismatch) when its bytes are not those that its name says; UNAVAILABLE
  // (DATASET_UNREADABLE) when the disk does not give them.
  static absl::StatusOr<ExampleFile> Open(store::Store& store, const std::string& sha256);
  ExampleFile(ExampleFile&& other) noexcept;
  ExampleFile& operator=(ExampleFile&&) = delete;
  ~ExampleFile();

  // How many examples there are.
  size_t size() const { return size_; }
  // The example at `index`, from 0, which is line index + 1. INVALID_ARGUMENT (BAD_EXAMPLE) as
  // datasets::ParseExample; UNAVAILABLE (DATASET_UNREADABLE).
  absl::StatusOr<datasets::Example> Read(size_t index) const;
  // All of them in order, until the first error, which may be the visitor's.
  absl::Status ForEach(const std::function<absl::Status(const datasets::Example&)>& visit) const;

  // Reads one after the other, which costs far less than to find each one. Not thread-safe; the
  // file outlives it.
  class Reader {
   public:
    explicit Reader(const ExampleFile* file) : file_(*file) {}
    // The index of what Next reads.
    size_t next() const { return next_; }
    // As ExampleFile::Read. Not behind the last one.
    absl::StatusOr<datasets::Example> Next();

   private:
    absl::StatusOr<std::string_view> NextLine();

    const ExampleFile& file_;
    size_t next_ = 0;
    uint64_t offset_ = 0;  // where in the file piece_ begins
    std::string piece_;
    size_t begin_ = 0;  // of the next line in piece_
  };

 private:
  ExampleFile(std::string path, int descriptor) : path_(std::move(path)), fd_(descriptor) {}
  absl::Status FindLines(const std::string& sha256);
  absl::StatusOr<std::string> Line(size_t index) const;

  std::string path_;  // for messages: what is open stays readable without its name
  int fd_;
  size_t size_ = 0;
  std::vector<uint64_t> begins_;  // offsets of lines 0, 16, 32 ...
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_EXAMPLE_FILE_H_
