#include "server/workflows/workflow_plan.h"

#include <optional>
#include <string>

#include "common/errors.h"
#include "common/statistics/multiplicity.h"
#include "server/datasets/dataset_builder.h"
#include "server/datasets/dataset_kind.h"
#include "server/decisions/forecast.h"
#include "server/evaluations/looks/looks.h"
#include "server/evaluations/looks/question_set.h"
#include "server/pricing/price_table.h"
#include "server/tasks/task_api.h"
#include "server/workflows/workflow_spec.h"

namespace tunegate::workflows {
namespace {

// The guide's, assumed where the provider chooses.
constexpr int64_t kAssumedEpochs = 3;
// Share of a test example's tokens that its answer is, assumed for the quote.
constexpr double kAnswerShare = 0.35;

// What the plan is made from: sizes of the data, given or to be generated, and the look at the
// test.
struct Sizes {
  int64_t train_tokens = 0;
  int64_t test_tokens = 0;
  int64_t test_examples = 0;
  evaluations::Look look = {};
};

absl::StatusOr<Sizes> SizesOf(resources::Repository& repository, const v1::Workflow& workflow) {
  Sizes sizes;
  if (workflow.test_dataset().empty()) {
    TG_ASSIGN_OR_RETURN(const v1::Task task,
                        tasks::FindTask(repository, workflow.task(), "workflow.task"));
    TG_ASSIGN_OR_RETURN(const auto splits, datasets::GenerateSplits(task, workflow.generate()));
    sizes.train_tokens = splits.train.description.token_estimate;
    sizes.test_tokens = splits.test.description.token_estimate;
    sizes.test_examples = splits.test.description.example_count;
    TG_ASSIGN_OR_RETURN(
        sizes.look, evaluations::FindLook(repository.store(), evaluations::QuestionsOf(
                                                                  task.name(), splits.test.jsonl)));
    return sizes;
  }
  using store::v1::DatasetRecord;
  TG_ASSIGN_OR_RETURN(const auto test, repository.Get<DatasetRecord>(workflow.test_dataset()));
  sizes.test_tokens = test.resource().token_estimate();
  sizes.test_examples = test.resource().example_count();
  TG_ASSIGN_OR_RETURN(sizes.look, evaluations::FindLook(repository.store(), test));
  if (!workflow.training_dataset().empty()) {
    TG_ASSIGN_OR_RETURN(const auto train,
                        repository.Get<DatasetRecord>(workflow.training_dataset()));
    sizes.train_tokens = train.resource().token_estimate();
  }
  return sizes;
}

v1::Usage OnePass(const Sizes& sizes) {
  v1::Usage usage;
  usage.set_output_tokens(
      static_cast<int64_t>(static_cast<double>(sizes.test_tokens) * kAnswerShare));
  usage.set_input_tokens(sizes.test_tokens - usage.output_tokens());
  return usage;
}

// Sums what has a price; says which model has none.
class Quote {
 public:
  void Add(const std::optional<v1::Money>& cost, const std::string& model) {
    if (cost.has_value()) {
      sum_.set_currency_code(cost->currency_code());
      sum_.set_micros(sum_.micros() + cost->micros());
    } else if (unpriced_.empty()) {
      unpriced_ = model;
    }
  }
  void Write(v1::Workflow::Plan& plan) const {
    if (!unpriced_.empty()) {
      plan.add_warnings(unpriced_ + " is not in the price table " +
                        pricing::CurrentPriceTable().name() + ": no quote, and no money budget");
      return;
    }
    *plan.mutable_quote() = sum_;
  }

 private:
  v1::Money sum_;
  std::string unpriced_;
};

void AddQuote(const v1::Workflow& workflow, const Sizes& sizes, v1::Workflow::Plan& plan) {
  const pricing::PriceTable& prices = pricing::CurrentPriceTable();
  const v1::Usage pass = OnePass(sizes);
  const std::string& baseline = workflow.baseline().model();
  Quote quote;
  if (!workflow.has_candidate() || LastStage(workflow) == v1::Workflow::STAGE_BASELINE) {
    quote.Add(prices.UsageCost(baseline, pass), baseline);
  }
  if (Trains(workflow)) {
    const v1::Job& job = workflow.job_template();
    const std::string base = job.base_model().empty() ? baseline : job.base_model();
    const int64_t epochs =
        job.supervised().has_n_epochs() ? job.supervised().n_epochs() : kAssumedEpochs;
    quote.Add(prices.TrainingCost(base, sizes.train_tokens * epochs), base);
    if (LastStage(workflow) >= v1::Workflow::STAGE_EVALUATION) {
      quote.Add(prices.UsageCost("ft:" + base + ":", pass), base);
    }
  } else if (workflow.has_candidate()) {
    quote.Add(prices.UsageCost(workflow.candidate().model(), pass), workflow.candidate().model());
  }
  if (LastStage(workflow) >= v1::Workflow::STAGE_EVALUATION) {
    quote.Add(prices.UsageCost(baseline, pass), baseline);
  }
  quote.Write(plan);
  plan.set_price_table(prices.name());
}

// The policy as it judges that look.
v1::Policy AtLook(v1::Policy policy, const evaluations::Look& look) {
  policy.set_confidence(stats::ConfidenceAtLook(policy.confidence(), look.number));
  return policy;
}

}  // namespace

absl::StatusOr<v1::Workflow::Plan> PlanAhead(resources::Repository& repository,
                                             const v1::Workflow& workflow, bool priced) {
  v1::Workflow::Plan plan;
  TG_ASSIGN_OR_RETURN(const Sizes sizes, SizesOf(repository, workflow));
  if (priced) AddQuote(workflow, sizes, plan);
  SetLookWarning(evaluations::LookWarning(sizes.look), plan);
  decisions::ForecastInput input;
  input.policy = AtLook(workflow.policy(), sizes.look);
  input.baseline_accuracy = kAssumedBaseline;
  input.example_count = sizes.test_examples;
  TG_ASSIGN_OR_RETURN(*plan.mutable_forecast(), decisions::ForecastDecision(input));
  return plan;
}

absl::StatusOr<v1::Forecast> ForecastFrom(resources::Repository& repository,
                                          const v1::Evaluation& baseline) {
  const v1::Report::Metric* accuracy = OverallAccuracy(baseline);
  if (accuracy == nullptr) {
    return Internal("REPORT_INCOMPLETE",
                    "the baseline's report has no overall accuracy to forecast from");
  }
  TG_ASSIGN_OR_RETURN(const auto test,
                      repository.Get<store::v1::DatasetRecord>(baseline.dataset()));
  TG_ASSIGN_OR_RETURN(const evaluations::Look look,
                      evaluations::FindLook(repository.store(), test));
  decisions::ForecastInput input;
  input.policy = AtLook(baseline.policy(), look);
  input.baseline_accuracy = accuracy->baseline().value();
  input.example_count = baseline.report().example_count();
  return decisions::ForecastDecision(input);
}

void SetLookWarning(const std::string& warning, v1::Workflow::Plan& plan) {
  auto& warnings = *plan.mutable_warnings();
  for (int i = warnings.size() - 1; i >= 0; --i) {
    if (warnings.Get(i).starts_with("look ")) warnings.DeleteSubrange(i, 1);
  }
  if (!warning.empty()) *warnings.Add() = warning;
}

const v1::Report::Metric* OverallAccuracy(const v1::Evaluation& evaluation) {
  for (const auto& metric : evaluation.report().metrics()) {
    if (metric.id() == "overall_accuracy" && metric.slice().empty()) return &metric;
  }
  return nullptr;
}

}  // namespace tunegate::workflows
