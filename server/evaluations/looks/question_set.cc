#include "server/evaluations/looks/question_set.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/evidence/answers/lines.h"
#include "server/datasets/leakage.h"
#include "server/evaluations/run/example_file.h"

namespace tunegate::evaluations {
namespace {

// The same share that makes leakage an error: a twentieth.
constexpr int64_t kRelatedShare = 20;
constexpr size_t kIdDigits = 32;

}  // namespace

std::string QuestionSet::Id() const {
  Sha256 sha;
  sha.Update(task);
  for (const uint64_t digest : digests) sha.Update(absl::StrFormat("\n%016x", digest));
  return sha.FinishHex().substr(0, kIdDigits);
}

QuestionSet MakeQuestionSet(std::string_view task, std::vector<uint64_t> digests) {
  std::sort(digests.begin(), digests.end());
  digests.erase(std::unique(digests.begin(), digests.end()), digests.end());
  return {std::string(task), std::move(digests)};
}

uint64_t DigestQuestion(const datasets::Example& example) {
  const bool plain = example.turns.size() == 1 && example.turns.front()["content"].IsString();
  if (plain) return datasets::DigestQuery(example.query);
  std::string all;
  for (const json::Value& turn : example.turns) {
    absl::StrAppend(&all, json::WriteCanonical(turn), "\n");
  }
  return datasets::DigestQuery(all);
}

absl::StatusOr<QuestionSet> ReadQuestions(store::Store& store, const v1::Dataset& dataset) {
  TG_ASSIGN_OR_RETURN(const ExampleFile file, ExampleFile::Open(store, dataset.sha256()));
  std::vector<uint64_t> digests;
  digests.reserve(file.size());
  TG_RETURN_IF_ERROR(file.ForEach([&](const datasets::Example& example) {
    digests.push_back(DigestQuestion(example));
    return absl::OkStatus();
  }));
  return MakeQuestionSet(dataset.task(), std::move(digests));
}

QuestionSet QuestionsOf(std::string_view task, std::string_view jsonl) {
  std::vector<uint64_t> digests;
  datasets::ForEachLine(jsonl, [&](std::string_view text, int64_t line) {
    const auto example = datasets::ParseExample(text, line);
    if (example.ok()) digests.push_back(DigestQuestion(*example));
  });
  return MakeQuestionSet(task, std::move(digests));
}

bool AreRelated(int64_t shared, int64_t one_size, int64_t other_size) {
  return shared > 0 && kRelatedShare * shared >= std::min(one_size, other_size);
}

}  // namespace tunegate::evaluations
