#include "server/work_options.h"

#include <unistd.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/proto_time.h"

namespace tunegate {
namespace {

using config::v1::ServerConfig;

constexpr int kRunnerThreads = 32;
// An evaluation asks for as long as it lasts; the other threads are for steps that are short.
constexpr int kEvaluationsAtOnce = 24;

std::string HostName() {
  char name[64] = {};
  return gethostname(name, sizeof(name) - 1) == 0 ? name : "host";
}

}  // namespace

workflows::WorkflowDefaults WorkflowDefaultsOf(const ServerConfig& config) {
  workflows::WorkflowDefaults defaults;
  defaults.jobs.base_model = config.default_base_model();
  defaults.evaluations.default_concurrency = config.default_concurrency();
  return defaults;
}

jobs::JobStepperOptions JobOptionsOf(const ServerConfig& config) {
  jobs::JobStepperOptions options;
  options.poll_interval = FromProto(config.job_poll_interval());
  options.settle_time = FromProto(config.job_settle_time());
  return options;
}

datasets::DatasetStepperOptions DatasetOptionsOf(const ServerConfig& config) {
  datasets::DatasetStepperOptions options;
  options.settle_time = FromProto(config.job_settle_time());
  return options;
}

evaluations::StepperOptions EvaluationOptionsOf(const ServerConfig& config) {
  evaluations::StepperOptions options;
  options.lease_duration = FromProto(config.lease_duration());
  // Well before the providers are abandoned.
  options.drain_time = std::min({options.drain_time, options.lease_duration / 3,
                                 FromProto(config.drain_time()) * kShareOfSteps / 2});
  return options;
}

evaluations::BatchOptions BatchOptionsOf(const ServerConfig& config) {
  evaluations::BatchOptions options;
  options.poll_interval = FromProto(config.job_poll_interval());
  options.settle_time = FromProto(config.job_settle_time());
  options.lease_duration = FromProto(config.lease_duration());
  return options;
}

runner::RunnerOptions RunnerOptionsOf(const ServerConfig& config) {
  runner::RunnerOptions options;
  // In containers, processes of different machines have the same number.
  options.owner = absl::StrCat(HostName(), "-", getpid(), "-", RandomHex(4));
  options.threads = kRunnerThreads;
  options.most_at_once = {{"evaluations", kEvaluationsAtOnce}};
  options.lease_duration = FromProto(config.lease_duration());
  // How late a lease that ran out on another server is noticed.
  options.max_idle = absl::Milliseconds(500);
  return options;
}

}  // namespace tunegate
