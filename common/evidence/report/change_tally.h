// ChangeTally: examples that changed sides, grouped by what the wrong arm said in place of what.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_CHANGE_TALLY_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_CHANGE_TALLY_H_

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "common/evidence/answers/grading.h"
#include "google/protobuf/repeated_field.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations {

// Not thread-safe.
class ChangeTally {
 public:
  // Takes a pair of which exactly one is right overall; `wrong` is the other's call and grade. It
  // is counted under the first scored field that `wrong` has not right: in the headline, if there.
  void Add(const Grader& grader, const Expected& expected, const Graded& wrong_grade,
           const store::v1::CallRecord& wrong_call, bool gained);
  // Largest groups first, then losses before gains, then by field and texts; at most 100.
  google::protobuf::RepeatedPtrField<v1::Report::ChangeGroup> Groups() const;

 private:
  // gained, field, expected, answered.
  std::map<std::tuple<bool, std::string, std::string, std::string>, int64_t> groups_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_CHANGE_TALLY_H_
