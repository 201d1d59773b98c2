// "The median response time is not slower by more than a margin."
#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "common/evidence/verdict/rules.h"
#include "common/statistics/non_inferiority.h"
#include "common/statistics/parts_per_million.h"

namespace tunegate::decisions {
namespace {

using evaluations::Count;
using evaluations::Times;
using stats::Outcome;

// The interval of a median's ratio shrinks with the root of the number of pairs, on the scale of
// logarithms: about how many until it clears the margin. 0 when no number does.
int64_t PairsNeeded(const v1::Estimate& ratio, double limit) {
  const double distance = std::fabs(std::log(limit) - std::log(ratio.value()));
  const double half = (std::log(ratio.upper()) - std::log(ratio.lower())) / 2;
  if (!std::isfinite(half) || !std::isfinite(distance) || distance == 0) return 0;
  const double pairs = static_cast<double>(ratio.sample_count()) * std::pow(half / distance, 2);
  constexpr double kMost = 1e7;
  if (pairs > kMost) return 0;
  const int64_t least = std::max<int64_t>(ratio.sample_count() + 1, stats::kMinTimedPairs);
  return std::max(least, static_cast<int64_t>(std::ceil(pairs)));
}

std::string Words(const v1::Estimate& ratio, Outcome outcome, double limit) {
  const std::string measured =
      absl::StrCat(Times(ratio.value()), " (", Times(ratio.lower()), " to ", Times(ratio.upper()),
                   ") over ", evaluations::Counted(ratio.sample_count(), "pair", "pairs"));
  if (std::isinf(ratio.value())) {
    return absl::StrCat(measured, ": half of the candidate's calls or more failed.");
  }
  switch (outcome) {
    case Outcome::kPass:
      return absl::StrCat(measured, ": slower than ", Times(limit), " is ruled out.");
    case Outcome::kFail:
      return absl::StrCat(measured, ": slower than ", Times(limit), ".");
    default:
      break;
  }
  if (ratio.sample_count() < stats::kMinTimedPairs) {
    return absl::StrCat(measured, "; at least ", stats::kMinTimedPairs, " are needed to judge it.");
  }
  return absl::StrCat(measured, ": slower than ", Times(limit), " is not ruled out.");
}

}  // namespace

void JudgeLatency(double margin, const v1::Estimate& ratio, const JudgeContext& context,
                  Judged& judged) {
  constexpr double kRounding = 1e-9;
  v1::Decision::CriterionResult& result = judged.result;
  *result.mutable_observed() = ratio;
  if (ratio.confidence() < context.confidence - kRounding) {
    result.set_outcome(v1::Decision::OUTCOME_INCONCLUSIVE);
    result.set_explanation(TooLittleConfidence(ratio.confidence(), context.confidence));
    return;
  }
  const Outcome outcome = stats::JudgeRatio({ratio.lower(), ratio.upper()}, ratio.sample_count(),
                                            stats::kMillion + stats::ToPartsPerMillion(margin));
  result.set_outcome(ToProto(outcome));
  std::string words = Words(ratio, outcome, 1 + margin);
  const int64_t needed = outcome == Outcome::kInconclusive ? PairsNeeded(ratio, 1 + margin) : 0;
  if (needed > 0) {
    result.set_examples_needed(needed);
    absl::StrAppend(&words, " About ", Count(needed), " pairs would settle it.");
  }
  result.set_explanation(std::move(words));
}

}  // namespace tunegate::decisions
