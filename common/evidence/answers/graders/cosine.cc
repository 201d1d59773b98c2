#include <cmath>

#include "common/evidence/answers/graders/similarity.h"

namespace tunegate::graders {
namespace {

double CosineOfWords(const SymbolPair& words) {
  std::vector<double> right(words.distinct);
  std::vector<double> answered(words.distinct);
  for (const uint32_t word : words.right) ++right[word];
  for (const uint32_t word : words.answered) ++answered[word];
  // Whole numbers far below 2^53: these sums are exact in any order.
  double product = 0;
  double right_square = 0;
  double answered_square = 0;
  for (size_t i = 0; i < right.size(); ++i) {
    product += right[i] * answered[i];
    right_square += right[i] * right[i];
    answered_square += answered[i] * answered[i];
  }
  return product / std::sqrt(right_square * answered_square);
}

}  // namespace

double Cosine(std::string_view right, std::string_view answered) {
  return CompareWords(right, answered, CosineOfWords);
}

}  // namespace tunegate::graders
