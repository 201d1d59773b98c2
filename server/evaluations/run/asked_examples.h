// AskedExamples: the examples that calls are out about, each read when its first call is made and
// kept until its last one is back.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_ASKED_EXAMPLES_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_ASKED_EXAMPLES_H_

#include <cstddef>
#include <unordered_map>

#include "absl/status/statusor.h"
#include "common/evidence/answers/example.h"
#include "common/evidence/answers/grading.h"
#include "server/evaluations/run/example_file.h"

namespace tunegate::evaluations {

// An example and its right answer.
struct AskedExample {
  datasets::Example example;
  Expected expected;
};

// Reads it. Errors as ExampleFile::Read and Grader::Prepare.
absl::StatusOr<AskedExample> ReadAsked(const ExampleFile& file, const Grader& grader, size_t index);

// Not thread-safe. What it is given outlives it.
class AskedExamples {
 public:
  AskedExamples(const ExampleFile* file, const Grader* grader) : file_(*file), grader_(*grader) {}

  // The example at `index`, about which one more call goes out. Good until that many were closed.
  absl::StatusOr<const AskedExample*> Open(size_t index);
  // An example that is open.
  const AskedExample& At(size_t index) const { return open_.at(index).asked; }
  // One of its calls is back, or will not go after all.
  void Close(size_t index);

 private:
  struct Entry {
    AskedExample asked;
    int calls = 0;
  };
  const ExampleFile& file_;
  const Grader& grader_;
  std::unordered_map<size_t, Entry> open_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_ASKED_EXAMPLES_H_
