// The plan: what a workflow should cost and what its decision can show, before money is spent.
#ifndef TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_PLAN_H_
#define TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_PLAN_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/resources/repository.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/workflow.pb.h"

namespace tunegate::workflows {

// Assumed until a baseline is measured: the lower end of what the guide expects of gpt-4o-mini.
inline constexpr double kAssumedBaseline = 0.85;

// Quote and forecast by an assumed baseline, for the look that its decision would be. Generates
// data to count their tokens where none are given; stores nothing. Without `priced` (the sandbox
// costs nothing) there is no quote.
absl::StatusOr<v1::Workflow::Plan> PlanAhead(resources::Repository& repository,
                                             const v1::Workflow& workflow, bool priced);

// The forecast at the measured baseline, for the next look at its test set.
absl::StatusOr<v1::Forecast> ForecastFrom(resources::Repository& repository,
                                          const v1::Evaluation& baseline);

// Puts the warning of a later look in the place of an earlier plan's; an empty one removes it.
void SetLookWarning(const std::string& warning, v1::Workflow::Plan& plan);

// The overall accuracy of an evaluation's baseline arm; nullptr without a report.
const v1::Report::Metric* OverallAccuracy(const v1::Evaluation& evaluation);

}  // namespace tunegate::workflows

#endif  // TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_PLAN_H_
