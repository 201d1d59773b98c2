// A verdict in words: why, and what to do next.
#ifndef TUNEGATE_COMMON_EVIDENCE_VERDICT_VERDICT_WORDS_H_
#define TUNEGATE_COMMON_EVIDENCE_VERDICT_VERDICT_WORDS_H_

#include <string>

#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::decisions {

// The criteria that decided, in the policy's order, then what limits the verdict: too few examples,
// a look that was not the first, a policy that was made afterwards. `decision` has all else.
std::string ExplainVerdict(const v1::Decision& decision, const v1::Evaluation& evaluation);

// One or two sentences, with the command where there is one.
std::string NextStep(const v1::Decision& decision, const v1::Evaluation& evaluation);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_COMMON_EVIDENCE_VERDICT_VERDICT_WORDS_H_
