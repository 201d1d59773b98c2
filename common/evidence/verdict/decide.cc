#include "common/evidence/verdict/decide.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/report/figures.h"
#include "common/evidence/verdict/evidence.h"
#include "common/evidence/verdict/judge.h"
#include "common/evidence/verdict/more_right.h"
#include "common/evidence/verdict/policy.h"
#include "common/evidence/verdict/verdict_words.h"
#include "common/statistics/clustered.h"
#include "common/statistics/multiplicity.h"
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
  if (evaluation.look() == 0) {
    return FailedPrecondition(
        "NOT_A_TEST_SET",
        absl::StrCat(evaluation.name(), " asked ", evaluation.dataset(),
                     ", which is no test set: what candidates were made with or chosen by cannot "
                     "judge them; make an evaluation on a dataset of split test"));
  }
  return absl::OkStatus();
}

JudgeContext ContextOf(const DecideInput& input) {
  const v1::Evaluation& evaluation = *input.evaluation;
  const int64_t look = evaluation.look();
  JudgeContext context;
  context.report = &evaluation.report();
  context.repeated = evaluation.repeat_count() > 1;
  context.batch = evaluation.mode() == v1::Evaluation::MODE_BATCH;
  context.interval = input.policy.interval();
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

// A GO by a policy that was made afterwards promotes nothing.
Decision::Verdict EffectiveVerdict(const Decision& decision) {
  return decision.post_hoc() && decision.verdict() == Decision::VERDICT_GO
             ? Decision::VERDICT_INCONCLUSIVE
             : decision.verdict();
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

// Whether the examples are enough for a GO at all.
bool CanGo(const Decision& decision, const v1::Report& report) {
  return decision.example_count() >= decision.policy().min_examples() &&
         (report.cluster_key().empty() || report.cluster_count() >= stats::kMinClustersForGo);
}

// The criteria's verdict, with those on overall accuracy taken as PASS where told so.
Decision::Verdict VerdictOf(const Decision& decision, const v1::Report& report,
                            bool accuracy_passes = false) {
  bool inconclusive = false, passed = false;
  for (int i = 0; i < decision.criteria_size(); ++i) {
    const bool passes = accuracy_passes && IsOnOverallAccuracy(decision.policy().criteria(i));
    switch (passes ? Decision::OUTCOME_PASS : decision.criteria(i).outcome()) {
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
  return passed && CanGo(decision, report) && !inconclusive ? Decision::VERDICT_GO
                                                            : Decision::VERDICT_INCONCLUSIVE;
}

// "3 more of the candidate's 17 wrong answers".
std::string MoreWords(const MoreRight& more) {
  const std::string of = absl::StrCat(" more of the candidate's ", evaluations::Count(more.wrong),
                                      " wrong ", more.wrong == 1 ? "answer" : "answers",
                                      more.fewest == 1 ? " was right" : " were right");
  std::string words = evaluations::Count(more.fewest) + of;
  if (more.whichever == more.fewest) return words + ".";
  absl::StrAppend(&words, more.fewest == 1 ? ", the most helpful one" : ", the most helpful ones");
  if (more.whichever.has_value()) {
    absl::StrAppend(&words, "; ", evaluations::Count(*more.whichever), ", whichever they are");
  }
  return words + ".";
}

// Says at the first criterion on overall accuracy that does not pass how many more right answers it
// would take, and whether the verdict would be GO.
void AppendMoreRight(const JudgeContext& context, Decision& decision) {
  const auto more = MoreRightToPass(decision.policy(), context);
  if (!more.has_value()) return;
  const bool go =
      VerdictOf(decision, *context.report, /*accuracy_passes=*/true) == Decision::VERDICT_GO;
  for (int i = 0; i < decision.criteria_size(); ++i) {
    Decision::CriterionResult& result = *decision.mutable_criteria(i);
    if (!IsOnOverallAccuracy(decision.policy().criteria(i)) ||
        result.outcome() == Decision::OUTCOME_PASS) {
      continue;
    }
    absl::StrAppend(result.mutable_explanation(), go ? " GO if " : " Accuracy would suffice if ",
                    MoreWords(*more));
    return;
  }
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

  const v1::Report::Metric* overall = FindMetric(evaluation.report(), "overall_accuracy", "");
  if (overall != nullptr && overall->has_paired()) {
    decision.set_assured_gain(
        EvidenceOf(*overall, context)
            .DifferenceInterval(Missing::kAgainstCandidate, context.confidence)
            .lower);
  }
  AppendMoreRight(context, decision);
  decision.set_verdict(VerdictOf(decision, evaluation.report()));
  decision.set_effective_verdict(EffectiveVerdict(decision));
  decision.set_explanation(ExplainVerdict(decision, evaluation));
  decision.set_next_step(NextStep(decision, evaluation));
  return decision;
}

}  // namespace tunegate::decisions
