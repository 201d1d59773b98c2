#include "common/evidence/verdict/evidence.h"

#include <algorithm>
#include <cmath>
#include <queue>
#include <string>
#include <utility>

#include "common/evidence/report/interval_method.h"
#include "common/statistics/distributions.h"
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

double HalfWidth(const stats::Interval& interval) { return (interval.upper - interval.lower) / 2; }

// The metric's counterparts in the slices by `key`; empty unless there is one for each cluster.
std::vector<const v1::Report::Metric*> ClustersOf(const v1::Report& report,
                                                  const v1::Report::Metric& metric) {
  std::vector<const v1::Report::Metric*> clusters;
  if (report.cluster_key().empty() || !metric.slice().empty()) return clusters;
  const std::string prefix = report.cluster_key() + "=";
  for (const v1::Report::Metric& slice : report.metrics()) {
    if (slice.id() == metric.id() && slice.slice().starts_with(prefix)) clusters.push_back(&slice);
  }
  if (static_cast<int64_t>(clusters.size()) != report.cluster_count()) clusters.clear();
  return clusters;
}

// P(T <= distance), the scale being such that an interval of `half` reaches as far as `confidence`.
double BelowByHalf(double distance, double half, double confidence, int64_t clusters) {
  const double reach = stats::TwoSidedStudentQuantile(confidence, clusters - 1);
  if (!(half > 0) || !std::isfinite(reach)) return 1;
  return stats::StudentBelow(distance / half * reach, clusters - 1);
}

double NormalBelow(double score) { return 0.5 * std::erfc(-score / std::sqrt(2.0)); }

}  // namespace

ShareEvidence::ShareEvidence(const v1::Report& report, const v1::Report::Metric& metric,
                             bool repeated, v1::Policy::Interval interval)
    : clustered_(metric.paired().points().method() == "cluster-t"),
      repeated_(repeated),
      method_(evaluations::MethodOf(interval)),
      all_(CellsOf(metric, repeated)),
      sample_count_(metric.paired().points().sample_count()),
      baseline_value_(metric.baseline().value()),
      candidate_value_(metric.candidate().value()),
      difference_interval_{metric.paired().points().lower(), metric.paired().points().upper()},
      candidate_interval_{metric.candidate().lower(), metric.candidate().upper()},
      report_confidence_(metric.paired().points().confidence()) {
  if (!clustered_) return;
  cluster_count_ = report.cluster_key().empty()
                       ? sample_count_
                       : std::min<int64_t>(report.cluster_count(), sample_count_);
  if (repeated_) return;
  for (const v1::Report::Metric* cluster : ClustersOf(report, metric)) {
    clusters_.push_back(CellsOf(*cluster, repeated));
  }
}

ShareEvidence::Cells ShareEvidence::CellsOf(const v1::Report::Metric& metric, bool repeated) {
  Cells cells;
  cells.pairs = {metric.paired().both_right(), metric.paired().gained(), metric.paired().lost(),
                 metric.paired().both_wrong()};
  cells.baseline_missing = metric.baseline_missing();
  cells.candidate_missing = metric.candidate_missing();
  if (repeated) {
    // Shares over examples are means there; only the pairs are counts.
    cells.baseline = {cells.pairs.baseline_right(), cells.pairs.n()};
    cells.candidate = {cells.pairs.candidate_right(), cells.pairs.n()};
  } else {
    cells.baseline = CountOf(metric.baseline());
    cells.candidate = CountOf(metric.candidate());
  }
  return cells;
}

