// The life of an evaluation: which fact leads from which state to which.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_STATES_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_STATES_H_

#include <optional>

#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::evaluations {

// What can happen to an evaluation.
enum class EvaluationFact {
  kStarted,          // the first calls are about to be sent
  kBlocked,          // a person is needed, or work is paused
  kResumed,          // a person has acted, or work goes on
  kCancelRequested,  // a caller wants it to end
  kSucceeded,        // every example was asked and the report is there
  kFailed,           // it cannot go on
  kCancelled,        // it has stopped asking, as was wished
};

// All of them, for tests.
inline constexpr EvaluationFact kAllEvaluationFacts[] = {
    EvaluationFact::kStarted,         EvaluationFact::kBlocked,   EvaluationFact::kResumed,
    EvaluationFact::kCancelRequested, EvaluationFact::kSucceeded, EvaluationFact::kFailed,
    EvaluationFact::kCancelled};

// The state after `fact`; nullopt when it changes nothing in `state`.
std::optional<v1::Evaluation::State> NextState(v1::Evaluation::State state, EvaluationFact fact);

bool IsTerminal(v1::Evaluation::State state);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_STATES_H_
