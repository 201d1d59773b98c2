#include "common/statistics/improvement_rule.h"

#include <algorithm>
#include <cmath>

#include "common/statistics/distributions.h"
#include "common/statistics/paired_difference.h"
#include "common/statistics/parts_per_million.h"

namespace tunegate::stats {
namespace {

std::optional<double> Share(int64_t part, int64_t whole) {
  if (whole <= 0) return std::nullopt;
  return static_cast<double>(part) / static_cast<double>(whole);
}

int64_t WholeOf(const PairedCounts& counts, Basis basis) {
  switch (basis) {
    case Basis::kRelative:
      return counts.baseline_right();
    case Basis::kErrorReduction:
      return counts.baseline_wrong();
    case Basis::kPoints:
      break;
  }
  return counts.n();
}

// What the target asks for at these counts.
struct Demand {
  int64_t needed = 0;
  // As a difference of shares. Nothing when the basis gives the target no value.
  std::optional<double> points;
  bool feasible = true;
};

Demand DemandOf(const PairedCounts& counts, const ImprovementPolicy& policy) {
  Demand demand;
  const int64_t whole = WholeOf(counts, policy.basis);
  if (!counts.valid() || counts.n() == 0) return demand;
  demand.needed = CeilShare(policy.target_ppm, whole);
  demand.feasible = counts.baseline_wrong() >= demand.needed;
  if (whole > 0) {
    demand.points = std::clamp(FromPartsPerMillion(policy.target_ppm) *
                                   (static_cast<double>(whole) / static_cast<double>(counts.n())),
                               -1.0, 1.0);
  } else if (policy.basis == Basis::kErrorReduction && policy.target_ppm > 0) {
    demand.feasible = false;
  }
  return demand;
}

// PASS and FAIL once the limits have been compared, by whatever interval.
Outcome Conclude(const PairedCounts& counts, const Demand& demand, bool lower_above_margin,
                 bool upper_below_target) {
  if (!demand.feasible) return Outcome::kInfeasible;
  if (!demand.points.has_value()) return Outcome::kInconclusive;
  if (counts.net() >= demand.needed && lower_above_margin) return Outcome::kPass;
  return upper_below_target ? Outcome::kFail : Outcome::kInconclusive;
}

ImprovementResult Evidence(const PairedCounts& counts, const Demand& demand) {
  ImprovementResult result;
  result.net = counts.net();
  result.needed = demand.needed;
  result.target_points = demand.points;
  result.difference = Share(counts.net(), counts.n()).value_or(0);
  return result;
}

}  // namespace

Gains GainsOf(const PairedCounts& counts) {
  return {Share(counts.net(), counts.n()), Share(counts.net(), counts.baseline_right()),
          Share(counts.net(), counts.baseline_wrong())};
}

Outcome ImprovementOutcome(const PairedCounts& counts, const ImprovementPolicy& policy) {
  const Demand demand = DemandOf(counts, policy);
  const double z = TwoSidedNormalQuantile(policy.confidence);
  if (!demand.feasible) return Outcome::kInfeasible;
  if (!demand.points.has_value() || !std::isfinite(z)) return Outcome::kInconclusive;
  const double margin = std::clamp(FromPartsPerMillion(policy.superiority_margin_ppm), -1.0, 1.0);
  if (policy.method != DifferenceMethod::kTango) {
    const Interval interval = DifferenceInterval(counts, policy.confidence, policy.method);
    return Conclude(counts, demand, interval.lower > margin, interval.upper < *demand.points);
  }
  const double gained = static_cast<double>(counts.gained);
  const double lost = static_cast<double>(counts.lost);
  const double n = static_cast<double>(counts.n());
  return Conclude(counts, demand, TangoScore(gained, lost, n, margin) > z,
                  TangoScore(gained, lost, n, *demand.points) < -z);
}

bool IsFeasible(int64_t baseline_right, int64_t n, const ImprovementPolicy& policy) {
  return DemandOf({.both_right = baseline_right, .both_wrong = n - baseline_right}, policy)
      .feasible;
}

ImprovementResult JudgeImprovement(const PairedCounts& counts, const ImprovementPolicy& policy) {
  ImprovementResult result = Evidence(counts, DemandOf(counts, policy));
  result.interval = DifferenceInterval(counts, policy.confidence, policy.method);
  result.outcome = ImprovementOutcome(counts, policy);
  return result;
}

ImprovementResult JudgeClusteredImprovement(const PairedCounts& counts,
                                            const ClusteredDifference& clustered,
                                            const ImprovementPolicy& policy) {
  const Demand demand = DemandOf(counts, policy);
  ImprovementResult result = Evidence(counts, demand);
  result.interval = clustered.interval;
  const double margin = FromPartsPerMillion(policy.superiority_margin_ppm);
  result.outcome = Conclude(counts, demand, clustered.interval.lower > margin,
                            clustered.interval.upper < demand.points.value_or(-1));
  if (result.outcome == Outcome::kPass && clustered.clusters < kMinClustersForGo) {
    result.outcome = Outcome::kInconclusive;
  }
  return result;
}

}  // namespace tunegate::stats
