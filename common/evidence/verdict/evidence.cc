#include "common/evidence/verdict/evidence.h"

#include <algorithm>
#include <cmath>

#include "common/statistics/paired_difference.h"
#include "common/statistics/wilson.h"

namespace tunegate::decisions {
namespace {

// The count behind a share: exact, since shares are counts over sample_count.
ShareEvidence::Share CountOf(const v1::Estimate& estimate) {
  const double count = static_cast<double>(estimate.sample_count());
  return {std::llround(estimate.value() * count), estimate.sample_count()};
}

double ShareOf(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

stats::Interval Shifted(const stats::Interval& interval, double by, double least) {
  return {std::clamp(interval.lower + by, least, 1.0), std::clamp(interval.upper + by, least, 1.0)};
}

}  // namespace

ShareEvidence::ShareEvidence(const v1::Report::Metric& metric)
    : clustered_(metric.paired().points().method() == "cluster-t"),
      pairs_{metric.paired().both_right(), metric.paired().gained(), metric.paired().lost(),
             metric.paired().both_wrong()},
      baseline_(CountOf(metric.baseline())),
      candidate_(CountOf(metric.candidate())),
      baseline_missing_(metric.baseline_missing()),
      candidate_missing_(metric.candidate_missing()),
      baseline_value_(metric.baseline().value()),
      candidate_value_(metric.candidate().value()),
      difference_interval_{metric.paired().points().lower(), metric.paired().points().upper()},
      candidate_interval_{metric.candidate().lower(), metric.candidate().upper()},
      clusters_(metric.paired().points().sample_count()),
      report_confidence_(metric.paired().points().confidence()) {
  if (!clustered_) return;
  // Shares over examples are means there; over repeats only the pairs are counts.
  baseline_ = {pairs_.baseline_right(), pairs_.n()};
  candidate_ = {pairs_.candidate_right(), pairs_.n()};
}

stats::PairedCounts ShareEvidence::Pairs(Missing missing) const {
  stats::PairedCounts pairs = pairs_;
  if (missing == Missing::kLeftOut) return pairs;
  const bool against = missing == Missing::kAgainstCandidate;
  if (clustered_) {
    (against ? pairs.lost : pairs.gained) += baseline_missing_ + candidate_missing_;
    return pairs;
  }
  // Examples that only one arm answered, and those that neither did.
  const int64_t candidate_right_alone = candidate_.right - pairs_.candidate_right();
  const int64_t candidate_wrong_alone =
      candidate_.count - candidate_.right - pairs_.candidate_wrong();
  const int64_t baseline_right_alone = baseline_.right - pairs_.baseline_right();
  const int64_t baseline_wrong_alone = baseline_.count - baseline_.right - pairs_.baseline_wrong();
  const int64_t neither = example_count() - pairs_.n() - candidate_right_alone -
                          candidate_wrong_alone - baseline_right_alone - baseline_wrong_alone;
  if (against) {
    pairs.both_right += candidate_right_alone;
    pairs.both_wrong += baseline_wrong_alone;
    pairs.lost += candidate_wrong_alone + baseline_right_alone + neither;
  } else {
    pairs.both_right += baseline_right_alone;
    pairs.both_wrong += candidate_wrong_alone;
    pairs.gained += candidate_right_alone + baseline_wrong_alone + neither;
  }
  return pairs;
}

ShareEvidence::Share ShareEvidence::Candidate(Missing missing) const {
  if (missing == Missing::kLeftOut) return candidate_;
  const int64_t gift = missing == Missing::kForCandidate ? candidate_missing_ : 0;
  return {candidate_.right + gift, candidate_.count + candidate_missing_};
}

stats::Interval ShareEvidence::DifferenceInterval(Missing missing, double confidence) const {
  const stats::PairedCounts pairs = Pairs(missing);
  if (!clustered_) return stats::TangoInterval(pairs, confidence);
  const double shift = ShareOf(pairs.net(), pairs.n()) - ShareOf(pairs_.net(), pairs_.n());
  return Shifted(difference_interval_, shift, -1);
}

stats::Interval ShareEvidence::CandidateInterval(Missing missing, double confidence) const {
  const Share share = Candidate(missing);
  if (!clustered_) return stats::WilsonInterval(share.right, share.count, confidence);
  const double shift =
      ShareOf(share.right, share.count) - ShareOf(candidate_.right, candidate_.count);
  return Shifted(candidate_interval_, shift, 0);
}

stats::ClusteredDifference ShareEvidence::Clustered(Missing missing) const {
  stats::ClusteredDifference difference;
  const stats::PairedCounts pairs = Pairs(missing);
  difference.difference = ShareOf(pairs.net(), pairs.n());
  difference.clusters = clusters_;
  difference.interval = DifferenceInterval(missing, report_confidence_);
  return difference;
}

bool ShareEvidence::SupportsConfidence(double confidence) const {
  constexpr double kRounding = 1e-9;
  return !clustered_ || report_confidence_ >= confidence - kRounding;
}

int64_t ShareEvidence::example_count() const {
  // Both arms have the same examples. Clustered: those that brought any answer.
  return clustered_ ? clusters_ : baseline_.count + baseline_missing_;
}

}  // namespace tunegate::decisions
