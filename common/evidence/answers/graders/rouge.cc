#include "common/evidence/answers/graders/common_subsequence.h"
#include "common/evidence/answers/graders/similarity.h"

namespace tunegate::graders {

template <int kN>
double Rouge(std::string_view right, std::string_view answered) {
  return CompareWords(right, answered, [](const SymbolPair& words) {
    SymbolPair runs = words;
    for (int n = 2; n <= kN; ++n) runs = NumberRuns(words, runs, n);
    return F1(CountCommon(runs), runs.right.size(), runs.answered.size());
  });
}

template double Rouge<1>(std::string_view right, std::string_view answered);
template double Rouge<2>(std::string_view right, std::string_view answered);
template double Rouge<3>(std::string_view right, std::string_view answered);
template double Rouge<4>(std::string_view right, std::string_view answered);
template double Rouge<5>(std::string_view right, std::string_view answered);

double RougeL(std::string_view right, std::string_view answered) {
  return CompareWords(right, answered, [](const SymbolPair& words) {
    return F1(LongestCommonSubsequence(words), words.right.size(), words.answered.size());
  });
}

}  // namespace tunegate::graders
