// "The candidate is better by a target": the criterion that decisions stand on, and its words.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "common/evidence/verdict/rules.h"
#include "common/statistics/distributions.h"
#include "common/statistics/improvement_rule.h"
#include "common/statistics/paired_difference.h"
#include "common/statistics/parts_per_million.h"
#include "common/statistics/settle.h"

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

// A chance is never said to be nothing or certain.
std::string ChanceWords(double chance) {
  if (chance < 0.005) return "below 1 %";
  return chance > 0.995 ? "above 99 %" : Percent(chance, 0);
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
        policy_{.basis = BasisOf(rule.basis()),
                .target_ppm = stats::ToPartsPerMillion(rule.target()),
                .superiority_margin_ppm = stats::ToPartsPerMillion(rule.superiority_margin()),
                .confidence = context.confidence},
        counts_(evidence.Pairs(Missing::kLeftOut)),
        judged_(ResultWith(Missing::kLeftOut)) {}

  void Fill(Judged& judged) const {
    v1::Decision::CriterionResult& result = judged.result;
    const Outcome outcome = Surviving();
    result.set_outcome(ToProto(outcome));
    result.set_required(rule_.target());
    *result.mutable_observed() = Observed();
    if (!result.slice().empty() && judged_.target_points.has_value()) {
      judged.fail_p_value = FailPValue();
    }
    std::string words = Words();
    absl::StrAppend(&words, MissingSentence(evidence_, judged_.outcome, outcome));
    if (outcome == Outcome::kInconclusive) AppendSettling(words, result);
    result.set_explanation(std::move(words));
  }

 private:
  stats::ImprovementResult ResultWith(Missing missing) const {
    const PairedCounts counts = evidence_.Pairs(missing);
    if (!evidence_.clustered()) return stats::JudgeImprovement(counts, policy_);
    stats::ImprovementResult result =
        stats::JudgeClusteredImprovement(counts, evidence_.Clustered(missing), policy_);
    if (!evidence_.SupportsConfidence(policy_.confidence) &&
        result.outcome != Outcome::kInfeasible) {
      result.outcome = Outcome::kInconclusive;
    }
    return result;
  }

  Outcome Surviving() const {
    return SurvivingOutcome(evidence_,
                            [this](Missing missing) { return ResultWith(missing).outcome; });
  }

  // In the policy's basis; the baseline's share is taken as known.
  v1::Estimate Observed() const {
    const double whole = WholeShare();
    stats::Interval interval = judged_.interval;
    double value = judged_.difference;
    if (whole > 0) {
      value /= whole;
      interval = {interval.lower / whole, interval.upper / whole};
    }
    return MakeEstimate(value, interval, policy_.confidence,
                        evidence_.clustered() ? paired_.points().sample_count() : counts_.n(),
                        evidence_.clustered() ? "cluster-t" : "tango");
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

  double FailPValue() const {
    const PairedCounts best = evidence_.Pairs(Missing::kForCandidate);
    const double target = *judged_.target_points;
    if (!evidence_.clustered()) {
      return NormalBelow(stats::TangoScore(static_cast<double>(best.gained),
                                           static_cast<double>(best.lost),
                                           static_cast<double>(best.n()), target));
    }
    const auto interval = evidence_.DifferenceInterval(Missing::kForCandidate, policy_.confidence);
    const double half = (interval.upper - interval.lower) / 2;
    const double z = stats::TwoSidedNormalQuantile(policy_.confidence);
    return half > 0 ? NormalBelow((judged_.difference - target) / half * z) : 1;
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

  // "p = .035, mid-p; 11 gained, 3 lost".
  std::string EvidenceWords() const {
    return absl::StrCat(evaluations::PValue(paired_.p_mid()), ", mid-p; ", Count(counts_.gained),
                        " gained, ", Count(counts_.lost), " lost");
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
    const bool reaches = counts_.net() >= judged_.needed;
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
    if (reaches) {
      return absl::StrCat(gain, " reaches the target of ", TargetWords(),
                          ", but the interval begins at ", lower, ", not above ",
                          SignedHundredths(rule_.superiority_margin()), ": ", BetterOrWorse(), ".",
                          FewClustersWords());
    }
    return absl::StrCat(gain, " is below the target of ", TargetWords(),
                        ", but the interval reaches ", upper, ": ", BetterOrWorse(),
                        ", not shown to miss the target.");
  }

  std::string FewClustersWords() const {
    if (!evidence_.clustered() || paired_.points().sample_count() >= stats::kMinClustersForGo) {
      return "";
    }
    return absl::StrCat(" Fewer than ", stats::kMinClustersForGo,
                        " examples asked repeatedly never suffice.");
  }

  std::string InfeasibleWords() const {
    return absl::StrCat("The baseline is wrong on only ", Count(counts_.baseline_wrong()), " of ",
                        Counted(counts_.n(), "example", "examples"), "; the target of ",
                        TargetWords(), " needs ", Count(judged_.needed),
                        " more right: no candidate could reach it.");
  }

  void AppendSettling(std::string& words, v1::Decision::CriterionResult& result) const {
    if (evidence_.clustered() || evidence_.missing() > 0 || counts_.n() == 0 ||
        !judged_.target_points.has_value()) {
      return;
    }
    const stats::GoRule rule = {.target_ppm = stats::ToPartsPerMillion(*judged_.target_points),
                                .superiority_margin_ppm = policy_.superiority_margin_ppm,
                                .confidence = context_.next_confidence};
    const stats::SettlePrediction prediction = stats::PredictSettling(counts_, rule);
    if (prediction.settles == stats::Settles::kNotByMoreData) {
      absl::StrAppend(&words, " More examples of the same kind would not settle it.");
    } else {
      result.set_examples_needed(prediction.examples);
      absl::StrAppend(&words, " At these rates about ", Count(prediction.examples),
                      " examples would settle it as ",
                      prediction.settles == stats::Settles::kGo ? "PASS."
                                                                : "FAIL; no number as "
                                                                  "PASS.");
    }
    absl::StrAppend(&words, " Chance to pass with twice the examples ",
                    ChanceWords(prediction.at_twice.go), ", with four times ",
                    ChanceWords(prediction.at_four_times.go), ".");
    AppendMissingRight(words);
  }

  void AppendMissingRight(std::string& words) const {
    const auto more = stats::MissingRightForGo(counts_, policy_, context_.accuracy_ppm);
    if (!more.has_value() || more->at_worst == 0) return;
    const std::string range =
        more->at_best == more->at_worst
            ? Count(more->at_worst)
            : absl::StrCat(Count(more->at_best), " to ", Count(more->at_worst));
    absl::StrAppend(&words, " It would pass with ", range, " more of the candidate's ",
                    Count(counts_.candidate_wrong()), " wrong answers right.");
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

void JudgeImprovement(const v1::Policy::Improvement& rule, const ShareEvidence& evidence,
                      const v1::Report::Paired& paired, const JudgeContext& context,
                      Judged& judged) {
  ImprovementJudge(rule, evidence, paired, context).Fill(judged);
}

}  // namespace tunegate::decisions
