#include "server/evaluations/run/evaluation_spec.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/evidence/verdict/policy.h"
#include "server/datasets/dataset_kind.h"
#include "server/datasets/dataset_staging.h"
#include "server/evaluations/looks/looks.h"
#include "server/evaluations/run/evaluation_kind.h"
#include "server/jobs/job_kind.h"
#include "server/pricing/budget.h"
#include "server/tasks/task_api.h"

namespace tunegate::evaluations {
namespace {

using resources::Repository;
using resources::Stored;
using store::v1::DatasetRecord;
using store::v1::EvaluationRecord;

constexpr int kMaxRepeats = 20;
constexpr int kMaxConcurrency = 1024;
// A record stays under 64 KiB; this leaves room for what is added while it runs.
constexpr size_t kMaxSpecBytes = 56 * 1024;

// Collects every fault, so that a caller mends them all at once.
class Faults {
 public:
  void Add(std::string_view path, std::string_view what) { faults_.emplace_back(path, what); }

  absl::Status status() const {
    if (faults_.empty()) return absl::OkStatus();
    const std::string others =
        faults_.size() == 1 ? "" : absl::StrCat("; and ", faults_.size() - 1, " more");
    Error error =
        InvalidArgument("INVALID_EVALUATION",
                        absl::StrCat(faults_.front().first, ": ", faults_.front().second, others));
    for (const auto& [path, what] : faults_) error = std::move(error).Field(path, what);
    return error;
  }

