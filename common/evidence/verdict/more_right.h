// MoreRight: "GO if 3 more of these were right", found by judging again, not by a formula.
#ifndef TUNEGATE_COMMON_EVIDENCE_VERDICT_MORE_RIGHT_H_
#define TUNEGATE_COMMON_EVIDENCE_VERDICT_MORE_RIGHT_H_

#include <cstdint>
#include <optional>

#include "common/evidence/verdict/judge.h"
#include "tunegate/v1/policy.pb.h"

namespace tunegate::decisions {

struct MoreRight {
  // The smallest number of the candidate's wrong answers that, had they been right, and chosen
  // best, would do; one fewer would not.
  int64_t fewest = 0;
  // So many do, whichever they are. Unset with clusters, where the family of each matters.
  std::optional<int64_t> whichever;
  // The candidate's wrong answers, where the baseline answered as well.
  int64_t wrong = 0;

  friend bool operator==(const MoreRight&, const MoreRight&) = default;
};

// What makes every criterion on overall accuracy over all examples PASS. Nothing when they all do
// already or there is none, when even all answers right would not do, and where it is not known
// which cluster or repeat an answer belongs to. Judges again about 2 log2(wrong) times. Pure.
std::optional<MoreRight> MoreRightToPass(const v1::Policy& policy, const JudgeContext& context);

// True for a criterion that more right answers could make PASS.
bool IsOnOverallAccuracy(const v1::Policy::Criterion& criterion);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_COMMON_EVIDENCE_VERDICT_MORE_RIGHT_H_
