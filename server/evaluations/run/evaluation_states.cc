#include "server/evaluations/run/evaluation_states.h"

#include "server/resources/state_machine.h"

namespace tunegate::evaluations {
namespace {

using E = v1::Evaluation;
using F = EvaluationFact;

constexpr resources::Transition<E::State, F> kTransitions[] = {
    {E::STATE_PENDING, F::kStarted, E::STATE_RUNNING},
    {E::STATE_PENDING, F::kBlocked, E::STATE_BLOCKED},
    {E::STATE_PENDING, F::kFailed, E::STATE_FAILED},
    {E::STATE_PENDING, F::kCancelRequested, E::STATE_CANCELLING},
    {E::STATE_RUNNING, F::kBlocked, E::STATE_BLOCKED},
    {E::STATE_RUNNING, F::kFailed, E::STATE_FAILED},
    {E::STATE_RUNNING, F::kSucceeded, E::STATE_SUCCEEDED},
    {E::STATE_RUNNING, F::kCancelRequested, E::STATE_CANCELLING},
    {E::STATE_BLOCKED, F::kResumed, E::STATE_RUNNING},
    {E::STATE_BLOCKED, F::kCancelRequested, E::STATE_CANCELLING},
    // Whatever else comes of it, what was asked for holds.
    {E::STATE_CANCELLING, F::kCancelled, E::STATE_CANCELLED},
};

}  // namespace

std::optional<E::State> NextState(E::State state, F fact) {
  return resources::Next(kTransitions, state, fact);
}

bool IsTerminal(E::State state) {
  return state == E::STATE_SUCCEEDED || state == E::STATE_FAILED || state == E::STATE_CANCELLED;
}

}  // namespace tunegate::evaluations
