// From what a caller asks for to a workflow that can run, and the children that it makes.
#ifndef TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_SPEC_H_
#define TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_SPEC_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/datasets/dataset_staging.h"
#include "server/evaluations/run/evaluation_spec.h"
#include "server/jobs/job_spec.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/workflow.pb.h"

namespace tunegate::workflows {

// What the server's configuration adds.
struct WorkflowDefaults {
  jobs::JobDefaults jobs;
  evaluations::EvaluationOptions evaluations;
};

// A workflow ready to be stored: everything checked, policy completed and frozen, baseline filled
// in. INVALID_FIELD, NOT_FOUND, FAILED_PRECONDITION, as the parts would answer.
absl::StatusOr<resources::Stored<store::v1::WorkflowRecord>> NewWorkflow(
    resources::Repository& repository, const providers::ProviderSet& providers,
    const WorkflowDefaults& defaults, const v1::Workflow& spec, const std::string& name);

// The last stage to run: stop_after, or DECISION.
v1::Workflow::Stage LastStage(const v1::Workflow& workflow);

// True when it trains a candidate of its own.
bool Trains(const v1::Workflow& workflow);

// Names of what it makes: the workflow's id with an ending, and the number of the try from the
// second one on.
datasets::SplitNames SplitNamesOf(const store::v1::WorkflowRecord& record);
std::string BaselineEvaluationName(const store::v1::WorkflowRecord& record);
std::string JobName(const store::v1::WorkflowRecord& record);
std::string EvaluationName(const store::v1::WorkflowRecord& record);
std::string DecisionName(const store::v1::WorkflowRecord& record);

// What its job is asked for, and its evaluations.
v1::Job JobSpecOf(const v1::Workflow& workflow);
v1::Evaluation EvaluationSpecOf(const v1::Workflow& workflow, bool with_candidate);

}  // namespace tunegate::workflows

#endif  // TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_SPEC_H_
