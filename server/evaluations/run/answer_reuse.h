// AnswerReuse: which calls of an evaluation earlier evaluations have asked already. An answer is
// taken where all of this holds:
//
//  * the model is pinned (pinned_model.h): it is today what it was then
//  * the same endpoint was asked, base URL and path
//  * the same was asked, by the digest of model, messages and parameters, as the same repeat
//  * it was asked there itself and answered, and is younger than the policy's max_reuse_age
//
// Every answer is taken once at most: two calls that ask the same (an evaluation of a model against
// itself, an example that stands twice in the file) get two answers or are asked.
//
// Bounded: of the newest kMostListed evaluations the ledgers of at most kMostRead are read, first
// of those over the same bytes, then of others that asked one of the models, the newest first.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_ANSWER_REUSE_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_ANSWER_REUSE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/evaluations/run/run_inputs.h"
#include "server/store/store.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

inline constexpr int kMostListed = 1000;
inline constexpr int kMostRead = 20;

// Not thread-safe. What it is given outlives it.
class AnswerReuse {
 public:
  // A call that an earlier answer stands for.
  struct Found {
    size_t sequence;
    const store::v1::CallRecord& answer;
    const std::string& evaluation;
  };
  using Take = std::function<absl::Status(const Found&)>;

  AnswerReuse(const RunInputs* inputs, const store::v1::EvaluationRecord& record);

  // Whether answers of this arm may be taken at all.
  bool Serves(Arm arm) const;
  // A call that is not answered yet and whose arm it serves, with its request's digest.
  void Want(size_t sequence, const std::string& digest);

  // Looks for the wanted calls and gives `take` each one found. Errors of the store and of `take`.
  absl::Status Find(store::Store& store, absl::Time now, const Take& take);

 private:
  // An earlier evaluation that may hold something.
  struct Source {
    std::string name;
    std::string baseline_provider, candidate_provider;
    bool same_bytes;
  };

  absl::StatusOr<std::vector<Source>> Sources(store::Store& store) const;
  bool MayHold(const store::v1::EvaluationRecord& earlier) const;
  absl::Status Read(store::Store& store, const Source& source, const Take& take);
  // The wanted call that `answer` serves best; wanted_.end() for none.
  std::unordered_multimap<std::string, size_t>::iterator BestFor(
      const store::v1::CallRecord& answer, const std::string& endpoint);

  const RunInputs& inputs_;
  const std::string name_, bytes_;
  const std::string baseline_model_, candidate_model_;
  const absl::Duration max_age_;
  absl::Time oldest_;  // an answer that is taken
  // Sequences by request digest.
  std::unordered_multimap<std::string, size_t> wanted_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_ANSWER_REUSE_H_
