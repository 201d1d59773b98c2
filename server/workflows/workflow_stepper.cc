#include "server/workflows/workflow_stepper.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/errors.h"
#include "common/log.h"
#include "server/datasets/dataset_builder.h"
#include "server/datasets/dataset_kind.h"
#include "server/datasets/leakage.h"
#include "server/decisions/decision_api.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/evaluations/run/stored_report.h"
#include "server/jobs/job_kind.h"
#include "server/pricing/price_table.h"
#include "server/providers/failure.h"
#include "server/tasks/task_api.h"
#include "server/workflows/workflow_kind.h"
#include "server/workflows/workflow_plan.h"

namespace tunegate::workflows {
namespace {

using resources::Stored;
using store::v1::DatasetRecord;
using store::v1::EvaluationRecord;
using store::v1::JobRecord;
using store::v1::WorkflowRecord;
using v1::Workflow;

// Children wake the workflow; this is for a wake-up that was lost.
constexpr absl::Duration kChildPoll = absl::Seconds(30);

v1::Failure ChildCancelled(const std::string& name) {
  return providers::MakeFailure("CHILD_CANCELLED", absl::StrCat(name, " was cancelled"),
                                "tunegate workflow resume starts this stage anew");
}

// A refusal that time cannot mend: the stage's inputs are at fault, not the store or the provider.
bool IsRefusal(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
      return true;
    default:
      return false;
  }
}

// What ends a child's block, as the workflow's own remedy.
std::string RemedyOf(const v1::Failure& failure, const std::string& workflow) {
  const std::string resume = absl::StrCat("tunegate workflow resume ", workflow);
  if (failure.reason() == admin::kWorkPaused) return failure.remedy();
  if (failure.reason() == providers::kProviderUnreachable) {
    return absl::StrCat("it goes on by itself when the provider answers; to try at once  ", resume);
  }
  return absl::StrCat("mend it, then  ", resume);
}

// What a reader of the test's figures should know: how many of its queries were trained on.
absl::StatusOr<std::vector<std::string>> LeakageWarnings(store::Store& store,
                                                         const v1::Dataset& train,
                                                         const v1::Dataset& test) {
  TG_ASSIGN_OR_RETURN(const std::string trained, store.GetBlob(train.sha256()));
  TG_ASSIGN_OR_RETURN(const std::string tested, store.GetBlob(test.sha256()));
  const auto leaks =
      datasets::FindLeakage(tested, v1::Dataset::SPLIT_TEST, datasets::DigestQueries(trained),
                            train.name(), v1::Dataset::SPLIT_TRAIN);
  if (leaks.empty()) return std::vector<std::string>();
  return std::vector<std::string>{absl::StrFormat(
      "%d of %d test queries also stand in %s (first: line %d): the candidate has seen their "
      "answers, and its accuracy is overstated",
      leaks.size(), test.example_count(), train.name(), leaks.front().line())};
}

void AddUsage(const v1::Usage& part, v1::Usage& sum) {
  sum.set_calls(sum.calls() + part.calls());
  sum.set_input_tokens(sum.input_tokens() + part.input_tokens());
  sum.set_cached_input_tokens(sum.cached_input_tokens() + part.cached_input_tokens());
  sum.set_output_tokens(sum.output_tokens() + part.output_tokens());
  sum.set_trained_tokens(sum.trained_tokens() + part.trained_tokens());
  sum.set_maybe_repeated_calls(sum.maybe_repeated_calls() + part.maybe_repeated_calls());
  if (part.has_cost()) {
    sum.mutable_cost()->set_currency_code(part.cost().currency_code());
    sum.mutable_cost()->set_micros(sum.cost().micros() + part.cost().micros());
    sum.set_price_table(part.price_table());
  }
}

}  // namespace

absl::Status WorkflowStepper::Step(const store::Lease& lease, const runner::StopSignal&) {
  TG_ASSIGN_OR_RETURN(const StoredWorkflow workflow, repository_->Get<WorkflowRecord>(lease.name));
  const absl::Status status = [&] {
    if (workflow.record.cancel_requested() && !IsTerminal(workflow.resource().state())) {
      return StepCancel(lease, workflow);
    }
    if (workflow.record.resume_requested()) return StepResume(lease, workflow);
    if (IsTerminal(workflow.resource().state())) return Wait(lease, Child::kWorking);
    return StepStage(lease, workflow);
  }();
  return IsRefusal(status) ? FailWith(lease, status) : status;
}

absl::Status WorkflowStepper::StepStage(const store::Lease& lease, const StoredWorkflow& workflow) {
  switch (workflow.resource().stage()) {
    case Workflow::STAGE_BASELINE:
      return StepBaseline(lease, workflow);
    case Workflow::STAGE_TRAINING:
      return StepTraining(lease, workflow);
    case Workflow::STAGE_EVALUATION:
      return StepEvaluation(lease, workflow);
    case Workflow::STAGE_DECISION:
      return StepDecision(lease);
    default:
      return StepDatasets(lease, workflow);
  }
}

