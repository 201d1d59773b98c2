#include "server/evaluations/run/evaluation_states.h"

#include <map>
#include <utility>

#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

using E = v1::Evaluation;
using F = EvaluationFact;

TEST(EvaluationStatesTest, EveryFactInEveryStateDoesWhatTheTableSaysAndNothingElse) {
  const std::map<std::pair<E::State, F>, E::State> expected = {
      {{E::STATE_PENDING, F::kStarted}, E::STATE_RUNNING},
      {{E::STATE_PENDING, F::kBlocked}, E::STATE_BLOCKED},
      {{E::STATE_PENDING, F::kFailed}, E::STATE_FAILED},
      {{E::STATE_PENDING, F::kCancelRequested}, E::STATE_CANCELLING},
      {{E::STATE_RUNNING, F::kBlocked}, E::STATE_BLOCKED},
      {{E::STATE_RUNNING, F::kFailed}, E::STATE_FAILED},
      {{E::STATE_RUNNING, F::kSucceeded}, E::STATE_SUCCEEDED},
      {{E::STATE_RUNNING, F::kCancelRequested}, E::STATE_CANCELLING},
      {{E::STATE_BLOCKED, F::kResumed}, E::STATE_RUNNING},
      {{E::STATE_BLOCKED, F::kCancelRequested}, E::STATE_CANCELLING},
      {{E::STATE_CANCELLING, F::kCancelled}, E::STATE_CANCELLED},
  };
  for (int s = E::State_MIN; s <= E::State_MAX; ++s) {
    for (const F fact : kAllEvaluationFacts) {
      const auto state = static_cast<E::State>(s);
      const auto found = expected.find({state, fact});
      const auto next = NextState(state, fact);
      EXPECT_EQ(next.has_value(), found != expected.end()) << s << " " << static_cast<int>(fact);
      if (next.has_value() && found != expected.end()) {
        EXPECT_EQ(*next, found->second);
      }
    }
  }
}

TEST(EvaluationStatesTest, TerminalStatesAreNeverLeft) {
  for (int s = E::State_MIN; s <= E::State_MAX; ++s) {
    const auto state = static_cast<E::State>(s);
    if (!IsTerminal(state)) continue;
    for (const F fact : kAllEvaluationFacts) EXPECT_FALSE(NextState(state, fact).has_value());
  }
}

}  // namespace
}  // namespace tunegate::evaluations
