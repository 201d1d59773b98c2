// The part of WorkflowStepper that carries out what callers asked for: to resume and to cancel.
// Children change by themselves meanwhile: one that no longer is in the state for a wish needs
// none.
#include <string>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/evaluation_states.h"
#include "server/jobs/job_kind.h"
#include "server/jobs/job_states.h"
#include "server/workflows/workflow_kind.h"
#include "server/workflows/workflow_stepper.h"

namespace tunegate::workflows {
namespace {

using store::v1::EvaluationRecord;
using store::v1::JobRecord;
using v1::Workflow;

std::string StageText(Workflow::Stage stage) {
  return Workflow::Stage_Name(stage).substr(sizeof("STAGE_") - 1);
}

absl::Status UnlessWrongState(const absl::Status& status) {
  return DetailsOf(status).reason == "WRONG_STATE" ? absl::OkStatus() : status;
}

}  // namespace

absl::Status WorkflowStepper::StepResume(const store::Lease& lease,
                                         const StoredWorkflow& workflow) {
  const bool failed = workflow.resource().state() == Workflow::STATE_FAILED;
  const Workflow::Stage stage = workflow.resource().stage();
  const bool training = stage == Workflow::STAGE_TRAINING;
  const std::string child = training ? workflow.resource().job()
                            : stage == Workflow::STAGE_BASELINE
                                ? workflow.resource().baseline_evaluation()
                                : workflow.resource().evaluation();
  if (!failed && !child.empty()) {
    absl::Status resumed;
    if (training) {
      v1::ResumeJobRequest request;
      request.set_name(child);
      resumed = jobs_->ResumeJob({}, request).status();
    } else {
      v1::ResumeEvaluationRequest request;
      request.set_name(child);
      if (workflow.resource().has_budget())
        *request.mutable_budget() = workflow.resource().budget();
      resumed = evaluations_->ResumeEvaluation({}, request).status();
    }
    // It may have gone on by itself meanwhile: then there is nothing to resume.
    TG_RETURN_IF_ERROR(UnlessWrongState(resumed));
  }
  return Commit(lease, absl::StrCat("resumed at ", StageText(stage)),
                [&](StoredWorkflow& now, store::Transaction&) {
                  now.record.set_resume_requested(false);
                  if (const auto next = NextState(now.resource().state(), WorkflowFact::kResumed)) {
                    now.resource().set_state(*next);
                  }
                  now.resource().clear_failure();
                  if (!failed) return absl::OkStatus();
                  // The stage begins anew, with a child of another name.
                  now.record.set_retry(now.record.retry() + 1);
                  if (stage == Workflow::STAGE_BASELINE) now.resource().clear_baseline_evaluation();
                  if (training) now.resource().clear_job();
                  if (stage == Workflow::STAGE_EVALUATION) now.resource().clear_evaluation();
                  return absl::OkStatus();
                });
}

absl::Status WorkflowStepper::StepCancel(const store::Lease& lease,
                                         const StoredWorkflow& workflow) {
  TG_ASSIGN_OR_RETURN(bool working, CancelJob(workflow.resource().job()));
  for (const std::string& name :
       {workflow.resource().baseline_evaluation(), workflow.resource().evaluation()}) {
    TG_ASSIGN_OR_RETURN(const bool asks, CancelEvaluation(name));
    working = working || asks;
  }
  if (working && workflow.resource().state() == Workflow::STATE_CANCELLING) {
    return Wait(lease, Child::kWorking);
  }
  return Commit(
      lease, working ? "cancelling" : "cancelled", [&](StoredWorkflow& now, store::Transaction&) {
        for (const WorkflowFact fact : {WorkflowFact::kCancelRequested, WorkflowFact::kCancelled}) {
          if (fact == WorkflowFact::kCancelled && working) break;
          if (const auto next = NextState(now.resource().state(), fact)) {
            now.resource().set_state(*next);
          }
        }
        return absl::OkStatus();
      });
}

absl::StatusOr<bool> WorkflowStepper::CancelJob(const std::string& name) {
  if (name.empty()) return false;
  TG_ASSIGN_OR_RETURN(const auto job, repository_->Get<JobRecord>(name));
  if (jobs::IsTerminal(job.resource().state())) return false;
  v1::CancelJobRequest request;
  request.set_name(name);
  if (!job.record.cancel_requested()) {
    TG_RETURN_IF_ERROR(UnlessWrongState(jobs_->CancelJob({}, request).status()));
  }
  return true;
}

absl::StatusOr<bool> WorkflowStepper::CancelEvaluation(const std::string& name) {
  if (name.empty()) return false;
  TG_ASSIGN_OR_RETURN(const auto evaluation, repository_->Get<EvaluationRecord>(name));
  if (evaluations::IsTerminal(evaluation.resource().state())) return false;
  v1::CancelEvaluationRequest request;
  request.set_name(name);
  if (!evaluation.record.cancel_requested()) {
    TG_RETURN_IF_ERROR(UnlessWrongState(evaluations_->CancelEvaluation({}, request).status()));
  }
  return true;
}

}  // namespace tunegate::workflows
