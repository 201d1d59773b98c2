// Outcome: what the evidence says about one criterion.
#ifndef TUNEGATE_COMMON_STATISTICS_OUTCOME_H_
#define TUNEGATE_COMMON_STATISTICS_OUTCOME_H_

namespace tunegate::stats {

enum class Outcome {
  kPass,
  kFail,
  kInconclusive,  // the evidence is compatible with both
  kInfeasible,    // no candidate could pass: the baseline leaves too little to gain
};

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_OUTCOME_H_
