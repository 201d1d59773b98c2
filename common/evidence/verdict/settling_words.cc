#include "common/evidence/verdict/settling_words.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "common/evidence/verdict/rules.h"
#include "common/statistics/distributions.h"
#include "common/statistics/parts_per_million.h"
#include "common/statistics/settle.h"

namespace tunegate::decisions {
namespace {

using evaluations::Count;

// A chance is never said to be nothing or certain.
std::string ChanceWords(double chance) {
  if (chance < 0.005) return "below 1 %";
  return chance > 0.995 ? "above 99 %" : evaluations::Percent(chance, 0);
}

std::string Chances(double at_twice, double at_four_times) {
  return absl::StrCat("with twice the examples ", ChanceWords(at_twice), ", with four times ",
                      ChanceWords(at_four_times), ".");
}

// The chance that a share reaches the threshold when `more` examples come to those that are there.
double ShareChance(const ShareEvidence::Share& seen, int64_t more, int64_t threshold_ppm) {
  const double rate = static_cast<double>(seen.right) / static_cast<double>(seen.count);
  const int64_t needed = stats::CeilShare(threshold_ppm, seen.count + more);
  return stats::Binomial(more, rate).AtLeast(needed - seen.right);
}

}  // namespace

void AppendSettling(const ShareEvidence& evidence, const stats::GoRule& rule,
                    std::optional<int64_t> accuracy_ppm, v1::Decision::CriterionResult& result,
                    std::string& words) {
  constexpr int64_t kMostExamples = 10'000'000;
  const stats::PairedCounts counts = evidence.Pairs(Missing::kLeftOut);
  const double design_effect = evidence.DesignEffect(rule.confidence);
  const stats::SettlePrediction prediction =
      stats::PredictSettling(counts, rule, kMostExamples, design_effect);
  if (prediction.settles == stats::Settles::kNotByMoreData) {
    absl::StrAppend(&words, " More data of the same kind would not settle it.");
  } else {
    // Repeats make several pairs of an example.
    const double examples = static_cast<double>(prediction.examples) *
                            static_cast<double>(evidence.sample_count()) /
                            static_cast<double>(counts.n());
    result.set_examples_needed(static_cast<int64_t>(std::ceil(examples)));
    absl::StrAppend(
        &words, " At these rates about ", Count(result.examples_needed()),
        " examples would settle it as ",
        prediction.settles == stats::Settles::kGo ? "PASS." : "FAIL; no number as PASS.");
  }
  if (!accuracy_ppm.has_value()) {
    absl::StrAppend(&words, " Predicted chance to pass ",
                    Chances(prediction.at_twice.go, prediction.at_four_times.go));
    return;
  }
  stats::GoRule both = rule;
  both.accuracy_ppm = accuracy_ppm;
  const stats::SettlePrediction go =
      stats::PredictSettling(counts, both, kMostExamples, design_effect);
  absl::StrAppend(&words, " Predicted chance of GO, as far as accuracy decides it, ",
                  Chances(go.at_twice.go, go.at_four_times.go));
}

void AppendShareSettling(const ShareEvidence& evidence, double threshold, double next_confidence,
                         v1::Decision::CriterionResult& result, std::string& words) {
  const double design_effect = evidence.ShareDesignEffect(next_confidence);
  const ShareEvidence::Share share = evidence.Candidate(Missing::kLeftOut);
  const double z = stats::TwoSidedNormalQuantile(next_confidence);
  const double distance =
      threshold - static_cast<double>(share.right) / static_cast<double>(share.count);
  const int64_t size = SmallestSettledSize(share.count, [&](double n) {
    return distance * std::sqrt(n / design_effect) > z * std::sqrt(threshold * (1 - threshold));
  });
  if (size > 0) {
    const double examples = static_cast<double>(size) *
                            static_cast<double>(evidence.sample_count()) /
                            static_cast<double>(share.count);
    result.set_examples_needed(static_cast<int64_t>(std::ceil(examples)));
    absl::StrAppend(&words, " At this share about ", Count(result.examples_needed()),
                    " examples would settle it as FAIL; no number as PASS.");
  } else {
    absl::StrAppend(&words, " More data of the same kind would not settle it.");
  }
  const auto shrink = [design_effect](int64_t count) {
    return std::llround(static_cast<double>(count) / design_effect);
  };
  const ShareEvidence::Share seen = {shrink(share.right),
                                     std::max<int64_t>(1, shrink(share.count))};
  const int64_t ppm = stats::ToPartsPerMillion(threshold);
  absl::StrAppend(
      &words, " Predicted chance to pass ",
      Chances(ShareChance(seen, seen.count, ppm), ShareChance(seen, 3 * seen.count, ppm)));
}

}  // namespace tunegate::decisions
