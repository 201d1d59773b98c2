// "The candidate is better by a target": the criterion that decisions stand on, and its words.
#include <optional>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "common/evidence/verdict/rules.h"
#include "common/evidence/verdict/settling_words.h"
#include "common/statistics/clustered.h"
#include "common/statistics/improvement_rule.h"
#include "common/statistics/parts_per_million.h"

namespace tunegate::decisions {
namespace {

using evaluations::Count;
using evaluations::Counted;
using evaluations::Percent;
using evaluations::Points;
using evaluations::SignedHundredths;
using stats::Basis;
using stats::Outcome;
using stats::PairedCounts;

Basis BasisOf(v1::Policy::Basis basis) {
  switch (basis) {
    case v1::Policy::BASIS_RELATIVE:
      return Basis::kRelative;
    case v1::Policy::BASIS_ERROR_REDUCTION:
      return Basis::kErrorReduction;
    default:
      return Basis::kPoints;
  }
}

stats::ImprovementPolicy PolicyOf(const v1::Policy::Improvement& rule, double confidence,
                                  stats::DifferenceMethod method) {
  return {.basis = BasisOf(rule.basis()),
          .target_ppm = stats::ToPartsPerMillion(rule.target()),
          .superiority_margin_ppm = stats::ToPartsPerMillion(rule.superiority_margin()),
          .confidence = confidence,
          .method = method};
}

stats::ImprovementResult ResultWith(const ShareEvidence& evidence, Missing missing,
                                    const stats::ImprovementPolicy& policy) {
  const PairedCounts counts = evidence.Pairs(missing);
  if (!evidence.clustered()) return stats::JudgeImprovement(counts, policy);
  stats::ImprovementResult result = stats::JudgeClusteredImprovement(
      counts, evidence.Clustered(missing, policy.confidence), policy);
  if (!evidence.SupportsConfidence(policy.confidence) && result.outcome != Outcome::kInfeasible) {
    result.outcome = Outcome::kInconclusive;
  }
  return result;
}

Outcome OutcomeWith(const ShareEvidence& evidence, Missing missing,
                    const stats::ImprovementPolicy& policy) {
  // Score tests need no limits: what a search can afford.
  if (!evidence.clustered()) return stats::ImprovementOutcome(evidence.Pairs(missing), policy);
  return ResultWith(evidence, missing, policy).outcome;
}

// One judgement, with what its words need.
class ImprovementJudge {
 public:
  ImprovementJudge(const v1::Policy::Improvement& rule, const ShareEvidence& evidence,
                   const v1::Report::Paired& paired, const JudgeContext& context)
      : rule_(rule),
        evidence_(evidence),
        paired_(paired),
        context_(context),
        policy_(PolicyOf(rule, context.confidence, evidence.method())),
        counts_(evidence.Pairs(Missing::kLeftOut)),
        judged_(ResultWith(evidence, Missing::kLeftOut, policy_)) {}

  void Fill(Judged& judged) const {
    v1::Decision::CriterionResult& result = judged.result;
    const Outcome outcome = ImprovementOutcome(rule_, evidence_, policy_.confidence);
    result.set_outcome(ToProto(outcome));
    result.set_required(rule_.target());
    *result.mutable_observed() = Observed();
    if (!result.slice().empty() && judged_.target_points.has_value()) {
      judged.fail_p_value = evidence_.DifferencePValue(*judged_.target_points);
    }
    std::string words = Words();
    absl::StrAppend(&words, MissingSentence(evidence_, judged_.outcome, outcome));
    if (outcome == Outcome::kInconclusive && judged_.outcome == outcome) Settle(words, result);
    result.set_explanation(std::move(words));
  }

 private:
  // In the policy's basis; the baseline's share is taken as known.
  v1::Estimate Observed() const {
    const double whole = WholeShare();
    stats::Interval interval = judged_.interval;
    double value = judged_.difference;
    if (whole > 0) {
      value /= whole;
      interval = {interval.lower / whole, interval.upper / whole};
    }
    return MakeEstimate(value, interval, policy_.confidence, evidence_.sample_count(),
                        evidence_.difference_method());
  }

  // What the basis divides by, as a share of all pairs; 1 for points, 0 where it has no value.
  double WholeShare() const {
    if (counts_.n() == 0) return 0;
    const double n = static_cast<double>(counts_.n());
    switch (policy_.basis) {
      case Basis::kRelative:
        return static_cast<double>(counts_.baseline_right()) / n;
      case Basis::kErrorReduction:
        return static_cast<double>(counts_.baseline_wrong()) / n;
      case Basis::kPoints:
        break;
    }
    return 1;
  }

  std::string TargetWords() const {
    switch (policy_.basis) {
      case Basis::kRelative:
        return absl::StrCat(SignedHundredths(rule_.target()), " % relative to the baseline, here ",
                            Points(judged_.target_points.value_or(0)));
      case Basis::kErrorReduction:
        return absl::StrCat(Percent(rule_.target()), " fewer errors, here ",
                            Points(judged_.target_points.value_or(0)));
      case Basis::kPoints:
        break;
    }
    return Points(rule_.target());
  }

