// The durable work of evaluations. Call by call, one step asks all that is not yet recorded and
// builds the report; it ends early when the server drains, somebody cancels, work is paused, the
// budget is used up or a person is needed, and the next step goes on where it was. In batches, a
// step is one dealing with the provider (batch_run.h).
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_STEPPER_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_STEPPER_H_

#include <utility>

#include "absl/status/status.h"
#include "server/admin/work_pause.h"
#include "server/evaluations/run/batch_step.h"
#include "server/evaluations/run/evaluation_run.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/runner/runner.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::evaluations {

// Thread-safe. What it is given is not owned.
class EvaluationStepper final : public runner::Stepper {
 public:
  EvaluationStepper(resources::Repository* repository, const providers::ProviderSet* providers,
                    const admin::WorkPause* pause, StepperOptions options,
                    BatchOptions batch_options = {})
      : repository_(repository),
        providers_(providers),
        pause_(pause),
        options_(std::move(options)),
        batch_options_(std::move(batch_options)) {}

  absl::Status Step(const store::Lease& lease, const runner::StopSignal& stop) override;

 private:
  // PENDING, or BLOCKED by a pause that is over, becomes RUNNING.
  absl::Status Begin(const store::Lease& lease);
  // Nothing is to be done until somebody acts, but for twins.
  absl::Status AtRest(const store::Lease& lease, const store::v1::EvaluationRecord& record);
  absl::Status Run(const store::Lease& lease, const runner::StopSignal& stop);

  resources::Repository* repository_;
  const providers::ProviderSet* providers_;
  const admin::WorkPause* pause_;
  const StepperOptions options_;
  const BatchOptions batch_options_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_EVALUATION_STEPPER_H_
