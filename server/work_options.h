// What the configuration means for durable work: the options of the runner and of each stepper.
#ifndef TUNEGATE_SERVER_WORK_OPTIONS_H_
#define TUNEGATE_SERVER_WORK_OPTIONS_H_

#include "server/datasets/dataset_stepper.h"
#include "server/evaluations/run/evaluation_stepper.h"
#include "server/jobs/job_stepper.h"
#include "server/runner/runner.h"
#include "server/workflows/workflow_stepper.h"
#include "tunegate/config/v1/server_config.pb.h"

namespace tunegate {

// Of a drain: for what steps have asked providers, and again for recording what is known then.
inline constexpr double kShareOfSteps = 0.4;

// `config` has its defaults.
workflows::WorkflowDefaults WorkflowDefaultsOf(const config::v1::ServerConfig& config);
jobs::JobStepperOptions JobOptionsOf(const config::v1::ServerConfig& config);
// Uploads are looked for as jobs are.
datasets::DatasetStepperOptions DatasetOptionsOf(const config::v1::ServerConfig& config);
evaluations::StepperOptions EvaluationOptionsOf(const config::v1::ServerConfig& config);
// Batches are looked at, and looked for, as jobs are.
evaluations::BatchOptions BatchOptionsOf(const config::v1::ServerConfig& config);
// With an owner that no other process has.
runner::RunnerOptions RunnerOptionsOf(const config::v1::ServerConfig& config);

}  // namespace tunegate

#endif  // TUNEGATE_SERVER_WORK_OPTIONS_H_
