#include <algorithm>
#include <cmath>

#include "common/evidence/answers/graders/similarity.h"

namespace tunegate::graders {
namespace {

constexpr int kLongestRun = 4;
constexpr double kNoMatch = 0.1;  // Chen and Cherry's epsilon

double BleuOfWords(const SymbolPair& words) {
  const auto right_count = static_cast<double>(words.right.size());
  const auto answered_count = static_cast<double>(words.answered.size());
  const int longest = static_cast<int>(std::min<size_t>(kLongestRun, words.answered.size()));
  double log_sum = 0;
  SymbolPair runs = words;
  for (int n = 1; n <= longest; ++n) {
    if (n > 1) runs = NumberRuns(words, runs, n);
    const size_t common = CountCommon(runs);
    if (n == 1 && common == 0) return 0;
    const double matches = common > 0 ? static_cast<double>(common) : kNoMatch;
    log_sum += std::log(matches / static_cast<double>(runs.answered.size()));
  }
  const double brevity = std::min(0.0, 1 - right_count / answered_count);
  return std::exp(brevity + log_sum / longest);
}

double GleuOfWords(const SymbolPair& words) {
  size_t common = 0;
  size_t right = 0;
  size_t answered = 0;
  SymbolPair runs = words;
  for (int n = 1; n <= kLongestRun; ++n) {
    if (n > 1) runs = NumberRuns(words, runs, n);
    common += CountCommon(runs);
    right += runs.right.size();
    answered += runs.answered.size();
  }
  return static_cast<double>(common) / static_cast<double>(std::max(right, answered));
}

}  // namespace

double Bleu(std::string_view right, std::string_view answered) {
  return CompareWords(right, answered, BleuOfWords);
}

double Gleu(std::string_view right, std::string_view answered) {
  return CompareWords(right, answered, GleuOfWords);
}

}  // namespace tunegate::graders
