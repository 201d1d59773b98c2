// ConfusionFigures: truth by answer for every category field, in both arms, and what follows from
// it: precision, recall and F1 by class.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_CONFUSION_FIGURES_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_CONFUSION_FIGURES_H_

#include <cstdint>
#include <vector>

#include "common/evidence/answers/grading.h"
#include "common/statistics/classification.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations {

// Not thread-safe.
class ConfusionFigures {
 public:
  enum class Arm { kBaseline, kCandidate };

  // Fields with more than 256 values are left out: their matrix would outgrow the report.
  explicit ConfusionFigures(const std::vector<GradedField>& fields);

  // Counts the example's right values, once however often it is asked.
  void AddExample(const Expected& expected);
  // Counts an answer; a missing one is nowhere in a confusion.
  void AddAnswer(Arm arm, const Expected& expected, const Graded& graded);
  // Appends confusions and class metrics, in the fields' order.
  void AppendFigures(bool has_candidate, v1::Report& report) const;

  // By field, by category value: examples whose right answer it is.
  const std::vector<std::vector<int64_t>>& support() const { return support_; }

 private:
  struct Field {
    size_t index = 0;  // among the grader's
    GradedField field;
    stats::ConfusionMatrix baseline;
    stats::ConfusionMatrix candidate;
  };
  std::vector<Field> fields_;
  std::vector<std::vector<int64_t>> support_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_CONFUSION_FIGURES_H_
