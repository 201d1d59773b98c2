// Per-class figures from a confusion matrix.
//
// Precision, recall and F1 as in C. J. van Rijsbergen, "Information Retrieval", 2nd ed. 1979,
// chapter 7, in counts: TP / (TP + FP), TP / (TP + FN), 2 TP / (2 TP + FP + FN). Macro F1 is the
// plain mean of the F1 of the classes that occur (of the two formulas in use the mean of F1s, see
// J. Opitz, S. Burst, "Macro F1 and macro F1", 2019).
//
// Edges: a class without examples is absent: none of its figures has a value and macro F1 leaves it
// out. A class that occurs but is never answered has no precision (0 / 0), recall 0 and F1 0.
#ifndef TUNEGATE_COMMON_STATISTICS_CLASSIFICATION_H_
#define TUNEGATE_COMMON_STATISTICS_CLASSIFICATION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tunegate::stats {

// K rows (the truth) of K + 1 counts (the answer); the last column counts answers that are no
// class: another value, unreadable or missing. Not thread-safe while it is filled.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(size_t classes) : classes_(classes), counts_(classes * (classes + 1)) {}

  // An `answer` of classes() or more counts as "other". A `truth` of classes() or more is no
  // example of this field and is left out.
  void Add(size_t truth, size_t answer, int64_t times = 1);

  size_t classes() const { return classes_; }
  int64_t count(size_t truth, size_t answer) const {
    return counts_[truth * (classes_ + 1) + answer];
  }
  // Row-major, K * (K + 1).
  const std::vector<int64_t>& counts() const { return counts_; }

 private:
  size_t classes_;
  std::vector<int64_t> counts_;
};

struct ClassFigures {
  int64_t support = 0;   // examples whose truth is this class
  int64_t answered = 0;  // answers that name this class
  std::optional<double> precision;
  std::optional<double> recall;
  std::optional<double> f1;
};

struct ClassificationFigures {
  std::vector<ClassFigures> classes;
  int64_t right = 0;
  int64_t total = 0;
  std::optional<double> accuracy;  // nothing without examples
  std::optional<double> macro_f1;  // nothing without examples
};

// Pure, thread-safe.
ClassificationFigures FiguresOf(const ConfusionMatrix& matrix);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_CLASSIFICATION_H_
