// What would settle an INCONCLUSIVE criterion, in words: how many examples, and the predicted
// chance with twice and four times as many.
#ifndef TUNEGATE_COMMON_EVIDENCE_VERDICT_SETTLING_WORDS_H_
#define TUNEGATE_COMMON_EVIDENCE_VERDICT_SETTLING_WORDS_H_

#include <optional>
#include <string>

#include "common/evidence/verdict/evidence.h"
#include "common/statistics/verdict_chances.h"
#include "tunegate/v1/decision.pb.h"

namespace tunegate::decisions {

// Of a difference judged by `rule`, whose confidence is the next look's. `accuracy_ppm` is what
// another criterion asks of the candidate's share: then the chance is that of GO by both. Fills
// examples_needed where a number of examples would do. The test set is extended in the observed
// rates, and as alike within clusters or repeats as it is now.
void AppendSettling(const ShareEvidence& evidence, const stats::GoRule& rule,
                    std::optional<int64_t> accuracy_ppm, v1::Decision::CriterionResult& result,
                    std::string& words);

// The same of a share that lies below a threshold.
void AppendShareSettling(const ShareEvidence& evidence, double threshold, double next_confidence,
                         v1::Decision::CriterionResult& result, std::string& words);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_COMMON_EVIDENCE_VERDICT_SETTLING_WORDS_H_