stats::PairedCounts ShareEvidence::PairsOf(const Cells& cells, Missing missing) const {
  stats::PairedCounts pairs = cells.pairs;
  if (missing == Missing::kLeftOut) return pairs;
  const bool against = missing == Missing::kAgainstCandidate;
  if (repeated_) {
    (against ? pairs.lost : pairs.gained) += cells.baseline_missing + cells.candidate_missing;
    return pairs;
  }
  // Examples that only one arm answered, and those that neither did.
  const int64_t candidate_right_alone = cells.candidate.right - cells.pairs.candidate_right();
  const int64_t candidate_wrong_alone =
      cells.candidate.count - cells.candidate.right - cells.pairs.candidate_wrong();
  const int64_t baseline_right_alone = cells.baseline.right - cells.pairs.baseline_right();
  const int64_t baseline_wrong_alone =
      cells.baseline.count - cells.baseline.right - cells.pairs.baseline_wrong();
  const int64_t neither = cells.baseline.count + cells.baseline_missing - cells.pairs.n() -
                          candidate_right_alone - candidate_wrong_alone - baseline_right_alone -
                          baseline_wrong_alone;
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

ShareEvidence::Share ShareEvidence::CandidateOf(const Cells& cells, Missing missing) {
  if (missing == Missing::kLeftOut) return cells.candidate;
  const int64_t gift = missing == Missing::kForCandidate ? cells.candidate_missing : 0;
  return {cells.candidate.right + gift, cells.candidate.count + cells.candidate_missing};
}

stats::PairedCounts ShareEvidence::Pairs(Missing missing) const { return PairsOf(all_, missing); }

ShareEvidence::Share ShareEvidence::Candidate(Missing missing) const {
  return CandidateOf(all_, missing);
}

std::vector<stats::ClusterTotal> ShareEvidence::PairTotals(Missing missing) const {
  std::vector<stats::ClusterTotal> totals;
  totals.reserve(clusters_.size());
  for (const Cells& cluster : clusters_) {
    const stats::PairedCounts pairs = PairsOf(cluster, missing);
    totals.push_back(
        {pairs.n(), static_cast<double>(pairs.gained), static_cast<double>(pairs.lost)});
  }
  return totals;
}

// The clusters' residuals make a vector whose length is the standard error but for a factor.
// Answers that come in make it longer by at most what they add themselves (the triangle inequality,
// for clusters of equal size): `most` each, if all fall into one cluster.
double ShareEvidence::Widening(int64_t count, int64_t added, double most) const {
  const double g = static_cast<double>(cluster_count_);
  const double t = stats::TwoSidedStudentQuantile(report_confidence_, cluster_count_ - 1);
  if (!std::isfinite(t)) return 1;
  return t * std::sqrt(g / (g - 1)) * most * static_cast<double>(added) /
         static_cast<double>(count + added);
}

stats::Interval ShareEvidence::DifferenceInterval(Missing missing, double confidence) const {
  const stats::PairedCounts pairs = Pairs(missing);
  if (!clustered_) return stats::DifferenceInterval(pairs, confidence, method_);
  if (!clusters_.empty()) return Clustered(missing, confidence).interval;
  const int64_t added = pairs.n() - all_.pairs.n();
  if (added == 0) return difference_interval_;
  const double before = ShareOf(all_.pairs.net(), all_.pairs.n());
  const double after = ShareOf(pairs.net(), pairs.n());
  const double shrink = ShareOf(all_.pairs.n(), pairs.n());
  const double widening = Widening(all_.pairs.n(), added, 1 + std::fabs(before));
  const stats::Interval moved = {
      std::max(-1.0, after - (before - difference_interval_.lower) * shrink - widening),
      std::min(1.0, after + (difference_interval_.upper - before) * shrink + widening)};
  return stats::Hull(moved, stats::TangoInterval(pairs, report_confidence_));
}

stats::Interval ShareEvidence::CandidateInterval(Missing missing, double confidence) const {
  const Share share = Candidate(missing);
  if (!clustered_) return stats::WilsonInterval(share.right, share.count, confidence);
  if (!clusters_.empty()) {
    std::vector<stats::ClusterTotal> totals;
    for (const Cells& cluster : clusters_) {
      const Share of_cluster = CandidateOf(cluster, missing);
      totals.push_back({of_cluster.count, static_cast<double>(of_cluster.right), 0});
    }
    return stats::ClusteredShare(std::move(totals), confidence);
  }
  const int64_t added = share.count - all_.candidate.count;
  if (added == 0) return candidate_interval_;
  const double before = ShareOf(all_.candidate.right, all_.candidate.count);
  const double after = ShareOf(share.right, share.count);
  const double shrink = ShareOf(all_.candidate.count, share.count);
  const double widening = Widening(all_.candidate.count, added, 1);
  const stats::Interval moved = {
      std::max(0.0, after - (before - candidate_interval_.lower) * shrink - widening),
      std::min(1.0, after + (candidate_interval_.upper - before) * shrink + widening)};
  return stats::Hull(moved, stats::WilsonInterval(share.right, share.count, report_confidence_));
}

stats::ClusteredDifference ShareEvidence::Clustered(Missing missing, double confidence) const {
  if (!clusters_.empty()) return stats::IntervalOfTotals(PairTotals(missing), confidence);
  stats::ClusteredDifference difference;
  const stats::PairedCounts pairs = Pairs(missing);
  difference.difference = ShareOf(pairs.net(), pairs.n());
  difference.clusters = cluster_count_;
  difference.interval = DifferenceInterval(missing, report_confidence_);
  return difference;
}

double ShareEvidence::DifferencePValue(double bound) const {
  const stats::PairedCounts best = Pairs(Missing::kForCandidate);
  if (best.n() == 0) return 1;
  if (!clustered_) {
    return NormalBelow(stats::TangoScore(static_cast<double>(best.gained),
                                         static_cast<double>(best.lost),
                                         static_cast<double>(best.n()), bound));
  }
  const stats::Interval interval = DifferenceInterval(Missing::kForCandidate, report_confidence_);
  return BelowByHalf(ShareOf(best.net(), best.n()) - bound, HalfWidth(interval), report_confidence_,
                     cluster_count_);
}

double ShareEvidence::CandidatePValue(double bound) const {
  const Share best = Candidate(Missing::kForCandidate);
  if (best.count == 0) return 1;
  const double distance = ShareOf(best.right, best.count) - bound;
  if (!clustered_) {
    const double spread = std::sqrt(bound * (1 - bound) / static_cast<double>(best.count));
    if (spread == 0) return distance < 0 ? 0 : 0.5;
    return NormalBelow(distance / spread);
  }
  const stats::Interval interval = CandidateInterval(Missing::kForCandidate, report_confidence_);
  return BelowByHalf(distance, HalfWidth(interval), report_confidence_, cluster_count_);
}

ShareEvidence::Cells ShareEvidence::Flipped(Cells cells, int64_t count, Which which) {
  // A regained loss narrows the interval, a new win widens it: the extremes are all of one kind.
  const int64_t from_lost = which == Which::kBest
                                ? std::min(count, cells.pairs.lost)
                                : std::max<int64_t>(0, count - cells.pairs.both_wrong);
  cells.pairs.lost -= from_lost;
  cells.pairs.both_right += from_lost;
  cells.pairs.both_wrong -= count - from_lost;
  cells.pairs.gained += count - from_lost;
  cells.candidate.right += count;
  return cells;
}

ShareEvidence ShareEvidence::WithRight(int64_t count, Which which) const {
  ShareEvidence changed = *this;
  if (clusters_.empty()) {
    changed.all_ = Flipped(all_, count, which);
    return changed;
  }
  // The clusters' squared residuals are smallest when each answer goes where the gain lags most: a
  // sum of convex functions of whole numbers is least where every single step was the least.
  const double mean = ShareOf(all_.pairs.net() + count, all_.pairs.n());
  using Lag = std::pair<double, size_t>;  // the residual's sum, the cluster
  std::priority_queue<Lag, std::vector<Lag>, std::greater<>> lags;
  for (size_t i = 0; i < clusters_.size(); ++i) {
    const stats::PairedCounts& pairs = clusters_[i].pairs;
    if (pairs.candidate_wrong() == 0) continue;
    lags.emplace(static_cast<double>(pairs.net()) - mean * static_cast<double>(pairs.n()), i);
  }
  for (int64_t left = count; left > 0 && !lags.empty(); --left) {
    const auto [lag, place] = lags.top();
    lags.pop();
    changed.clusters_[place] = Flipped(changed.clusters_[place], 1, Which::kBest);
    if (changed.clusters_[place].pairs.candidate_wrong() > 0) lags.emplace(lag + 1, place);
  }
  changed.all_.pairs = {};
  for (const Cells& cluster : changed.clusters_) {
    changed.all_.pairs.both_right += cluster.pairs.both_right;
    changed.all_.pairs.gained += cluster.pairs.gained;
    changed.all_.pairs.lost += cluster.pairs.lost;
    changed.all_.pairs.both_wrong += cluster.pairs.both_wrong;
  }
  changed.all_.candidate.right += count;
  return changed;
}

// The confidence at which intervals can be had.
double ShareEvidence::LevelFor(double confidence) const {
  return can_change() ? confidence : report_confidence_;
}

double ShareEvidence::DesignEffect(double confidence) const {
  const stats::PairedCounts pairs = Pairs(Missing::kLeftOut);
  if (!clustered_ || pairs.n() == 0) return 1;
  const double level = LevelFor(confidence);
  const double ratio = HalfWidth(DifferenceInterval(Missing::kLeftOut, level)) /
                       HalfWidth(stats::TangoInterval(pairs, level));
  return std::max(1.0, ratio * ratio);
}

double ShareEvidence::ShareDesignEffect(double confidence) const {
  const Share share = Candidate(Missing::kLeftOut);
  if (!clustered_ || share.count == 0) return 1;
  const double level = LevelFor(confidence);
  const double ratio = HalfWidth(CandidateInterval(Missing::kLeftOut, level)) /
                       HalfWidth(stats::WilsonInterval(share.right, share.count, level));
  return std::max(1.0, ratio * ratio);
}

const char* ShareEvidence::difference_method() const {
  return clustered_ ? "cluster-t" : stats::NameOf(method_);
}

bool ShareEvidence::SupportsConfidence(double confidence) const {
  constexpr double kRounding = 1e-9;
  return can_change() || report_confidence_ >= confidence - kRounding;
}

int64_t ShareEvidence::example_count() const {
  // Both arms have the same examples.
  return repeated_ ? sample_count_ : all_.baseline.count + all_.baseline_missing;
}

}  // namespace tunegate::decisions
