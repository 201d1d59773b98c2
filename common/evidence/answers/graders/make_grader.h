// From what a task says of a field to the grader that does it: Task.Grader, or the kind's own way.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_MAKE_GRADER_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_MAKE_GRADER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "common/evidence/answers/graders/value_grader.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::graders {

struct FieldGrader {
  std::shared_ptr<const ValueGrader> grader;
  // The least score that is right, in parts per million (common/statistics/parts_per_million.h).
  int64_t pass_ppm = 0;
};

// What is wrong with a field's grader, by path in the field: {"grader.numeric.absolute_tolerance",
// "is -1; expected a number that is not negative"}.
struct GraderFault {
  std::string path;
  std::string what;
};

// The grader of a field of `task`. Every fault is appended to `faults`, and then the grader is
// null.
FieldGrader MakeGrader(const v1::Task& task, const v1::Task::Field& field,
                       std::vector<GraderFault>& faults);

}  // namespace tunegate::graders

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_MAKE_GRADER_H_
