// Which model ids name the same model for ever.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_PINNED_MODEL_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_PINNED_MODEL_H_

#include <string_view>

namespace tunegate::evaluations {

// True for a dated snapshot ("...-2024-07-18") and for a fine-tuned model ("ft:..."). Everything
// else may be an alias, which moves: an answer of last week is no answer of today's model. Pure.
bool IsPinnedModel(std::string_view model);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_PINNED_MODEL_H_
