// All that a step of an evaluation needs to know before it asks: examples and right answers, what
// is sent for each arm and to whom, and in which order. Nothing of it changes while the step runs.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_INPUTS_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_INPUTS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evidence/answers/grading.h"
#include "server/evaluations/run/call_plan.h"
#include "server/evaluations/run/call_request.h"
#include "server/evaluations/run/example_file.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::evaluations {

// The provider of an evaluation is not configured any more.
inline constexpr std::string_view kProviderNotConfigured = "PROVIDER_NOT_CONFIGURED";

// One variant, ready to be asked.
struct RunArm {
  Arm arm = kBaseline;
  CallRequest request;
  size_t lane = 0;  // index into RunInputs::providers
};

struct RunInputs {
  v1::Task task;
  Grader grader;
  ExampleFile examples;  // each with a right answer that the grader takes
  std::vector<providers::Provider*> providers;
  std::vector<RunArm> arms;  // the baseline, then the candidate if there is one
  CallPlan plan;

  const RunArm& Of(Arm arm) const { return arm == kCandidate ? arms.back() : arms.front(); }
};

// FAILED_PRECONDITION: kProviderNotConfigured, kLedgerMismatch (the dataset's bytes are others than
// when the evaluation was made), DATASET_DELETED; INVALID_ARGUMENT: BAD_EXPECTED_ANSWER with the
// line, for an answer that the task cannot have; errors of the store.
absl::StatusOr<std::unique_ptr<const RunInputs>> LoadInputs(
    resources::Repository& repository, const providers::ProviderSet& providers,
    const store::v1::EvaluationRecord& record);

// The examples that an evaluation asks about; errors as LoadInputs, except that right answers are
// not looked at.
absl::StatusOr<ExampleFile> OpenExamples(resources::Repository& repository,
                                         const store::v1::EvaluationRecord& record);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_INPUTS_H_
