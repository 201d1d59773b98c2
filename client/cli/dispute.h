// Disputes: the examples of an evaluation that somebody answered otherwise than the label says,
// laid before a person who is to say what is right, without saying who answered what. The label
// stands among the answers as one of them; equal answers stand there once; what differs from the
// label in nothing that is scored is no other answer, and what fits no label (prose, a refusal) is
// none at all. Order and places are drawn by the evaluation's seed.
#ifndef TUNEGATE_CLIENT_CLI_DISPUTE_H_
#define TUNEGATE_CLIENT_CLI_DISPUTE_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evidence/answers/grading.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::cli {

// One example before a person, or as the person gave it back.
struct Dispute {
  std::string example = "";  // its line in the dataset, from 1, zero-padded
  std::string query = "";
  std::vector<std::string> answers = {};  // in full, each as a label would stand in the dataset
  std::string right = "";                 // "#2", an answer in full, or empty: not said
  int64_t line = 0;                       // in the file that was read
};

// "#2": the second of the answers offered.
std::string ChoiceText(size_t index);

// The same text for answers that are the same label: members in any order, sets in any order.
// INVALID_ARGUMENT (ANSWER_NOT_JSON).
absl::StatusOr<std::string> AnswerKey(const v1::Task& task, std::string_view answer);

// Collects them. Not thread-safe.
class DisputeFinder {
 public:
  // INVALID_ARGUMENT as Grader::Create. `seed` is the evaluation's.
  static absl::StatusOr<DisputeFinder> Create(v1::Task task, int64_t seed);

  // One result after the other, in any order; several of an example where it was asked repeatedly.
  void Add(const v1::Result& result);

  // How many examples there were.
  int64_t example_count() const { return static_cast<int64_t>(examples_.size()); }
  // Those disputed, in the order in which they are to be shown.
  std::vector<Dispute> Take() &&;

 private:
  struct Asked {
    std::string query;
    std::map<std::string, std::string> answers;  // by key
    bool disputed = false;
  };
  DisputeFinder(v1::Task task, evaluations::Grader grader, int64_t seed)
      : task_(std::move(task)), grader_(std::move(grader)), seed_(static_cast<uint64_t>(seed)) {}
  void AddAnswer(const v1::Result& result, const v1::Result::Answer& answer, Asked& asked);
  void Offer(const std::string& text, Asked& asked);

  v1::Task task_;
  evaluations::Grader grader_;
  uint64_t seed_;
  std::map<std::string, Asked> examples_;  // by id
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_DISPUTE_H_
