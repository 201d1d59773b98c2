#include "server/workflows/workflow_spec.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/verdict/policy.h"
#include "server/pricing/budget.h"
#include "server/resources/names.h"
#include "server/tasks/task_api.h"
#include "server/workflows/workflow_kind.h"

namespace tunegate::workflows {
namespace {

using resources::Repository;
using resources::Stored;
using store::v1::WorkflowRecord;

// Room for the longest ending of a child's id ("-validation-r99").
constexpr size_t kMaxIdLength = 46;

absl::Status CheckDatasets(Repository& repository, const v1::Task& task, const v1::Workflow& spec) {
  struct Given {
    const std::string& name;
    v1::Dataset::Split split;
    const char* field;
  };
  const Given given[] = {
      {spec.training_dataset(), v1::Dataset::SPLIT_TRAIN, "workflow.training_dataset"},
      {spec.validation_dataset(), v1::Dataset::SPLIT_VALIDATION, "workflow.validation_dataset"},
      {spec.test_dataset(), v1::Dataset::SPLIT_TEST, "workflow.test_dataset"}};
  for (const Given& dataset : given) {
    if (dataset.name.empty()) continue;
    TG_ASSIGN_OR_RETURN(const auto stored, datasets::GetUsable(repository, dataset.name,
                                                               dataset.split, dataset.field));
    if (stored.resource().task() != task.name()) {
      return InvalidField(dataset.field,
                          absl::StrCat(dataset.name, " is of ", stored.resource().task(),
                                       ", not of ", task.name()));
    }
  }
  if (spec.test_dataset().empty()) {
    if (!spec.training_dataset().empty() || !spec.validation_dataset().empty()) {
      return InvalidField("workflow.test_dataset",
                          "is required when training data are given: a generated test set would "
                          "not fit them");
    }
    if (task.generator().empty()) {
      return InvalidField("workflow.test_dataset",
                          absl::StrCat("is required: ", task.name(),
                                       " has no generator; import your own with `tunegate dataset "
                                       "import`"));
    }
    return absl::OkStatus();
  }
  if (spec.training_dataset().empty() && Trains(spec)) {
    return InvalidField("workflow.training_dataset",
                        "is required when a test set is given and no candidate");
  }
  return absl::OkStatus();
}

absl::Status CheckStages(const v1::Workflow& spec) {
  if (spec.has_candidate()) {
    if (spec.stop_after() == v1::Workflow::STAGE_TRAINING) {
      return InvalidField("workflow.stop_after", "there is no training when a candidate is given");
    }
    if (spec.candidate().model().empty()) {
      return InvalidField("workflow.candidate.model", "is required");
    }
  }
  return pricing::CheckBudget(spec.budget(), "workflow.budget");
}

void FillBaseline(const v1::Workflow& spec, const WorkflowDefaults& defaults,
                  v1::Workflow& workflow) {
  *workflow.mutable_baseline() = spec.baseline();
  if (!workflow.baseline().model().empty()) return;
  const std::string& base = spec.job_template().base_model();
  workflow.mutable_baseline()->set_model(base.empty() ? defaults.jobs.base_model : base);
  if (workflow.baseline().provider().empty()) {
    workflow.mutable_baseline()->set_provider(spec.job_template().provider());
  }
}

std::string ChildName(std::string_view collection, const WorkflowRecord& record,
                      std::string_view ending) {
  std::string name =
      absl::StrCat(std::string(collection), "/",
                   std::string(resources::IdOf(record.resource().name())), std::string(ending));
  if (record.retry() > 0) absl::StrAppend(&name, "-r", record.retry() + 1);
  return name;
}

}  // namespace

absl::StatusOr<Stored<WorkflowRecord>> NewWorkflow(Repository& repository,
                                                   const providers::ProviderSet& providers,
                                                   const WorkflowDefaults& defaults,
                                                   const v1::Workflow& spec,
                                                   const std::string& name) {
  TG_RETURN_IF_ERROR(resources::CheckCommonFields(spec, "workflow"));
  if (resources::IdOf(name).size() > kMaxIdLength) {
    return InvalidField("workflow_id", absl::StrCat("must have at most ", kMaxIdLength,
                                                    " characters: its children's ids begin with "
                                                    "it"));
  }
  TG_ASSIGN_OR_RETURN(const v1::Task task,
                      tasks::FindTask(repository, spec.task(), "workflow.task"));
  TG_RETURN_IF_ERROR(CheckStages(spec));
  TG_RETURN_IF_ERROR(CheckDatasets(repository, task, spec));
  TG_RETURN_IF_ERROR(decisions::ValidatePolicy(spec.policy(), &task, "workflow.policy"));
  TG_RETURN_IF_ERROR(
      providers.Find(spec.job_template().provider(), "workflow.job_template.provider").status());
  TG_RETURN_IF_ERROR(
      providers.Find(spec.baseline().provider(), "workflow.baseline.provider").status());
  TG_RETURN_IF_ERROR(
      providers.Find(spec.candidate().provider(), "workflow.candidate.provider").status());
  // What would be refused after the baseline has been paid for is refused now.
  TG_RETURN_IF_ERROR(jobs::CheckSettings(spec.job_template(), "workflow.job_template"));
  Stored<WorkflowRecord> stored;
  v1::Workflow& workflow = stored.resource();
  workflow.set_name(name);
  workflow.set_display_name(spec.display_name());
  *workflow.mutable_labels() = spec.labels();
  workflow.set_state(v1::Workflow::STATE_PENDING);
  workflow.set_task(task.name());
  workflow.set_training_dataset(spec.training_dataset());
  workflow.set_validation_dataset(spec.validation_dataset());
  workflow.set_test_dataset(spec.test_dataset());
  if (spec.test_dataset().empty()) {
    *workflow.mutable_generate() = datasets::WithDefaults(spec.generate());
  }
  FillBaseline(spec, defaults, workflow);
  if (spec.has_candidate()) *workflow.mutable_candidate() = spec.candidate();
  *workflow.mutable_job_template() = spec.job_template();
  *workflow.mutable_policy() = decisions::CompletePolicy(spec.policy(), &task);
  if (spec.has_budget()) *workflow.mutable_budget() = spec.budget();
  workflow.set_stop_after(LastStage(spec));
  workflow.set_train_if_infeasible(spec.train_if_infeasible());
  workflow.set_max_concurrency(spec.max_concurrency());
  return stored;
}

v1::Workflow::Stage LastStage(const v1::Workflow& workflow) {
  return workflow.stop_after() == v1::Workflow::STAGE_UNSPECIFIED ? v1::Workflow::STAGE_DECISION
                                                                  : workflow.stop_after();
}

bool Trains(const v1::Workflow& workflow) {
  return !workflow.has_candidate() && LastStage(workflow) >= v1::Workflow::STAGE_TRAINING;
}

datasets::SplitNames SplitNamesOf(const WorkflowRecord& record) {
  const std::string prefix = ChildName("datasets", record, "");
  return datasets::NamesOfSplits(resources::IdOf(prefix));
}
std::string BaselineEvaluationName(const WorkflowRecord& record) {
  return ChildName("evaluations", record, "-baseline");
}
std::string JobName(const WorkflowRecord& record) { return ChildName("jobs", record, ""); }
std::string EvaluationName(const WorkflowRecord& record) {
  return ChildName("evaluations", record, "");
}
std::string DecisionName(const WorkflowRecord& record) {
  return ChildName("decisions", record, "");
}

v1::Job JobSpecOf(const v1::Workflow& workflow) {
  v1::Job job = workflow.job_template();
  job.set_training_dataset(workflow.training_dataset());
  job.set_validation_dataset(workflow.validation_dataset());
  *job.mutable_labels() = workflow.labels();
  if (workflow.has_budget() && !job.has_budget()) *job.mutable_budget() = workflow.budget();
  return job;
}

v1::Evaluation EvaluationSpecOf(const v1::Workflow& workflow, bool with_candidate) {
  v1::Evaluation evaluation;
  *evaluation.mutable_labels() = workflow.labels();
  evaluation.set_task(workflow.task());
  evaluation.set_dataset(workflow.test_dataset());
  *evaluation.mutable_baseline() = workflow.baseline();
  *evaluation.mutable_policy() = workflow.policy();
  evaluation.set_max_concurrency(workflow.max_concurrency());
  if (workflow.has_budget()) *evaluation.mutable_budget() = workflow.budget();
  if (!with_candidate) return evaluation;
  if (workflow.has_candidate()) {
    *evaluation.mutable_candidate() = workflow.candidate();
  } else {
    // What was trained answers the same prompt in the same way; only the model differs.
    *evaluation.mutable_candidate() = workflow.baseline();
    evaluation.mutable_candidate()->set_provider(workflow.job_template().provider());
    evaluation.mutable_candidate()->set_model(workflow.job());
  }
  return evaluation;
}

}  // namespace tunegate::workflows
