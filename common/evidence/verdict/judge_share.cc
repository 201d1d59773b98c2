// "At least" a share, and "no worse than" the baseline's by more than a margin.
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "common/evidence/verdict/rules.h"
#include "common/evidence/verdict/settling_words.h"
#include "common/statistics/accuracy_rule.h"
#include "common/statistics/non_inferiority.h"
#include "common/statistics/parts_per_million.h"

namespace tunegate::decisions {
namespace {

using evaluations::Count;
using evaluations::DecimalsToTell;
using evaluations::Percent;
using evaluations::Points;
using evaluations::SignedHundredths;
using stats::Outcome;

double Ratio(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

Outcome AtLeastWith(const ShareEvidence& evidence, Missing missing, int64_t threshold_ppm,
                    double confidence) {
  const ShareEvidence::Share share = evidence.Candidate(missing);
  if (!evidence.clustered()) {
    return stats::JudgeShare(share.right, share.count, threshold_ppm, confidence);
  }
  if (share.count == 0) return Outcome::kInconclusive;
  if (share.right >= stats::CeilShare(threshold_ppm, share.count)) return Outcome::kPass;
  const bool below = evidence.SupportsConfidence(confidence) &&
                     evidence.CandidateInterval(missing, confidence).upper <
                         stats::FromPartsPerMillion(threshold_ppm);
  return below ? Outcome::kFail : Outcome::kInconclusive;
}

std::string AtLeastWords(Outcome observed, const ShareEvidence::Share& share,
                         const stats::Interval& interval, double threshold) {
  if (share.count == 0) return "The candidate answered no example.";
  const double value = Ratio(share.right, share.count);
  const int decimals = DecimalsToTell(value, threshold);
  const std::string measured =
      absl::StrCat(Percent(value, decimals), " (", Count(share.right), " of ", Count(share.count),
                   "; ", Percent(interval.lower), " to ", Percent(interval.upper), ")");
  const std::string asked = Percent(threshold, decimals);
  switch (observed) {
    case Outcome::kPass:
      return absl::StrCat(measured, " reaches ", asked, ".");
    case Outcome::kFail:
      return absl::StrCat(measured, ": ", asked, " is ruled out.");
    default:
      return absl::StrCat(measured, " is below ", asked, ", but the interval reaches it.");
  }
}

Outcome NoWorseWith(const ShareEvidence& evidence, Missing missing, int64_t margin_ppm,
                    double confidence) {
  const stats::PairedCounts pairs = evidence.Pairs(missing);
  if (!evidence.clustered()) {
    return stats::JudgeNonInferiority(pairs, margin_ppm, confidence, evidence.method());
  }
  if (pairs.n() == 0 || !evidence.SupportsConfidence(confidence)) return Outcome::kInconclusive;
  const stats::Interval interval = evidence.DifferenceInterval(missing, confidence);
  const double bound = -stats::FromPartsPerMillion(margin_ppm);
  if (interval.lower > bound) return Outcome::kPass;
  return interval.upper < bound ? Outcome::kFail : Outcome::kInconclusive;
}

std::string NoWorseWords(Outcome observed, const stats::PairedCounts& pairs,
                         const stats::Interval& interval, double margin) {
  if (pairs.n() == 0) return "No example was answered by both variants.";
  const std::string measured =
      absl::StrCat(Points(Ratio(pairs.net(), pairs.n())), " (", SignedHundredths(interval.lower),
                   " to ", SignedHundredths(interval.upper), ")");
  const std::string loss = MarginWords(margin);
  switch (observed) {
    case Outcome::kPass:
      return absl::StrCat(measured, ": a loss of ", loss, " is ruled out.");
    case Outcome::kFail:
      return absl::StrCat(measured, ": worse by more than ", loss, ".");
    default:
      return absl::StrCat(measured, ": a loss of ", loss, " is not ruled out.");
  }
}

// True when an open criterion is open whatever the missing answers would have been, and there is
// something to extend.
bool CanBeExtended(const ShareEvidence& evidence, Outcome observed, Outcome outcome,
                   double confidence) {
  return outcome == Outcome::kInconclusive && observed == outcome && evidence.sample_count() > 0 &&
         evidence.SupportsConfidence(confidence);
}

}  // namespace

stats::Outcome AtLeastOutcome(double threshold, const ShareEvidence& evidence, double confidence) {
  const int64_t ppm = stats::ToPartsPerMillion(threshold);
  return SurvivingOutcome(
      evidence, [&](Missing missing) { return AtLeastWith(evidence, missing, ppm, confidence); });
}

stats::Outcome NoWorseOutcome(double margin, const ShareEvidence& evidence, double confidence) {
  const int64_t ppm = stats::ToPartsPerMillion(margin);
  return SurvivingOutcome(
      evidence, [&](Missing missing) { return NoWorseWith(evidence, missing, ppm, confidence); });
}

void JudgeAtLeast(double threshold, const ShareEvidence& evidence, const JudgeContext& context,
                  Judged& judged) {
  v1::Decision::CriterionResult& result = judged.result;
  const ShareEvidence::Share share = evidence.Candidate(Missing::kLeftOut);
  const stats::Interval interval =
      evidence.CandidateInterval(Missing::kLeftOut, context.confidence);
  const Outcome observed = AtLeastWith(evidence, Missing::kLeftOut,
                                       stats::ToPartsPerMillion(threshold), context.confidence);
  const Outcome outcome = AtLeastOutcome(threshold, evidence, context.confidence);
  result.set_outcome(ToProto(outcome));
  result.set_required(threshold);
  *result.mutable_observed() = MakeEstimate(
      Ratio(share.right, share.count), interval, context.confidence,
      evidence.clustered() ? evidence.sample_count() : share.count, evidence.share_method());
  if (!result.slice().empty() && evidence.Candidate(Missing::kForCandidate).count > 0) {
    judged.fail_p_value = evidence.CandidatePValue(threshold);
  }
  std::string words = AtLeastWords(observed, share, interval, threshold);
  absl::StrAppend(&words, MissingSentence(evidence, observed, outcome));
  if (CanBeExtended(evidence, observed, outcome, context.confidence) && share.count > 0) {
    AppendShareSettling(evidence, threshold, context.next_confidence, result, words);
  }
  result.set_explanation(std::move(words));
}

void JudgeNoWorse(double margin, const ShareEvidence& evidence, const JudgeContext& context,
                  Judged& judged) {
  v1::Decision::CriterionResult& result = judged.result;
  const int64_t ppm = stats::ToPartsPerMillion(margin);
  const stats::PairedCounts pairs = evidence.Pairs(Missing::kLeftOut);
  const stats::Interval interval =
      evidence.DifferenceInterval(Missing::kLeftOut, context.confidence);
  const Outcome observed = NoWorseWith(evidence, Missing::kLeftOut, ppm, context.confidence);
  const Outcome outcome = NoWorseOutcome(margin, evidence, context.confidence);
  result.set_outcome(ToProto(outcome));
  result.set_required(-margin);
  *result.mutable_observed() =
      MakeEstimate(Ratio(pairs.net(), pairs.n()), interval, context.confidence,
                   evidence.sample_count(), evidence.difference_method());
  if (!result.slice().empty() && evidence.Pairs(Missing::kForCandidate).n() > 0) {
    judged.fail_p_value = evidence.DifferencePValue(-margin);
  }
  std::string words = NoWorseWords(observed, pairs, interval, margin);
  absl::StrAppend(&words, MissingSentence(evidence, observed, outcome));
  if (CanBeExtended(evidence, observed, outcome, context.confidence)) {
    AppendSettling(
        evidence,
        {.target_ppm = -ppm, .superiority_margin_ppm = -ppm, .confidence = context.next_confidence},
        /*accuracy_ppm=*/std::nullopt, result, words);
    const auto least = stats::SmallestPerfectN(ppm, context.confidence);
    if (least.has_value() && pairs.n() < *least) {
      absl::StrAppend(&words, " Fewer than ", Count(*least),
                      " can never show this margin, even without any change.");
    }
  }
  result.set_explanation(std::move(words));
}

}  // namespace tunegate::decisions
