// What callers may ask of an evaluation that is under way. They only record the wish and make its
// work due; the step carries it out.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_REQUESTS_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_REQUESTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "server/resources/repository.h"
#include "tunegate/v1/common.pb.h"
#include "tunegate/v1/evaluation.pb.h"

namespace tunegate::evaluations {

// The evaluation, CANCELLING. NOT_FOUND; FAILED_PRECONDITION (WRONG_STATE) when it has ended.
absl::StatusOr<v1::Evaluation> RequestCancel(resources::Repository& repository,
                                             const std::string& name);

// The evaluation, RUNNING again, with `budget` in place of its own unless null. NOT_FOUND;
// FAILED_PRECONDITION (WRONG_STATE) unless it is BLOCKED; INVALID_ARGUMENT for the budget.
absl::StatusOr<v1::Evaluation> RequestResume(resources::Repository& repository,
                                             const std::string& name, const v1::Budget* budget);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_REQUESTS_H_
