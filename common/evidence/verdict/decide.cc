#include "common/evidence/verdict/decide.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/verdict/evidence.h"
#include "common/evidence/verdict/judge.h"
#include "common/evidence/verdict/policy.h"
#include "common/evidence/verdict/verdict_words.h"
#include "common/statistics/multiplicity.h"
#include "common/statistics/paired_difference.h"
#include "common/statistics/parts_per_million.h"

namespace tunegate::decisions {
namespace {

using v1::Decision;

absl::Status CheckFinished(const v1::Evaluation& evaluation) {
  if (evaluation.state() != v1::Evaluation::STATE_SUCCEEDED || !evaluation.has_report()) {
    return FailedPrecondition("EVALUATION_NOT_FINISHED",
                              absl::StrCat(evaluation.name(),
                                           " has not SUCCEEDED, so there is nothing to decide on; "
                                           "watch it until it has"));
  }
  if (!evaluation.has_candidate()) {
    return FailedPrecondition("NO_CANDIDATE",
                              absl::StrCat(evaluation.name(),
                                           " measured the baseline alone; make an evaluation with "
                                           "a candidate"));
  }
  return absl::OkStatus();
}

const v1::Report::Metric* OverallAccuracy(const v1::Report& report) {
  for (const v1::Report::Metric& metric : report.metrics()) {
    if (metric.id() == "overall_accuracy" && metric.slice().empty()) return &metric;
  }
  return nullptr;
}

JudgeContext ContextOf(const DecideInput& input) {
  const v1::Evaluation& evaluation = *input.evaluation;
  const int64_t look = std::max(1, evaluation.look());
  JudgeContext context;
  context.report = &evaluation.report();
  context.confidence = stats::ConfidenceAtLook(input.policy.confidence(), look);
  context.next_confidence = stats::ConfidenceAtLook(input.policy.confidence(), look + 1);
  for (const v1::Policy::Criterion& criterion : input.policy.criteria()) {
    if (criterion.metric() == "overall_accuracy" && criterion.slice().empty() &&
        criterion.has_at_least()) {
      context.accuracy_ppm = stats::ToPartsPerMillion(criterion.at_least());
    }
  }
  return context;
}

// Holm's correction: of several slices some fail by chance. Those whose adjusted p-value does not
// carry a FAIL are open.
void CorrectSlices(double confidence, std::vector<Judged>& all) {
  std::vector<double> p_values;
  for (const Judged& judged : all) {
    if (judged.fail_p_value.has_value()) p_values.push_back(*judged.fail_p_value);
  }
  if (p_values.size() < 2) return;
  const std::vector<double> adjusted = stats::HolmAdjusted(p_values);
  size_t next = 0;
  for (Judged& judged : all) {
    if (!judged.fail_p_value.has_value()) continue;
    const double p = adjusted[next++];
    if (judged.result.outcome() != Decision::OUTCOME_FAIL || p <= (1 - confidence) / 2) continue;
    judged.result.set_outcome(Decision::OUTCOME_INCONCLUSIVE);
    judged.result.set_explanation(
        absl::StrCat(judged.result.explanation(), " Among ", p_values.size(),
                     " slices one as bad as this may be chance (Holm's correction): it is open."));
  }
}

Decision::Verdict VerdictOf(const Decision& decision) {
  bool inconclusive = false, passed = false;
  for (const Decision::CriterionResult& result : decision.criteria()) {
    switch (result.outcome()) {
      case Decision::OUTCOME_FAIL:
      case Decision::OUTCOME_INFEASIBLE:
        return Decision::VERDICT_NO_GO;
      case Decision::OUTCOME_PASS:
        passed = true;
        break;
      case Decision::OUTCOME_SKIPPED:
        break;
      default:
        inconclusive = true;
    }
  }
  const bool enough = decision.example_count() >= decision.policy().min_examples();
  return passed && enough && !inconclusive ? Decision::VERDICT_GO : Decision::VERDICT_INCONCLUSIVE;
}

}  // namespace

absl::StatusOr<Decision> Decide(const DecideInput& input) {
  const v1::Evaluation& evaluation = *input.evaluation;
  TG_RETURN_IF_ERROR(CheckFinished(evaluation));
  Decision decision;
  decision.set_task(evaluation.task());
  decision.set_evaluation(evaluation.name());
  *decision.mutable_baseline() = evaluation.baseline();
  *decision.mutable_candidate() = evaluation.candidate();
  *decision.mutable_policy() = input.policy;
  decision.set_policy_digest(PolicyDigest(input.policy));
  decision.set_post_hoc(decision.policy_digest() != evaluation.policy_digest());
  decision.set_example_count(evaluation.report().example_count());

  const JudgeContext context = ContextOf(input);
  std::vector<Judged> all;
  for (const v1::Policy::Criterion& criterion : input.policy.criteria()) {
    all.push_back(JudgeCriterion(criterion, context));
  }
  CorrectSlices(context.confidence, all);
  for (Judged& judged : all) *decision.add_criteria() = std::move(judged.result);

  const v1::Report::Metric* overall = OverallAccuracy(evaluation.report());
  if (overall != nullptr && overall->has_paired()) {
    decision.set_assured_gain(
        ShareEvidence(*overall)
            .DifferenceInterval(Missing::kAgainstCandidate, context.confidence)
            .lower);
  }
  decision.set_verdict(VerdictOf(decision));
  decision.set_effective_verdict(decision.verdict());
  decision.set_explanation(ExplainVerdict(decision, evaluation));
  decision.set_next_step(NextStep(decision));
  return decision;
}

}  // namespace tunegate::decisions
