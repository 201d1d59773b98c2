// The durable work of a workflow: one stage after the other, each by making a child and waiting for
// its end. Children wake it when they end or block; a child's name is derived from the workflow's,
// so that a stage that is repeated after a crash finds what it made.
#ifndef TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_STEPPER_H_
#define TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_STEPPER_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/admin/work_pause.h"
#include "server/decisions/certificate_issuer.h"
#include "server/evaluations/run/evaluation_api.h"
#include "server/jobs/job_api.h"
#include "server/providers/provider_set.h"
#include "server/resources/repository.h"
#include "server/runner/runner.h"
#include "server/workflows/workflow_spec.h"
#include "server/workflows/workflow_states.h"
#include "tunegate/store/v1/records.pb.h"

namespace tunegate::workflows {

// Thread-safe. What it is given is not owned. Without an issuer decisions are not signed.
class WorkflowStepper final : public runner::Stepper {
 public:
  WorkflowStepper(resources::Repository* repository, const providers::ProviderSet* providers,
                  jobs::JobApi* jobs, evaluations::EvaluationApi* evaluations,
                  const decisions::CertificateIssuer* issuer, WorkflowDefaults defaults)
      : repository_(repository),
        providers_(providers),
        jobs_(jobs),
        evaluations_(evaluations),
        issuer_(issuer),
        defaults_(std::move(defaults)) {}

  absl::Status Step(const store::Lease& lease, const runner::StopSignal& stop) override;

 private:
  using StoredWorkflow = resources::Stored<store::v1::WorkflowRecord>;
  // Changes the record and may add to the transaction.
  using Change = std::function<absl::Status(StoredWorkflow&, store::Transaction&)>;

  absl::Status StepStage(const store::Lease& lease, const StoredWorkflow& workflow);
  absl::Status StepDatasets(const store::Lease& lease, const StoredWorkflow& workflow);
  absl::Status StepBaseline(const store::Lease& lease, const StoredWorkflow& workflow);
  absl::Status AfterBaseline(const store::Lease& lease, const v1::Evaluation& measured);
  absl::Status StepTraining(const store::Lease& lease, const StoredWorkflow& workflow);
  absl::Status StepEvaluation(const store::Lease& lease, const StoredWorkflow& workflow);
  absl::Status StepDecision(const store::Lease& lease);
  absl::Status StepResume(const store::Lease& lease, const StoredWorkflow& workflow);
  absl::Status StepCancel(const store::Lease& lease, const StoredWorkflow& workflow);
  // Asks a child to end, unless that was done. Whether it was still at work; false without a name.
  absl::StatusOr<bool> CancelJob(const std::string& name);
  absl::StatusOr<bool> CancelEvaluation(const std::string& name);

  // Calls `succeeded` once the evaluation has; otherwise waits, or takes over its failure or block.
  using AfterEvaluation = std::function<absl::Status(const store::v1::EvaluationRecord&)>;
  absl::Status FollowEvaluation(const store::Lease& lease, const std::string& name,
                                const AfterEvaluation& succeeded);
  // Takes over a child's block.
  absl::Status FollowBlock(const store::Lease& lease, const v1::Failure& failure);
  // Until the child wakes it.
  enum class Child { kWorking, kBlocked };
  absl::Status Wait(const store::Lease& lease, Child child);
  absl::Status Fail(const store::Lease& lease, const v1::Failure& failure);
  absl::Status Finish(const store::Lease& lease, std::string_view message, const Change& change);
  // A stage that could not begin: what its checks answered becomes the workflow's failure.
  absl::Status FailWith(const store::Lease& lease, const absl::Status& refusal);

  // Commits `change` under the lease with the event `message`; due again at once, or no more when
  // the workflow has ended or is blocked.
  absl::Status Commit(const store::Lease& lease, std::string_view message, const Change& change);

  resources::Repository* repository_;
  const providers::ProviderSet* providers_;
  jobs::JobApi* jobs_;
  evaluations::EvaluationApi* evaluations_;
  const decisions::CertificateIssuer* issuer_;
  const WorkflowDefaults defaults_;
};

}  // namespace tunegate::workflows

#endif  // TUNEGATE_SERVER_WORKFLOWS_WORKFLOW_STEPPER_H_