absl::Status WorkflowStepper::StepDatasets(const store::Lease& lease,
                                           const StoredWorkflow& workflow) {
  TG_ASSIGN_OR_RETURN(const v1::Task task,
                      tasks::FindTask(*repository_, workflow.resource().task(), "task"));
  if (workflow.resource().test_dataset().empty()) {
    const datasets::SplitNames names = SplitNamesOf(workflow.record);
    return Commit(lease, "datasets generated", [&](StoredWorkflow& now, store::Transaction& t) {
      TG_RETURN_IF_ERROR(datasets::StageGenerated(*repository_, task, now.resource().generate(),
                                                  names, lease.name, t));
      now.resource().set_state(Workflow::STATE_RUNNING);
      now.resource().set_stage(Workflow::STAGE_DATASETS);
      now.resource().set_training_dataset(names.train);
      now.resource().set_validation_dataset(names.validation);
      now.resource().set_test_dataset(names.test);
      return absl::OkStatus();
    });
  }
  TG_ASSIGN_OR_RETURN(const auto test,
                      datasets::GetUsable(*repository_, workflow.resource().test_dataset(),
                                          v1::Dataset::SPLIT_TEST, "test_dataset"));
  std::vector<std::string> warnings;
  if (!workflow.resource().training_dataset().empty()) {
    TG_ASSIGN_OR_RETURN(const auto train,
                        datasets::GetUsable(*repository_, workflow.resource().training_dataset(),
                                            v1::Dataset::SPLIT_TRAIN, "training_dataset"));
    TG_ASSIGN_OR_RETURN(warnings,
                        LeakageWarnings(repository_->store(), train.resource(), test.resource()));
  }
  const bool last = LastStage(workflow.resource()) == Workflow::STAGE_DATASETS;
  const auto checked = [&](StoredWorkflow& now, store::Transaction&) {
    now.resource().set_state(Workflow::STATE_RUNNING);
    const bool compare =
        now.resource().has_candidate() && LastStage(now.resource()) != Workflow::STAGE_BASELINE;
    now.resource().set_stage(last      ? Workflow::STAGE_DATASETS
                             : compare ? Workflow::STAGE_EVALUATION
                                       : Workflow::STAGE_BASELINE);
    for (const std::string& warning : warnings) {
      now.resource().mutable_plan()->add_warnings(warning);
    }
    return absl::OkStatus();
  };
  return last ? Finish(lease, "datasets checked", checked)
              : Commit(lease, "datasets checked", checked);
}

absl::Status WorkflowStepper::StepBaseline(const store::Lease& lease,
                                           const StoredWorkflow& workflow) {
  if (workflow.resource().baseline_evaluation().empty()) {
    return Commit(lease, "measuring the baseline",
                  [&](StoredWorkflow& now, store::Transaction& t) -> absl::Status {
                    TG_ASSIGN_OR_RETURN(
                        const auto made,
                        evaluations::StageEvaluation(*repository_, *providers_,
                                                     EvaluationSpecOf(now.resource(), false),
                                                     BaselineEvaluationName(now.record), lease.name,
                                                     defaults_.evaluations, t));
                    now.resource().set_baseline_evaluation(made.name);
                    return absl::OkStatus();
                  });
  }
  return FollowEvaluation(lease, workflow.resource().baseline_evaluation(),
                          [&](const EvaluationRecord& record) -> absl::Status {
                            TG_ASSIGN_OR_RETURN(
                                const v1::Evaluation measured,
                                evaluations::WithReport(repository_->store(), record));
                            return AfterBaseline(lease, measured);
                          });
}

absl::Status WorkflowStepper::FollowEvaluation(const store::Lease& lease, const std::string& name,
                                               const AfterEvaluation& succeeded) {
  TG_ASSIGN_OR_RETURN(const auto evaluation, repository_->Get<EvaluationRecord>(name));
  switch (evaluation.resource().state()) {
    case v1::Evaluation::STATE_SUCCEEDED:
      return succeeded(evaluation.record);
    case v1::Evaluation::STATE_FAILED:
      return Fail(lease, evaluation.resource().failure());
    case v1::Evaluation::STATE_CANCELLED:
      return Fail(lease, ChildCancelled(name));
    case v1::Evaluation::STATE_BLOCKED:
      return FollowBlock(lease, evaluation.resource().failure());
    default:
      return Wait(lease, Child::kWorking);
  }
}

