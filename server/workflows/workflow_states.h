// The life of a workflow: which fact leads from which state to which.
#ifndef TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_STATES_H_
#define TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_STATES_H_

#include <optional>

#include "tunegate/v1/workflow.pb.h"

namespace tunegate::workflows {

// What can happen to a workflow.
enum class WorkflowFact {
  kStarted,          // its first stage has begun
  kFinished,         // the last stage is done, whatever the verdict
  kFailed,           // a stage cannot be done
  kBlocked,          // a stage needs a person
  kResumed,          // a person has acted
  kCancelRequested,  // a caller wants it to end
  kCancelled,        // nothing of it runs any more
};

// All of them, for tests.
inline constexpr WorkflowFact kAllWorkflowFacts[] = {
    WorkflowFact::kStarted,  WorkflowFact::kFinished, WorkflowFact::kFailed,
    WorkflowFact::kBlocked,  WorkflowFact::kResumed,  WorkflowFact::kCancelRequested,
    WorkflowFact::kCancelled};

// The state after `fact`; nullopt when it changes nothing in `state`.
std::optional<v1::Workflow::State> NextState(v1::Workflow::State state, WorkflowFact fact);

bool IsTerminal(v1::Workflow::State state);

}  // namespace tunegate::workflows

#endif  // TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_STATES_H_
