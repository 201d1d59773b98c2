#include "server/evaluations/run/asked_examples.h"

#include <utility>

#include "common/errors.h"

namespace tunegate::evaluations {

absl::StatusOr<AskedExample> ReadAsked(const ExampleFile& file, const Grader& grader,
                                       size_t index) {
  AskedExample asked;
  TG_ASSIGN_OR_RETURN(asked.example, file.Read(index));
  TG_ASSIGN_OR_RETURN(asked.expected, grader.Prepare(asked.example.expected));
  return asked;
}

absl::StatusOr<const AskedExample*> AskedExamples::Open(size_t index) {
  auto found = open_.find(index);
  if (found == open_.end()) {
    TG_ASSIGN_OR_RETURN(AskedExample asked, ReadAsked(file_, grader_, index));
    found = open_.emplace(index, Entry{std::move(asked)}).first;
  }
  ++found->second.calls;
  return &found->second.asked;
}

void AskedExamples::Close(size_t index) {
  const auto found = open_.find(index);
  if (found != open_.end() && --found->second.calls == 0) open_.erase(found);
}

}  // namespace tunegate::evaluations
