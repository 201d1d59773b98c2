// Twins: batches that a provider made of the same calls beside the one that is kept, because a POST
// whose answer was lost was sent again. Nobody wants their answers, and each of them costs money:
// so they are cancelled, again and again, until the provider says that they have ended.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_TWINS_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_TWINS_H_

#include "absl/status/status.h"
#include "server/evaluations/run/batch_step.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// Whether there are any that may still be at work.
bool HasTwins(const store::v1::EvaluationRecord& record);

// Looks at each of them once, and cancels it if it is at work; forgets it when it has ended, with
// its answers. The step goes on. A provider's trouble is left to the next step. Errors of the
// store; kProviderNotConfigured.
absl::Status CallOffTwins(BatchStep& step);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_BATCH_TWINS_H_