 private:
  std::vector<std::pair<std::string, std::string>> faults_;
};

void CheckPace(const v1::Evaluation& spec, Faults& faults) {
  const v1::Evaluation::RateLimit& limit = spec.rate_limit();
  if (limit.requests_per_minute() < 0) {
    faults.Add("evaluation.rate_limit.requests_per_minute", "must not be negative; 0: no limit");
  }
  if (limit.tokens_per_minute() < 0) {
    faults.Add("evaluation.rate_limit.tokens_per_minute", "must not be negative; 0: no limit");
  }
  if (!v1::Evaluation::Mode_IsValid(spec.mode())) {
    faults.Add("evaluation.mode", "must be MODE_INTERACTIVE or MODE_BATCH; unspecified: the first");
  }
  if (spec.mode() == v1::Evaluation::MODE_BATCH && spec.reuse_answers()) {
    faults.Add("evaluation.reuse_answers", "must not be set for MODE_BATCH, which asks everything");
  }
  if (spec.mode() == v1::Evaluation::MODE_BATCH && spec.has_rate_limit()) {
    faults.Add("evaluation.rate_limit",
               "has no meaning for MODE_BATCH: a batch is sent whole, and the provider paces it");
  }
}

void CheckVariant(const v1::Variant& variant, const std::string& path, Faults& faults) {
  if (variant.model().empty()) {
    faults.Add(path + ".model", "is required: a provider's model, or jobs/x for what it made");
  }
  // Written so that NaN is refused as well.
  if (variant.has_temperature() && !(variant.temperature() >= 0 && variant.temperature() <= 2)) {
    faults.Add(path + ".temperature", "must be 0 to 2");
  }
  if (variant.max_output_tokens() < 0) {
    faults.Add(path + ".max_output_tokens", "must not be negative; 0: the provider's default");
  }
  for (int i = 0; i < variant.examples_size(); ++i) {
    const v1::Variant::Turn& turn = variant.examples(i);
    if (turn.user().empty() || turn.assistant().empty()) {
      faults.Add(absl::StrCat(path, ".examples[", i, "]"),
                 "must have a user and an assistant text");
    }
  }
}

absl::Status CheckSpec(const v1::Evaluation& spec) {
  TG_RETURN_IF_ERROR(resources::CheckCommonFields(spec, "evaluation"));
  Faults faults;
  if (spec.dataset().empty()) {
    faults.Add("evaluation.dataset",
               "is required: the name of a test dataset, e.g. datasets/my-test");
  }
  if (spec.has_baseline()) {
    CheckVariant(spec.baseline(), "evaluation.baseline", faults);
  } else {
    faults.Add("evaluation.baseline", "is required: who serves now");
  }
  if (spec.has_candidate()) CheckVariant(spec.candidate(), "evaluation.candidate", faults);
  if (spec.repeat_count() < 0 || spec.repeat_count() > kMaxRepeats) {
    faults.Add("evaluation.repeat_count", absl::StrCat("must be 1 to ", kMaxRepeats, "; 0: 1"));
  }
  if (spec.max_concurrency() < 0 || spec.max_concurrency() > kMaxConcurrency) {
    faults.Add("evaluation.max_concurrency",
               absl::StrCat("must be 1 to ", kMaxConcurrency, "; 0: the server's"));
  }
  for (const auto& [path, what] : pricing::BudgetFaults(spec.budget(), "evaluation.budget")) {
    faults.Add(path, what);
  }
  CheckPace(spec, faults);
  if (spec.ByteSizeLong() > kMaxSpecBytes) {
    faults.Add("evaluation",
               absl::StrCat("takes ", spec.ByteSizeLong(),
                            " bytes with its prompts and examples; at most ", kMaxSpecBytes));
  }
  return faults.status();
}

// The provider's model of a variant; names in it the provider that will be asked.
absl::StatusOr<std::string> ResolveModel(Repository& repository,
                                         const providers::ProviderSet& providers,
                                         const std::string& path, v1::Variant& variant) {
  std::string model = variant.model();
  if (model.starts_with("jobs/")) {
    TG_ASSIGN_OR_RETURN(const auto job,
                        repository.Get<store::v1::JobRecord>(model, path + ".model"));
    if (job.resource().fine_tuned_model().empty()) {
      return FailedPrecondition(
                 "JOB_WITHOUT_MODEL",
                 absl::StrCat(model, " has made no model; see `tunegate job show ", model, "`"))
          .Field(path + ".model", "has made no model");
    }
    model = job.resource().fine_tuned_model();
    if (variant.provider().empty()) variant.set_provider(job.resource().provider());
    if (variant.provider() != job.resource().provider()) {
      return InvalidField(path + ".provider",
                          absl::StrCat("expected '", job.resource().provider(),
                                       "', where the job's model is, or nothing"));
    }
  }
  TG_ASSIGN_OR_RETURN(const providers::Provider* provider,
                      providers.Find(variant.provider(), path + ".provider"));
  variant.set_provider(provider->name());
  return model;
}

// What a caller may say, and nothing else.
void CopySpec(const v1::Evaluation& spec, v1::Evaluation& evaluation) {
  evaluation.set_display_name(spec.display_name());
  *evaluation.mutable_labels() = spec.labels();
  evaluation.set_dataset(spec.dataset());
  *evaluation.mutable_baseline() = spec.baseline();
  if (spec.has_candidate()) *evaluation.mutable_candidate() = spec.candidate();
  if (spec.has_budget()) *evaluation.mutable_budget() = spec.budget();
  evaluation.set_repeat_count(spec.repeat_count() == 0 ? 1 : spec.repeat_count());
  evaluation.set_max_concurrency(spec.max_concurrency());
  evaluation.set_seed(spec.seed());
  evaluation.set_mode(spec.mode() == v1::Evaluation::MODE_UNSPECIFIED
                          ? v1::Evaluation::MODE_INTERACTIVE
                          : spec.mode());
  if (spec.has_rate_limit()) *evaluation.mutable_rate_limit() = spec.rate_limit();
  evaluation.set_reuse_answers(spec.reuse_answers());
}

// Any number but 0, which says "none".
int64_t NewSeed() { return 1 + std::strtoll(RandomHex(5).c_str(), nullptr, 16); }

absl::Status Freeze(const v1::Policy& policy, const v1::Task& task, v1::Evaluation& evaluation) {
  TG_RETURN_IF_ERROR(decisions::ValidatePolicy(policy, &task, "evaluation.policy"));
  *evaluation.mutable_policy() = decisions::CompletePolicy(policy, &task);
  evaluation.set_policy_digest(decisions::PolicyDigest(evaluation.policy()));
  evaluation.set_task(task.name());
  evaluation.set_system_prompt(task.system_prompt());
  return absl::OkStatus();
}

// An evaluation and the dataset that it opens, as read together.
struct Draft {
  Stored<EvaluationRecord> evaluation;
  Stored<DatasetRecord> dataset;
};

void FillDefaults(const EvaluationOptions& options, v1::Evaluation& evaluation) {
  evaluation.set_state(v1::Evaluation::STATE_PENDING);
  if (evaluation.seed() == 0) evaluation.set_seed(NewSeed());
  if (evaluation.max_concurrency() == 0) {
    evaluation.set_max_concurrency(options.default_concurrency);
  }
}

// What depends on the dataset as it was read: its bytes and their number.
void OpenDataset(const Stored<DatasetRecord>& opened, Stored<EvaluationRecord>& stored) {
  const v1::Dataset& dataset = opened.resource();
  v1::Evaluation& evaluation = stored.resource();
  const int arms = evaluation.has_candidate() ? 2 : 1;
  evaluation.mutable_progress()->set_total(dataset.example_count() * evaluation.repeat_count() *
                                           arms);
  stored.record.set_dataset_sha256(dataset.sha256());
}

absl::StatusOr<Draft> MakeDraft(Repository& repository, const providers::ProviderSet& providers,
                                const v1::Evaluation& spec, const std::string& name,
                                std::string_view owner, const EvaluationOptions& options) {
  TG_RETURN_IF_ERROR(CheckSpec(spec));
  Draft draft;
  TG_ASSIGN_OR_RETURN(
      draft.dataset, datasets::GetUsable(repository, spec.dataset(), v1::Dataset::SPLIT_UNSPECIFIED,
                                         "evaluation.dataset"));
  const std::string task_name = spec.task().empty() ? draft.dataset.resource().task() : spec.task();
  TG_ASSIGN_OR_RETURN(const v1::Task task,
                      tasks::FindTask(repository, task_name, "evaluation.task"));
  EvaluationRecord& record = draft.evaluation.record;
  v1::Evaluation& evaluation = draft.evaluation.resource();
  CopySpec(spec, evaluation);
  TG_RETURN_IF_ERROR(Freeze(spec.policy(), task, evaluation));
  TG_ASSIGN_OR_RETURN(
      *record.mutable_baseline_model(),
      ResolveModel(repository, providers, "evaluation.baseline", *evaluation.mutable_baseline()));
  if (evaluation.has_candidate()) {
    TG_ASSIGN_OR_RETURN(*record.mutable_candidate_model(),
                        ResolveModel(repository, providers, "evaluation.candidate",
                                     *evaluation.mutable_candidate()));
  }
  evaluation.set_name(name);
  evaluation.set_owner(std::string(owner));
  FillDefaults(options, evaluation);
  OpenDataset(draft.dataset, draft.evaluation);
  return draft;
}

bool IsLook(const Draft& draft) {
  return draft.dataset.resource().split() == v1::Dataset::SPLIT_TEST &&
         draft.evaluation.resource().has_candidate();
}

void SetLook(const Look& look, v1::Evaluation& evaluation) {
  evaluation.set_look(look.number);
  for (const RelatedDataset& related : look.related) {
    evaluation.add_related_datasets(related.name);
  }
}

void RecordOpening(Repository& repository, const v1::Evaluation& evaluation,
                   Stored<DatasetRecord>& dataset, store::Transaction& transaction) {
  if (dataset.resource().split() != v1::Dataset::SPLIT_TEST) return;
  dataset.resource().set_opening_count(dataset.resource().opening_count() + 1);
  repository.Write(transaction, dataset, v1::Event::TYPE_UPDATED,
                   absl::StrCat("opened by ", evaluation.name(), ", for the ",
                                dataset.resource().opening_count(), ". time"));
}

}  // namespace

absl::StatusOr<Stored<EvaluationRecord>> NewEvaluation(
    Repository& repository, const providers::ProviderSet& providers, const v1::Evaluation& spec,
    const std::string& name, std::string_view owner, const EvaluationOptions& options) {
  TG_ASSIGN_OR_RETURN(Draft draft, MakeDraft(repository, providers, spec, name, owner, options));
  if (IsLook(draft)) {
    TG_ASSIGN_OR_RETURN(const Look look, FindLook(repository.store(), draft.dataset));
    SetLook(look, draft.evaluation.resource());
  }
  return std::move(draft.evaluation);
}

absl::StatusOr<StagedEvaluation> StageEvaluation(Repository& repository,
                                                 const providers::ProviderSet& providers,
                                                 const v1::Evaluation& spec,
                                                 const std::string& name, std::string_view owner,
                                                 const EvaluationOptions& options,
                                                 store::Transaction& transaction) {
  TG_ASSIGN_OR_RETURN(Draft draft, MakeDraft(repository, providers, spec, name, owner, options));
  v1::Evaluation& evaluation = draft.evaluation.resource();
  StagedEvaluation staged{.name = name};
  std::string message =
      absl::StrCat(evaluation.progress().total(), " calls over ", evaluation.dataset(), "; policy ",
                   evaluation.policy_digest().substr(0, 12));
  if (IsLook(draft)) {
    TG_ASSIGN_OR_RETURN(const Look look, TakeLook(repository.store(), draft.dataset, transaction));
    SetLook(look, evaluation);
    absl::StrAppend(&message, "; ", LookWords(look));
    staged.warning = LookWarning(look);
  }
  RecordOpening(repository, evaluation, draft.dataset, transaction);
  repository.Write(transaction, draft.evaluation, v1::Event::TYPE_CREATED, message);
  transaction.schedule.push_back({name, absl::ZeroDuration()});
  return staged;
}

}  // namespace tunegate::evaluations
