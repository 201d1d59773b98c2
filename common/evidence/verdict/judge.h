// JudgeCriterion: judges one criterion of a policy over a report: outcome, figures, and both in
// words.
#ifndef TUNEGATE_COMMON_EVIDENCE_VERDICT_JUDGE_H_
#define TUNEGATE_COMMON_EVIDENCE_VERDICT_JUDGE_H_

#include <cstdint>
#include <optional>

#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/policy.pb.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::decisions {

// What all criteria share.
struct JudgeContext {
  const v1::Report* report = nullptr;
  double confidence = 0.95;       // this look's
  double next_confidence = 0.95;  // the next look's: for what more examples would settle
  // Overall accuracy that another criterion asks for; for "would pass with k more right".
  std::optional<int64_t> accuracy_ppm;
};

struct Judged {
  v1::Decision::CriterionResult result;
  // How surprising the data are if the criterion just holds (one-sided), with missing answers
  // counted for the candidate. Set for slices, for Holm's correction.
  std::optional<double> fail_p_value;
};

// `criterion` is valid. Slices are judged each on its own: the caller corrects their FAILs.
Judged JudgeCriterion(const v1::Policy::Criterion& criterion, const JudgeContext& context);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_COMMON_EVIDENCE_VERDICT_JUDGE_H_
