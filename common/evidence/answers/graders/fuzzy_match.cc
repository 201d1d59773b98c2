#include "common/evidence/answers/graders/common_subsequence.h"
#include "common/evidence/answers/graders/similarity.h"
#include "common/utf8.h"

namespace tunegate::graders {

// What is not in the longest common subsequence is deleted or inserted: d = m + n - 2 common.
double FuzzyMatch(std::string_view right, std::string_view answered) {
  if (right == answered) return 1;
  const SymbolPair letters = NumberCodePoints(right, answered, kMaxAligned);
  return F1(LongestCommonSubsequence(letters), CodePointCount(ToValidUtf8(right)),
            CodePointCount(ToValidUtf8(answered)));
}

}  // namespace tunegate::graders
