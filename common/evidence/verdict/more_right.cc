#include "common/evidence/verdict/more_right.h"

#include "common/evidence/verdict/evidence.h"
#include "common/evidence/verdict/rules.h"

namespace tunegate::decisions {
namespace {

bool AllPass(const v1::Policy& policy, const ShareEvidence& evidence, double confidence) {
  for (const v1::Policy::Criterion& criterion : policy.criteria()) {
    if (IsOnOverallAccuracy(criterion) &&
        OutcomeOf(criterion, evidence, confidence) != stats::Outcome::kPass) {
      return false;
    }
  }
  return true;
}

// The smallest number in (0, wrong] that does, when 0 does not: a right answer more never takes a
// PASS away.
std::optional<int64_t> Smallest(const v1::Policy& policy, const ShareEvidence& evidence,
                                double confidence, Which which) {
  const auto does = [&](int64_t count) {
    return AllPass(policy, evidence.WithRight(count, which), confidence);
  };
  int64_t low = 0, high = evidence.Pairs(Missing::kLeftOut).candidate_wrong();
  if (high == 0 || !does(high)) return std::nullopt;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (does(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace

bool IsOnOverallAccuracy(const v1::Policy::Criterion& criterion) {
  return criterion.metric() == "overall_accuracy" && criterion.slice().empty();
}

std::optional<MoreRight> MoreRightToPass(const v1::Policy& policy, const JudgeContext& context) {
  const v1::Report::Metric* overall = FindMetric(*context.report, "overall_accuracy", "");
  if (overall == nullptr || !overall->has_paired()) return std::nullopt;
  const ShareEvidence evidence = EvidenceOf(*overall, context);
  if (!evidence.can_change() || AllPass(policy, evidence, context.confidence)) return std::nullopt;
  const auto fewest = Smallest(policy, evidence, context.confidence, Which::kBest);
  if (!fewest.has_value()) return std::nullopt;
  MoreRight more;
  more.fewest = *fewest;
  more.wrong = evidence.Pairs(Missing::kLeftOut).candidate_wrong();
  if (!evidence.clustered()) {
    more.whichever = Smallest(policy, evidence, context.confidence, Which::kWorst);
  }
  return more;
}

}  // namespace tunegate::decisions