absl::Status WorkflowStepper::AfterBaseline(const store::Lease& lease,
                                            const v1::Evaluation& measured) {
  TG_ASSIGN_OR_RETURN(const v1::Forecast forecast, ForecastFrom(*repository_, measured));
  const auto record = [&](StoredWorkflow& now) {
    *now.resource().mutable_plan()->mutable_forecast() = forecast;
    AddUsage(measured.usage(), *now.resource().mutable_usage());
  };
  const std::string message = absl::StrCat("baseline measured; ", forecast.explanation());
  TG_ASSIGN_OR_RETURN(const auto workflow, repository_->Get<WorkflowRecord>(lease.name));
  if (LastStage(workflow.resource()) == Workflow::STAGE_BASELINE) {
    return Finish(lease, message, [&](StoredWorkflow& now, store::Transaction&) {
      record(now);
      return absl::OkStatus();
    });
  }
  if (forecast.infeasible() && !workflow.resource().train_if_infeasible()) {
    return Finish(lease, absl::StrCat("NO_GO before training: ", forecast.explanation()),
                  [&](StoredWorkflow& now, store::Transaction&) {
                    record(now);
                    now.resource().set_verdict(v1::Decision::VERDICT_NO_GO);
                    return absl::OkStatus();
                  });
  }
  return Commit(lease, message, [&](StoredWorkflow& now, store::Transaction&) {
    record(now);
    now.resource().set_stage(Workflow::STAGE_TRAINING);
    return absl::OkStatus();
  });
}

absl::Status WorkflowStepper::StepTraining(const store::Lease& lease,
                                           const StoredWorkflow& workflow) {
  if (workflow.resource().job().empty()) {
    return Commit(lease, "training the candidate",
                  [&](StoredWorkflow& now, store::Transaction& t) -> absl::Status {
                    TG_ASSIGN_OR_RETURN(auto job,
                                        jobs::NewJob(*repository_, *providers_, defaults_.jobs,
                                                     JobSpecOf(now.resource()), JobName(now.record),
                                                     lease.name, "workflow.job_template"));
                    jobs::StageJob(*repository_, job, t);
                    now.resource().set_job(job.resource().name());
                    return absl::OkStatus();
                  });
  }
  TG_ASSIGN_OR_RETURN(const auto job, repository_->Get<JobRecord>(workflow.resource().job()));
  switch (job.resource().state()) {
    case v1::Job::STATE_SUCCEEDED: {
      const auto finished = [&](StoredWorkflow& now, store::Transaction&) {
        AddUsage(job.resource().usage(), *now.resource().mutable_usage());
        now.resource().set_stage(Workflow::STAGE_EVALUATION);
        return absl::OkStatus();
      };
      const std::string message = absl::StrCat("trained ", job.resource().fine_tuned_model());
      return LastStage(workflow.resource()) == Workflow::STAGE_TRAINING
                 ? Finish(lease, message, finished)
                 : Commit(lease, message, finished);
    }
    case v1::Job::STATE_FAILED:
      return Fail(lease, job.resource().failure());
    case v1::Job::STATE_CANCELLED:
      return Fail(lease, ChildCancelled(job.resource().name()));
    case v1::Job::STATE_BLOCKED:
      return FollowBlock(lease, job.resource().failure());
    default:
      return Wait(lease, Child::kWorking);
  }
}

absl::Status WorkflowStepper::StepEvaluation(const store::Lease& lease,
                                             const StoredWorkflow& workflow) {
  if (workflow.resource().evaluation().empty()) {
    return Commit(lease, "measuring baseline and candidate",
                  [&](StoredWorkflow& now, store::Transaction& t) -> absl::Status {
                    TG_ASSIGN_OR_RETURN(
                        const auto made,
                        evaluations::StageEvaluation(
                            *repository_, *providers_, EvaluationSpecOf(now.resource(), true),
                            EvaluationName(now.record), lease.name, defaults_.evaluations, t));
                    now.resource().set_evaluation(made.name);
                    SetLookWarning(made.warning, *now.resource().mutable_plan());
                    return absl::OkStatus();
                  });
  }
  return FollowEvaluation(lease, workflow.resource().evaluation(),
                          [&](const EvaluationRecord& record) {
                            const auto finished = [&](StoredWorkflow& now, store::Transaction&) {
                              AddUsage(record.resource().usage(), *now.resource().mutable_usage());
                              now.resource().set_stage(Workflow::STAGE_DECISION);
                              return absl::OkStatus();
                            };
                            return LastStage(workflow.resource()) == Workflow::STAGE_EVALUATION
                                       ? Finish(lease, "both measured", finished)
                                       : Commit(lease, "both measured", finished);
                          });
}

