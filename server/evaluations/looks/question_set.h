// The questions of a test set, whatever their answers, their order and the dataset that has them:
// what is spent by looking. A copy, an extended and a relabelled test set ask the same.
//
//   TG_ASSIGN_OR_RETURN(const QuestionSet asked, ReadQuestions(store, dataset));
//   const std::string id = asked.Id();
#ifndef TUNEGATE_SERVER_EVALUATIONS_LOOKS_QUESTION_SET_H_
#define TUNEGATE_SERVER_EVALUATIONS_LOOKS_QUESTION_SET_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evidence/answers/example.h"
#include "server/store/store.h"
#include "tunegate/v1/dataset.pb.h"

namespace tunegate::evaluations {

// Eight bytes a question. Pure data.
struct QuestionSet {
  std::string task;               // "tasks/x": of another task the same words ask something else
  std::vector<uint64_t> digests;  // sorted, each once

  int64_t size() const { return static_cast<int64_t>(digests.size()); }
  // 32 hexadecimal digits of a SHA-256: the same for the same questions of the same task.
  std::string Id() const;
};

// The set of these digests, in any order.
QuestionSet MakeQuestionSet(std::string_view task, std::vector<uint64_t> digests);

// What an example asks: its query, or all turns of a conversation, of which the last alone ("yes")
// would say little. Case, accents, punctuation and white space make no other question
// (server/datasets/leakage.h).
uint64_t DigestQuestion(const datasets::Example& example);

// The questions of a stored dataset, read line by line. Errors of ExampleFile.
absl::StatusOr<QuestionSet> ReadQuestions(store::Store& store, const v1::Dataset& dataset);
// The same of a file in memory; lines that hold no example are left out.
QuestionSet QuestionsOf(std::string_view task, std::string_view jsonl);

// True when two sets ask so much alike that a look at one is a look at the other: they share at
// least a twentieth of the smaller one.
bool AreRelated(int64_t shared, int64_t one_size, int64_t other_size);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_LOOKS_QUESTION_SET_H_
