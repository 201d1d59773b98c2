// RunTally: what an evaluation has spent and how it stands, while it runs. It counts; the report,
// with its intervals, is another room's.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_TALLY_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_TALLY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "common/evidence/answers/grading.h"
#include "server/evaluations/run/call_plan.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::evaluations {

// What calls cost. Without `price` nothing has a price.
struct Prices {
  std::string table;  // its name, which ends in its date
  std::function<std::optional<v1::Money>(const std::string& model, const v1::Usage&)> price;
};

// Not thread-safe. The grader outlives it.
class RunTally {
 public:
  explicit RunTally(const Grader& grader) : grader_(grader) {}

  // A call that is recorded, with the right answer; a call that failed needs none.
  void Add(const store::v1::CallRecord& call, const Expected* expected);

  // Calls that are recorded; those of them that were asked here and answered; those whose answers
  // earlier evaluations gave.
  int64_t recorded() const;
  int64_t answered() const;
  int64_t reused() const;
  // Right ones among an arm's answers; nullopt without answers.
  std::optional<double> AccuracyOf(Arm arm) const;
  // Spent by an arm, without its cost.
  const v1::Usage& UsageOf(Arm arm) const;
  // Spent by both, with the cost where every arm that was asked has a price.
  v1::Usage Total(const store::v1::EvaluationRecord& record, const Prices& prices) const;

 private:
  struct ArmTally {
    v1::Usage usage;
    int64_t recorded = 0;
    int64_t answered = 0;
    int64_t reused = 0;
    int64_t right = 0;
  };

  ArmTally& Of(Arm arm) { return arm == kCandidate ? candidate_ : baseline_; }
  const ArmTally& Of(Arm arm) const { return arm == kCandidate ? candidate_ : baseline_; }

  const Grader& grader_;
  ArmTally baseline_, candidate_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_TALLY_H_
