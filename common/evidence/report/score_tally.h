// ScoreTally: mean scores of the scored fields whose grader gives more than right and wrong.
//
// The mean is over examples of the means over their repeats; answers that never came are left out.
// Its interval is a percentile bootstrap over examples, for display only: decisions judge shares.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_SCORE_TALLY_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_SCORE_TALLY_H_

#include <cstdint>
#include <vector>

#include "common/evidence/answers/grading.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations {

// Not thread-safe. Keeps 16 bytes an example and such field.
class ScoreTally {
 public:
  explicit ScoreTally(const Grader& grader);

  // Takes the grades of an example's repeats.
  void Add(const std::vector<const Graded*>& baseline, const std::vector<const Graded*>& candidate);
  // Appends one a field, in the fields' order.
  void AppendFigures(bool has_candidate, double confidence, uint64_t seed,
                     v1::Report& report) const;

 private:
  struct Field {
    size_t index = 0;  // among the grader's
    GradedField field;
    std::vector<double> baseline;  // an example's mean each
    std::vector<double> candidate;
  };
  std::vector<Field> fields_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_SCORE_TALLY_H_
