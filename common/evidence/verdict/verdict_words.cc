#include "common/evidence/verdict/verdict_words.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "common/statistics/clustered.h"
#include "common/statistics/multiplicity.h"

namespace tunegate::decisions {
namespace {

using v1::Decision;

bool Decided(const Decision::CriterionResult& result, Decision::Verdict verdict) {
  switch (result.outcome()) {
    case Decision::OUTCOME_FAIL:
    case Decision::OUTCOME_INFEASIBLE:
      return verdict == Decision::VERDICT_NO_GO;
    case Decision::OUTCOME_PASS:
      return verdict == Decision::VERDICT_GO;
    case Decision::OUTCOME_SKIPPED:
      return false;
    default:
      return verdict == Decision::VERDICT_INCONCLUSIVE;
  }
}

// "improvement: +8.0 points ...", with the slice where there is one.
std::string Line(const Decision::CriterionResult& result) {
  return absl::StrCat(result.criterion_id(),
                      result.slice().empty() ? "" : absl::StrCat(" (", result.slice(), ")"), ": ",
                      result.explanation());
}

std::string Opening(Decision::Verdict verdict) {
  switch (verdict) {
    case Decision::VERDICT_GO:
      return "Every criterion that was judged holds.";
    case Decision::VERDICT_NO_GO:
      return "The candidate does not hold what the policy asks.";
    default:
      return "The evidence does not suffice; the baseline stays.";
  }
}

bool HasFewClusters(const v1::Report& report) {
  return !report.cluster_key().empty() && report.cluster_count() < stats::kMinClustersForGo;
}

bool AnyJudged(const Decision& decision) {
  return std::any_of(decision.criteria().begin(), decision.criteria().end(),
                     [](const auto& r) { return r.outcome() != Decision::OUTCOME_SKIPPED; });
}

// "the same test set", or whose questions were asked before under other names.
std::string SameQuestions(const v1::Evaluation& evaluation) {
  const int others = evaluation.related_datasets_size() - 1;
  if (others < 0) return "the same test set";
  return absl::StrCat("the same questions (", evaluation.related_datasets(0),
                      others == 0   ? " asks"
                      : others == 1 ? " and another dataset ask"
                                    : absl::StrCat(" and ", others, " other datasets ask"),
                      " them as well)");
}

bool IsHeadlineImprovement(const Decision& decision, int index) {
  return decision.policy().criteria(index).has_improvement() &&
         decision.criteria(index).slice().empty();
}

// The most examples that any open criterion asks for; 0 when one of them would never be settled.
int64_t ExamplesToSettle(const Decision& decision) {
  int64_t most = 0;
  for (const Decision::CriterionResult& result : decision.criteria()) {
    if (result.outcome() != Decision::OUTCOME_INCONCLUSIVE) continue;
    if (!result.has_examples_needed()) return 0;
    most = std::max(most, result.examples_needed());
  }
  return most;
}

// True when an open criterion, as measured, does not reach what is required: more examples of the
// same kind would only show that more clearly.
bool LeadsToNoGo(const Decision& decision) {
  return std::any_of(decision.criteria().begin(), decision.criteria().end(), [](const auto& r) {
    if (r.outcome() != Decision::OUTCOME_INCONCLUSIVE || !r.has_observed()) return false;
    const bool smaller_is_better = r.metric() == "latency_ratio";
    return smaller_is_better ? r.observed().value() > r.required()
                             : r.observed().value() < r.required();
  });
}

}  // namespace

std::string ExplainVerdict(const Decision& decision, const v1::Evaluation& evaluation) {
  std::string words = Opening(decision.verdict());
  if (!AnyJudged(decision)) {
    words = "No criterion could be judged, and nothing shown is no reason to go.";
  }
  for (int i = 0; i < decision.criteria_size(); ++i) {
    const Decision::CriterionResult& result = decision.criteria(i);
    if (!Decided(result, decision.verdict())) continue;
    // A GO is explained by its gain; that the rest holds as well stands in the table.
    if (decision.verdict() == Decision::VERDICT_GO && !IsHeadlineImprovement(decision, i)) continue;
    absl::StrAppend(&words, " ", Line(result));
  }
  if (decision.example_count() < decision.policy().min_examples()) {
    absl::StrAppend(&words, " Only ",
                    evaluations::Counted(decision.example_count(), "example", "examples"),
                    " were judged; the policy gives no GO below ",
                    evaluations::Count(decision.policy().min_examples()), ".");
  }
  const v1::Report& report = evaluation.report();
  if (HasFewClusters(report)) {
    absl::StrAppend(&words, " The examples make only ",
                    evaluations::Counted(report.cluster_count(), "cluster", "clusters"), " by ",
                    report.cluster_key(), ", and those of one are alike: there is no GO below ",
                    stats::kMinClustersForGo, ".");
  }
  if (evaluation.look() >= 2) {
    const double confidence =
        stats::ConfidenceAtLook(decision.policy().confidence(), evaluation.look());
    absl::StrAppend(&words, " This is look ", evaluation.look(), " at ", SameQuestions(evaluation),
                    ": intervals are made with ", evaluations::Percent(confidence, 2),
                    " confidence in place of ",
                    evaluations::Percent(decision.policy().confidence(), 2), ".");
  }
  if (decision.policy().cluster_key() != evaluation.policy().cluster_key()) {
    absl::StrAppend(&words,
                    " The clusters of the evaluation's policy stand: a decision cannot form "
                    "others.");
  }
  if (decision.post_hoc()) {
    absl::StrAppend(&words,
                    " This policy is not the one that was frozen before the first call: the "
                    "verdict is exploratory and promotes nothing.");
  }
  return words;
}

std::string NextStep(const Decision& decision, const v1::Evaluation& evaluation) {
  const std::string results =
      absl::StrCat("tunegate eval results ", decision.evaluation(), " --changed");
  if (decision.post_hoc() && decision.verdict() == Decision::VERDICT_GO) {
    return "Freeze this policy and judge the candidate by it on a fresh test set.";
  }
  switch (decision.verdict()) {
    case Decision::VERDICT_GO:
      return absl::StrCat("Put the candidate into service: ", decision.candidate().model(), ".");
    case Decision::VERDICT_NO_GO:
      return absl::StrCat("Keep the baseline. What the candidate lost and gained: ", results);
    default:
      break;
  }
  if (HasFewClusters(evaluation.report())) {
    return absl::StrCat("Keep the baseline, or judge again on a fresh test set with at least ",
                        stats::kMinClustersForGo, " values of ", evaluation.report().cluster_key(),
                        ". What changed sides: ", results);
  }
  const int64_t needed = std::max<int64_t>(
      ExamplesToSettle(decision), decision.example_count() < decision.policy().min_examples()
                                      ? decision.policy().min_examples()
                                      : 0);
  if (needed > 0 && LeadsToNoGo(decision)) {
    return absl::StrCat(
        "Keep the baseline, or improve the candidate: as it is, about ", evaluations::Count(needed),
        " fresh examples would only show that it misses. What changed sides: ", results);
  }
  if (needed > 0) {
    return absl::StrCat("Keep the baseline, or judge again on a fresh test set of about ",
                        evaluations::Count(needed), " examples. What changed sides: ", results);
  }
  return absl::StrCat("Keep the baseline, or improve the candidate. What changed sides: ", results);
}

}  // namespace tunegate::decisions