absl::Status WorkflowStepper::StepDecision(const store::Lease& lease) {
  v1::Decision::Verdict verdict = v1::Decision::VERDICT_UNSPECIFIED;
  return Finish(lease, "decided", [&](StoredWorkflow& now, store::Transaction& t) -> absl::Status {
    v1::Decision spec;
    spec.set_evaluation(now.resource().evaluation());
    *spec.mutable_labels() = now.resource().labels();
    TG_ASSIGN_OR_RETURN(const auto decision,
                        decisions::StageDecision(*repository_, issuer_, spec,
                                                 DecisionName(now.record), lease.name, t));
    verdict = decision.resource().verdict();
    now.resource().set_decision(decision.resource().name());
    now.resource().set_verdict(verdict);
    return absl::OkStatus();
  });
}

absl::Status WorkflowStepper::FollowBlock(const store::Lease& lease, const v1::Failure& failure) {
  TG_ASSIGN_OR_RETURN(const auto workflow, repository_->Get<WorkflowRecord>(lease.name));
  if (workflow.resource().state() == Workflow::STATE_BLOCKED) return Wait(lease, Child::kBlocked);
  return Commit(lease, absl::StrCat(failure.reason(), ": ", failure.message()),
                [&](StoredWorkflow& now, store::Transaction&) {
                  if (const auto next = NextState(now.resource().state(), WorkflowFact::kBlocked)) {
                    now.resource().set_state(*next);
                  }
                  *now.resource().mutable_failure() = failure;
                  now.resource().mutable_failure()->set_remedy(RemedyOf(failure, lease.name));
                  return absl::OkStatus();
                });
}

absl::Status WorkflowStepper::Wait(const store::Lease& lease, Child child) {
  const auto wait = [&](StoredWorkflow& now, store::Transaction& transaction) {
    transaction.lease = lease;
    if (IsTerminal(now.resource().state())) {
      transaction.finish.push_back(lease.name);
      return absl::OkStatus();
    }
    transaction.schedule.push_back({lease.name, kChildPoll});
    // The child went on by itself (paused work that was resumed) or was resumed by its own name.
    const auto next = NextState(now.resource().state(), WorkflowFact::kResumed);
    if (child == Child::kWorking && next.has_value()) {
      now.resource().set_state(*next);
      now.resource().clear_failure();
      repository_->Write(transaction, now, v1::Event::TYPE_STATE_CHANGED, "goes on");
    }
    return absl::OkStatus();
  };
  return repository_->Update<WorkflowRecord>(lease.name, wait).status();
}

absl::Status WorkflowStepper::Fail(const store::Lease& lease, const v1::Failure& failure) {
  return Commit(lease, absl::StrCat(failure.reason(), ": ", failure.message()),
                [&](StoredWorkflow& now, store::Transaction&) {
                  if (const auto next = NextState(now.resource().state(), WorkflowFact::kFailed)) {
                    now.resource().set_state(*next);
                  }
                  *now.resource().mutable_failure() = failure;
                  return absl::OkStatus();
                });
}

absl::Status WorkflowStepper::FailWith(const store::Lease& lease, const absl::Status& refusal) {
  log::Warning("a workflow's stage cannot begin",
               {{"resource", lease.name}, {"error", std::string(refusal.message())}});
  return Fail(lease, providers::FailureOf(refusal, ""));
}

absl::Status WorkflowStepper::Finish(const store::Lease& lease, std::string_view message,
                                     const Change& change) {
  return Commit(lease, message, [&](StoredWorkflow& now, store::Transaction& t) -> absl::Status {
    TG_RETURN_IF_ERROR(change(now, t));
    if (const auto next = NextState(now.resource().state(), WorkflowFact::kFinished)) {
      now.resource().set_state(*next);
    }
    return absl::OkStatus();
  });
}

absl::Status WorkflowStepper::Commit(const store::Lease& lease, std::string_view message,
                                     const Change& change) {
  const auto commit = [&](StoredWorkflow& now, store::Transaction& transaction) -> absl::Status {
    transaction.lease = lease;
    // A blocked workflow that has something to record goes on: its child did so by itself, perhaps
    // to its end.
    if (now.resource().state() == Workflow::STATE_BLOCKED) {
      now.resource().set_state(Workflow::STATE_RUNNING);
      now.resource().clear_failure();
    }
    TG_RETURN_IF_ERROR(change(now, transaction));
    std::string text(message);
    if (now.resource().verdict() != v1::Decision::VERDICT_UNSPECIFIED) {
      text = absl::StrCat(decisions::VerdictText(now.resource().verdict()), ": ", text);
    }
    repository_->Write(transaction, now, v1::Event::TYPE_STATE_CHANGED, text);
    const Workflow::State state = now.resource().state();
    if (IsTerminal(state)) {
      transaction.finish.push_back(lease.name);
    } else {
      transaction.schedule.push_back(
          {lease.name, state == Workflow::STATE_BLOCKED ? kChildPoll : absl::ZeroDuration()});
    }
    return absl::OkStatus();
  };
  return repository_->Update<WorkflowRecord>(lease.name, commit).status();
}

}  // namespace tunegate::workflows
