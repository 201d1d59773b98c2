#include "server/evaluations/run/run_inputs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "server/datasets/dataset_kind.h"
#include "server/tasks/task_api.h"

namespace tunegate::evaluations {
namespace {

using store::v1::EvaluationRecord;

absl::StatusOr<providers::Provider*> FindProvider(const providers::ProviderSet& providers,
                                                  const v1::Variant& variant) {
  absl::StatusOr<providers::Provider*> provider = providers.Find(variant.provider(), "provider");
  if (provider.ok()) return provider;
  return FailedPrecondition(kProviderNotConfigured, std::string(provider.status().message()));
}

// Both arms share a lane where they share a provider: its limits hold for both together.
absl::Status AddArm(const providers::ProviderSet& providers, const EvaluationRecord& record,
                    Arm arm, RunInputs& inputs) {
  const v1::Evaluation& evaluation = record.resource();
  const bool candidate = arm == kCandidate;
  const v1::Variant& variant = candidate ? evaluation.candidate() : evaluation.baseline();
  const std::string& model = candidate ? record.candidate_model() : record.baseline_model();
  TG_ASSIGN_OR_RETURN(providers::Provider * provider, FindProvider(providers, variant));
  auto& lanes = inputs.providers;
  auto lane = std::find(lanes.begin(), lanes.end(), provider);
  if (lane == lanes.end()) lane = lanes.insert(lanes.end(), provider);
  inputs.arms.push_back({arm, CallRequest(variant, model, evaluation.system_prompt(), inputs.task),
                         static_cast<size_t>(lane - lanes.begin())});
  return absl::OkStatus();
}

// An answer that the task cannot have is told before anything is spent.
absl::Status CheckExpected(const Grader& grader, const ExampleFile& examples) {
  return examples.ForEach([&grader](const datasets::Example& example) -> absl::Status {
    const absl::Status status = grader.Prepare(example.expected).status();
    if (status.ok()) return status;
    return InvalidArgument(
        "BAD_EXPECTED_ANSWER",
        absl::StrCat("line ", example.line, " of the dataset: ", std::string(status.message())));
  });
}

}  // namespace

absl::StatusOr<ExampleFile> OpenExamples(resources::Repository& repository,
                                         const EvaluationRecord& record) {
  const std::string& name = record.resource().dataset();
  TG_ASSIGN_OR_RETURN(const auto dataset, repository.Get<store::v1::DatasetRecord>(name));
  if (dataset.record.delete_requested() ||
      dataset.resource().state() == v1::Dataset::STATE_DELETED) {
    return FailedPrecondition("DATASET_DELETED", absl::StrCat(name, " has no bytes any more"));
  }
  if (dataset.resource().sha256() != record.dataset_sha256()) {
    return FailedPrecondition(
        kLedgerMismatch,
        absl::StrCat("the bytes of ", name, " are not those that this evaluation was made for"));
  }
  return ExampleFile::Open(repository.store(), record.dataset_sha256());
}

absl::StatusOr<std::unique_ptr<const RunInputs>> LoadInputs(resources::Repository& repository,
                                                            const providers::ProviderSet& providers,
                                                            const EvaluationRecord& record) {
  const v1::Evaluation& evaluation = record.resource();
  TG_ASSIGN_OR_RETURN(v1::Task task, tasks::FindTask(repository, evaluation.task(), "task"));
  TG_ASSIGN_OR_RETURN(Grader grader, Grader::Create(task));
  TG_ASSIGN_OR_RETURN(ExampleFile examples, OpenExamples(repository, record));
  TG_RETURN_IF_ERROR(CheckExpected(grader, examples));
  CallPlan plan(examples.size(), std::max(1, evaluation.repeat_count()), evaluation.has_candidate(),
                static_cast<uint64_t>(evaluation.seed()));
  auto inputs = std::make_unique<RunInputs>(
      RunInputs{std::move(task), std::move(grader), std::move(examples), {}, {}, std::move(plan)});
  TG_RETURN_IF_ERROR(AddArm(providers, record, kBaseline, *inputs));
  if (evaluation.has_candidate()) {
    TG_RETURN_IF_ERROR(AddArm(providers, record, kCandidate, *inputs));
  }
  return inputs;
}

}  // namespace tunegate::evaluations
