#include "common/statistics/classification.h"

#include <algorithm>

namespace tunegate::stats {
namespace {

std::optional<double> Share(int64_t part, int64_t whole) {
  if (whole == 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

ClassFigures FiguresOfClass(const ConfusionMatrix& matrix, size_t k) {
  ClassFigures figures;
  for (size_t answer = 0; answer <= matrix.classes(); ++answer) {
    figures.support += matrix.count(k, answer);
  }
  for (size_t truth = 0; truth < matrix.classes(); ++truth) {
    figures.answered += matrix.count(truth, k);
  }
  if (figures.support == 0) return figures;
  const int64_t right = matrix.count(k, k);
  figures.precision = Share(right, figures.answered);
  figures.recall = Share(right, figures.support);
  // 2 TP + FP + FN = answered + support.
  figures.f1 = Share(2 * right, figures.answered + figures.support);
  return figures;
}

}  // namespace

void ConfusionMatrix::Add(size_t truth, size_t answer, int64_t times) {
  if (truth >= classes_) return;
  counts_[truth * (classes_ + 1) + std::min(answer, classes_)] += times;
}

ClassificationFigures FiguresOf(const ConfusionMatrix& matrix) {
  ClassificationFigures figures;
  double f1_sum = 0;
  int64_t present = 0;
  for (size_t k = 0; k < matrix.classes(); ++k) {
    figures.classes.push_back(FiguresOfClass(matrix, k));
    figures.total += figures.classes.back().support;
    figures.right += matrix.count(k, k);
    if (!figures.classes.back().f1.has_value()) continue;
    f1_sum += *figures.classes.back().f1;
    ++present;
  }
  figures.accuracy = Share(figures.right, figures.total);
  if (present > 0) figures.macro_f1 = f1_sum / static_cast<double>(present);
  return figures;
}

}  // namespace tunegate::stats
