#include "server/workflows/workflow_states.h"

#include "server/resources/state_machine.h"

namespace tunegate::workflows {
namespace {

using Workflow = v1::Workflow;

constexpr resources::Transition<Workflow::State, WorkflowFact> kTransitions[] = {
    {Workflow::STATE_PENDING, WorkflowFact::kStarted, Workflow::STATE_RUNNING},
    {Workflow::STATE_PENDING, WorkflowFact::kFailed, Workflow::STATE_FAILED},
    {Workflow::STATE_PENDING, WorkflowFact::kBlocked, Workflow::STATE_BLOCKED},
    {Workflow::STATE_PENDING, WorkflowFact::kCancelRequested, Workflow::STATE_CANCELLING},

    {Workflow::STATE_RUNNING, WorkflowFact::kFinished, Workflow::STATE_SUCCEEDED},
    {Workflow::STATE_RUNNING, WorkflowFact::kFailed, Workflow::STATE_FAILED},
    {Workflow::STATE_RUNNING, WorkflowFact::kBlocked, Workflow::STATE_BLOCKED},
    {Workflow::STATE_RUNNING, WorkflowFact::kCancelRequested, Workflow::STATE_CANCELLING},

    {Workflow::STATE_BLOCKED, WorkflowFact::kResumed, Workflow::STATE_RUNNING},
    {Workflow::STATE_BLOCKED, WorkflowFact::kFailed, Workflow::STATE_FAILED},
    {Workflow::STATE_BLOCKED, WorkflowFact::kCancelRequested, Workflow::STATE_CANCELLING},

    {Workflow::STATE_FAILED, WorkflowFact::kResumed, Workflow::STATE_RUNNING},

    {Workflow::STATE_CANCELLING, WorkflowFact::kCancelled, Workflow::STATE_CANCELLED},
};

}  // namespace

std::optional<Workflow::State> NextState(Workflow::State state, WorkflowFact fact) {
  return resources::Next(kTransitions, state, fact);
}

bool IsTerminal(Workflow::State state) {
  return state == Workflow::STATE_SUCCEEDED || state == Workflow::STATE_FAILED ||
         state == Workflow::STATE_CANCELLED;
}

}  // namespace tunegate::workflows