  // "p = .035, mid-p; 11 gained, 3 lost", or "p = .012, mid-p by family; ...".
  std::string EvidenceWords() const {
    return absl::StrCat(evaluations::PValue(paired_.p_mid()), ", mid-p",
                        evidence_.clustered() ? absl::StrCat(" by ", ClusterWord()) : "", "; ",
                        Count(counts_.gained), " gained, ", Count(counts_.lost), " lost");
  }

  // What examples are clustered by.
  std::string ClusterWord() const {
    const std::string& key = context_.report->cluster_key();
    return key.empty() ? "example" : key;
  }

  std::string BetterOrWorse() const {
    if (judged_.interval.lower > 0) return absl::StrCat("better (", EvidenceWords(), ")");
    if (judged_.interval.upper < 0) return absl::StrCat("worse (", EvidenceWords(), ")");
    return absl::StrCat("not told apart from chance (", EvidenceWords(), ")");
  }

  std::string Words() const {
    if (counts_.n() == 0) return "No example was answered by both variants.";
    if (judged_.outcome == Outcome::kInfeasible) return InfeasibleWords();
    if (!judged_.target_points.has_value()) {
      return "The baseline got nothing right: a gain relative to 0 % has no value. Ask for points "
             "instead.";
    }
    if (!evidence_.SupportsConfidence(policy_.confidence)) {
      return TooLittleConfidence(paired_.points().confidence(), policy_.confidence);
    }
    const int decimals = evaluations::DecimalsToTell(judged_.difference, *judged_.target_points);
    const std::string gain = Points(judged_.difference, decimals);
    const std::string lower = SignedHundredths(judged_.interval.lower);
    const std::string upper = SignedHundredths(judged_.interval.upper);
    switch (judged_.outcome) {
      case Outcome::kPass:
        return absl::StrCat(gain, " reaches the target of ", TargetWords(), ", and ", lower,
                            " is assured: ", BetterOrWorse(), ".");
      case Outcome::kFail:
        return absl::StrCat(gain, ", and the interval ends at ", upper, ": the target of ",
                            TargetWords(), " is ruled out; ", BetterOrWorse(), ".");
      default:
        break;
    }
    if (counts_.net() < judged_.needed) {
      return absl::StrCat(gain, " is below the target of ", TargetWords(),
                          ", but the interval reaches ", upper, ": ", BetterOrWorse(),
                          ", not shown to miss the target.");
    }
    if (OnlyClustersLack()) {
      return absl::StrCat(gain, " reaches the target of ", TargetWords(), ", but only ",
                          evidence_.cluster_count(), " clusters by ", ClusterWord(),
                          " show it: fewer than ", stats::kMinClustersForGo, " never suffice.");
    }
    return absl::StrCat(gain, " reaches the target of ", TargetWords(),
                        ", but the interval begins at ", lower, ", not above ",
                        SignedHundredths(rule_.superiority_margin()), ": ", BetterOrWorse(), ".");
  }

  // All else holds: more examples of the same clusters would not help.
  bool OnlyClustersLack() const {
    return counts_.net() >= judged_.needed && judged_.interval.lower > rule_.superiority_margin();
  }

  std::string InfeasibleWords() const {
    return absl::StrCat("The baseline is wrong on only ", Count(counts_.baseline_wrong()), " of ",
                        Counted(counts_.n(), "example", "examples"), "; the target of ",
                        TargetWords(), " needs ", Count(judged_.needed),
                        " more right: no candidate could reach it.");
  }

  void Settle(std::string& words, v1::Decision::CriterionResult& result) const {
    if (counts_.n() == 0 || !judged_.target_points.has_value() || OnlyClustersLack() ||
        !evidence_.SupportsConfidence(policy_.confidence)) {
      return;
    }
    const bool overall = result.metric() == "overall_accuracy" && result.slice().empty();
    AppendSettling(evidence_,
                   {.target_ppm = stats::ToPartsPerMillion(*judged_.target_points),
                    .superiority_margin_ppm = policy_.superiority_margin_ppm,
                    .confidence = context_.next_confidence},
                   overall ? context_.accuracy_ppm : std::nullopt, result, words);
  }

  const v1::Policy::Improvement& rule_;
  const ShareEvidence& evidence_;
  const v1::Report::Paired& paired_;
  const JudgeContext& context_;
  const stats::ImprovementPolicy policy_;
  const PairedCounts counts_;
  const stats::ImprovementResult judged_;
};

}  // namespace

Outcome ImprovementOutcome(const v1::Policy::Improvement& rule, const ShareEvidence& evidence,
                           double confidence) {
  const stats::ImprovementPolicy policy = PolicyOf(rule, confidence, evidence.method());
  return SurvivingOutcome(evidence,
                          [&](Missing missing) { return OutcomeWith(evidence, missing, policy); });
}

void JudgeImprovement(const v1::Policy::Improvement& rule, const ShareEvidence& evidence,
                      const v1::Report::Paired& paired, const JudgeContext& context,
                      Judged& judged) {
  ImprovementJudge(rule, evidence, paired, context).Fill(judged);
}

}  // namespace tunegate::decisions
