// BatchBudget: how far a budget reaches before anything is sent. A batch cannot be stopped line by
// line; so each line is estimated first, by what its arm's lines cost so far, or by the lengths of
// its prompt and of its right answer while nothing is known. Whatever is under way counts as
// estimated.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_BUDGET_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_BUDGET_H_

#include <cstdint>
#include <optional>
#include <string>

#include "common/evidence/answers/example.h"
#include "server/evaluations/run/batch_book.h"
#include "server/providers/provider.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::evaluations {

// Not thread-safe. The book outlives it, and is not added to in between.
class BatchBudget {
 public:
  BatchBudget(const BatchBook* book, const store::v1::EvaluationRecord& record);

  bool limited() const { return budget_.ByteSizeLong() > 0; }
  // Whether another line fits; if so, it counts from here on.
  bool Take(Arm arm, const providers::ChatCall& call, const datasets::Example& example);
  // A line that is under way already, whether it fits or not.
  void Count(Arm arm, const providers::ChatCall& call, const datasets::Example& example);
  // BUDGET_EXHAUSTED, naming the limit that the last line did not fit into.
  v1::Failure Exhausted() const;

 private:
  v1::Usage Estimate(Arm arm, const providers::ChatCall& call,
                     const datasets::Example& example) const;
  struct Limit {
    std::string text;  // "100 calls"
    std::string flag;  // "--budget-calls N"
  };
  std::optional<Limit> PassedLimit() const;
  v1::Usage& Of(Arm arm) { return arm == kCandidate ? candidate_ : baseline_; }

  const BatchBook& book_;
  const std::string evaluation_, baseline_model_, candidate_model_;
  const v1::Budget budget_;
  v1::Usage baseline_, candidate_;  // spent, and estimated for what is under way
  int64_t other_calls_;             // of neither arm
  std::optional<Limit> passed_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_BUDGET_H_
