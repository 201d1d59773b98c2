// Results: each example with what both variants said, graded; and the filter of ListResults.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_RESULTS_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_RESULTS_H_

#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evidence/answers/example.h"
#include "common/evidence/answers/grading.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::evaluations {

// One example and repeat. `expected` is grader.Prepare(example.expected); a null call is an arm
// that was not asked and leaves its answer unset. `changed` needs both answers: a missing one
// changes nothing.
v1::Result MakeResult(const Grader& grader, const datasets::Example& example,
                      const Expected& expected, const store::v1::CallRecord* baseline,
                      const store::v1::CallRecord* candidate);

// All results by example, then repeat. `calls` in any order; examples without calls give none.
// Errors as ReportBuilder::Add.
absl::StatusOr<std::vector<v1::Result>> BuildResults(
    const v1::Task& task, const std::vector<datasets::Example>& examples,
    const std::vector<store::v1::CallRecord>& calls);

// A filter of ListResults: terms `field = true|false` joined by AND, over `changed`, `gained`,
// `lost`, `baseline_right` and `candidate_right`. An answer that is missing is neither right nor
// wrong: no value of `*_right` matches it. Thread-safe.
class ResultFilter {
 public:
  // Empty: everything. INVALID_ARGUMENT (INVALID_FILTER, field "filter") with the term at fault.
  static absl::StatusOr<ResultFilter> Parse(std::string_view filter);
  bool Matches(const v1::Result& result) const;

 private:
  enum class Field { kChanged, kGained, kLost, kBaselineRight, kCandidateRight };
  struct Term {
    Field field;
    bool wanted;
  };
  static std::optional<bool> ValueOf(Field field, const v1::Result& result);
  std::vector<Term> terms_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_RESULTS_H_
