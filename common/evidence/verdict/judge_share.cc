// "At least" a share, and "no worse than" the baseline's by more than a margin.
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "common/evidence/verdict/rules.h"
#include "common/statistics/accuracy_rule.h"
#include "common/statistics/distributions.h"
#include "common/statistics/non_inferiority.h"
#include "common/statistics/paired_difference.h"
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

Outcome AtLeastOutcome(const ShareEvidence& evidence, Missing missing, int64_t threshold_ppm,
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

// How far the share lies from the threshold, in standard errors at the threshold.
double ShareScore(const ShareEvidence::Share& share, double threshold) {
  const double spread = std::sqrt(threshold * (1 - threshold) / static_cast<double>(share.count));
  const double distance = Ratio(share.right, share.count) - threshold;
  if (spread == 0) return distance < 0 ? -HUGE_VAL : 0;
  return distance / spread;
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

Outcome NoWorseOutcome(const ShareEvidence& evidence, Missing missing, int64_t margin_ppm,
                       double confidence) {
  const stats::PairedCounts pairs = evidence.Pairs(missing);
  if (!evidence.clustered()) return stats::JudgeNonInferiority(pairs, margin_ppm, confidence);
  if (pairs.n() == 0 || !evidence.SupportsConfidence(confidence)) return Outcome::kInconclusive;
  const stats::Interval interval = evidence.DifferenceInterval(missing, confidence);
  const double bound = -stats::FromPartsPerMillion(margin_ppm);
  if (interval.lower > bound) return Outcome::kPass;
  return interval.upper < bound ? Outcome::kFail : Outcome::kInconclusive;
}

double ScaledScore(const stats::PairedCounts& pairs, double size, double delta) {
  const double n = static_cast<double>(pairs.n());
  return stats::TangoScore(static_cast<double>(pairs.gained) / n * size,
                           static_cast<double>(pairs.lost) / n * size, size, delta);
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

// About how many examples would settle the margin, and in words.
void AppendNoWorseSettling(const stats::PairedCounts& pairs, int64_t margin_ppm, double confidence,
                           v1::Decision::CriterionResult& result, std::string& words) {
  const double bound = -stats::FromPartsPerMillion(margin_ppm);
  const double z = stats::TwoSidedNormalQuantile(confidence);
  const bool above = Ratio(pairs.net(), pairs.n()) > bound;
  const int64_t size = SmallestSettledSize(pairs.n(), [&](double n) {
    const double score = ScaledScore(pairs, n, bound);
    return above ? score > z : score < -z;
  });
  if (size == 0) {
    absl::StrAppend(&words, " More examples of the same kind would not settle it.");
    return;
  }
  result.set_examples_needed(size);
  absl::StrAppend(&words, " At these rates about ", Count(size), " examples would settle it as ",
                  above ? "PASS." : "FAIL.");
  const auto least = stats::SmallestPerfectN(margin_ppm, confidence);
  if (least.has_value() && pairs.n() < *least) {
    absl::StrAppend(&words, " Fewer than ", Count(*least),
                    " can never show this margin, even without any change.");
  }
}

}  // namespace

void JudgeAtLeast(double threshold, const ShareEvidence& evidence, const JudgeContext& context,
                  Judged& judged) {
  v1::Decision::CriterionResult& result = judged.result;
  const int64_t ppm = stats::ToPartsPerMillion(threshold);
  const ShareEvidence::Share share = evidence.Candidate(Missing::kLeftOut);
  const stats::Interval interval =
      evidence.CandidateInterval(Missing::kLeftOut, context.confidence);
  const auto outcome_of = [&](Missing missing) {
    return AtLeastOutcome(evidence, missing, ppm, context.confidence);
  };
  const Outcome observed = outcome_of(Missing::kLeftOut);
  const Outcome outcome = SurvivingOutcome(evidence, outcome_of);
  result.set_outcome(ToProto(outcome));
  result.set_required(threshold);
  *result.mutable_observed() =
      MakeEstimate(Ratio(share.right, share.count), interval, context.confidence,
                   evidence.clustered() ? evidence.example_count() : share.count,
                   evidence.clustered() ? "cluster-t" : "wilson");
  const ShareEvidence::Share best = evidence.Candidate(Missing::kForCandidate);
  if (!result.slice().empty() && best.count > 0) {
    judged.fail_p_value = NormalBelow(ShareScore(best, threshold));
  }
  std::string words = AtLeastWords(observed, share, interval, threshold);
  absl::StrAppend(&words, MissingSentence(evidence, observed, outcome));
  if (outcome == Outcome::kInconclusive && observed == outcome && evidence.missing() == 0 &&
      share.count > 0 && !evidence.clustered()) {
    const double z = stats::TwoSidedNormalQuantile(context.next_confidence);
    const double distance = threshold - Ratio(share.right, share.count);
    const int64_t size = SmallestSettledSize(share.count, [&](double n) {
      return distance * std::sqrt(n) > z * std::sqrt(threshold * (1 - threshold));
    });
    if (size > 0) {
      result.set_examples_needed(size);
      absl::StrAppend(&words, " At this share about ", Count(size),
                      " examples would settle it as FAIL; no number as PASS.");
    }
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
  const auto outcome_of = [&](Missing missing) {
    return NoWorseOutcome(evidence, missing, ppm, context.confidence);
  };
  const Outcome observed = outcome_of(Missing::kLeftOut);
  const Outcome outcome = SurvivingOutcome(evidence, outcome_of);
  result.set_outcome(ToProto(outcome));
  result.set_required(-margin);
  *result.mutable_observed() =
      MakeEstimate(Ratio(pairs.net(), pairs.n()), interval, context.confidence,
                   evidence.clustered() ? evidence.example_count() : pairs.n(),
                   evidence.clustered() ? "cluster-t" : "tango");
  const stats::PairedCounts best = evidence.Pairs(Missing::kForCandidate);
  if (!result.slice().empty() && best.n() > 0) {
    judged.fail_p_value = NormalBelow(ScaledScore(best, static_cast<double>(best.n()), -margin));
  }
  std::string words = NoWorseWords(observed, pairs, interval, margin);
  absl::StrAppend(&words, MissingSentence(evidence, observed, outcome));
  if (outcome == Outcome::kInconclusive && observed == outcome && evidence.missing() == 0 &&
      pairs.n() > 0 && !evidence.clustered()) {
    AppendNoWorseSettling(pairs, ppm, context.next_confidence, result, words);
  }
  result.set_explanation(std::move(words));
}

}  // namespace tunegate::decisions
