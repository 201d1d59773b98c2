// The longest common subsequence of two texts, 64 symbols at a time (Hyyrö, "Bit-parallel
// LCS-length computation revisited", 2004): quadratic in the lengths, so both are limited.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_COMMON_SUBSEQUENCE_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_COMMON_SUBSEQUENCE_H_

#include <cstddef>

#include "common/evidence/answers/graders/words.h"

namespace tunegate::graders {

// Symbols of a text that are looked at: 32,768. Two texts of this length take tens of
// milliseconds; measures count what is beyond as different, so that a longer text scores too low,
// never too high.
inline constexpr size_t kMaxAligned = 32768;

// Its length, over the first kMaxAligned symbols of each text.
size_t LongestCommonSubsequence(const SymbolPair& pair);

}  // namespace tunegate::graders

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_COMMON_SUBSEQUENCE_H_
