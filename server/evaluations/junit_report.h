// The decision as JUnit XML, so that a CI system shows a verdict as it shows tests: one suite, one
// test case a criterion. PASS passes, FAIL and INFEASIBLE are failures, INCONCLUSIVE is an error,
// SKIPPED is skipped. A case more, `verdict`, stands where the criteria alone would tell another
// story than the verdict that counts: too few examples, nothing judged, a person's override.
//
// Names hold no run's name (suite: the task; class: `tunegate.TASK`; case: the criterion's id), so
// that a CI system shows one history. What was judged stands in the suite's properties as plain
// figures, and every criterion's words in system-out. The document holds to what the usual readers
// agree on (elements, attributes and order of both the Ant and the Jenkins schema).
#ifndef TUNEGATE_SERVER_EVALUATIONS_JUNIT_REPORT_H_
#define TUNEGATE_SERVER_EVALUATIONS_JUNIT_REPORT_H_

#include "absl/status/status.h"
#include "server/evaluations/result_source.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::evaluations {

// `evaluation` has its report. A `decision` without a name was not recorded (the frozen policy was
// only read); the properties say so. Returns the sink's first error.
absl::Status RenderJunit(const v1::Evaluation& evaluation, const v1::Decision& decision,
                         const ByteSink& sink);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_JUNIT_REPORT_H_
