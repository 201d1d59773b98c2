#include "common/evidence/report/metric_tally.h"

#include <cmath>
#include <utility>

#include "common/statistics/clustered.h"
#include "common/statistics/mcnemar.h"
#include "common/statistics/paired_difference.h"
#include "common/statistics/wilson.h"

namespace tunegate::evaluations {
namespace {

v1::Estimate MakeEstimate(double value, const stats::Interval& interval, double confidence,
                          int64_t sample_count, const char* method) {
  v1::Estimate estimate;
  estimate.set_value(value);
  estimate.set_lower(interval.lower);
  estimate.set_upper(interval.upper);
  estimate.set_confidence(confidence);
  estimate.set_sample_count(sample_count);
  estimate.set_method(method);
  return estimate;
}

// The same gain over another whole, which is taken as known.
v1::Estimate Over(v1::Estimate estimate, double whole) {
  estimate.set_value(estimate.value() / whole);
  estimate.set_lower(estimate.lower() / whole);
  estimate.set_upper(estimate.upper() / whole);
  return estimate;
}

double Sum(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum;
}

}  // namespace

void MetricTally::AddToArm(const std::vector<PairOutcome>& repeats,
                           std::optional<bool> PairOutcome::*arm, bool clustered, Arm& tally) {
  int64_t right = 0, answered = 0;
  for (const PairOutcome& repeat : repeats) {
    if (!(repeat.*arm).has_value()) continue;
    ++answered;
    right += *(repeat.*arm) ? 1 : 0;
  }
  tally.right += right;
  tally.answered += answered;
  tally.missing += static_cast<int64_t>(repeats.size()) - answered;
  if (clustered && answered > 0) {
    tally.item_means.push_back(static_cast<double>(right) / static_cast<double>(answered));
  }
}

void MetricTally::Add(const std::vector<PairOutcome>& repeats, const TallyOptions& options) {
  AddToArm(repeats, &PairOutcome::baseline, options.clustered, baseline_);
  if (!options.has_candidate) return;
  AddToArm(repeats, &PairOutcome::candidate, options.clustered, candidate_);
  stats::PairedCounts pairs;
  for (const PairOutcome& repeat : repeats) {
    if (!repeat.baseline.has_value() || !repeat.candidate.has_value()) continue;
    if (*repeat.baseline) {
      ++(*repeat.candidate ? pairs.both_right : pairs.lost);
    } else {
      ++(*repeat.candidate ? pairs.gained : pairs.both_wrong);
    }
  }
  cells_.both_right += pairs.both_right;
  cells_.gained += pairs.gained;
  cells_.lost += pairs.lost;
  cells_.both_wrong += pairs.both_wrong;
  if (options.clustered && pairs.n() > 0) {
    const double n = static_cast<double>(pairs.n());
    items_.push_back({static_cast<double>(pairs.gained) / n, static_cast<double>(pairs.lost) / n});
  }
}

v1::Estimate MetricTally::ShareOf(const Arm& arm, const TallyOptions& options) {
  if (!options.clustered) {
    const double value =
        arm.answered == 0 ? 0 : static_cast<double>(arm.right) / static_cast<double>(arm.answered);
    return MakeEstimate(value, stats::WilsonInterval(arm.right, arm.answered, options.confidence),
                        options.confidence, arm.answered, "wilson");
  }
  const int64_t count = static_cast<int64_t>(arm.item_means.size());
  const double sum = Sum(arm.item_means);
  std::vector<stats::ClusteredItem> items;
  items.reserve(arm.item_means.size());
  for (size_t i = 0; i < arm.item_means.size(); ++i) {
    items.push_back({static_cast<int64_t>(i), arm.item_means[i], 0});
  }
  const auto clustered =
      stats::ClusteredInterval(std::move(items), options.confidence, stats::Width::kClusterRobust);
  // As for differences: examples that agree by chance must not make the interval narrower than
  // asking each of them once would.
  const auto interval = stats::Hull(
      {std::max(0.0, clustered.interval.lower), std::min(1.0, clustered.interval.upper)},
      stats::WilsonInterval(std::llround(sum), count, options.confidence));
  return MakeEstimate(count == 0 ? 0 : sum / static_cast<double>(count), interval,
                      options.confidence, count, "cluster-t");
}

v1::Report::Paired MetricTally::PairedFigures(const TallyOptions& options) const {
  v1::Report::Paired paired;
  paired.set_both_right(cells_.both_right);
  paired.set_gained(cells_.gained);
  paired.set_lost(cells_.lost);
  paired.set_both_wrong(cells_.both_wrong);
  int64_t better = cells_.gained, worse = cells_.lost;
  const double pairs = static_cast<double>(cells_.n());
  if (options.clustered) {
    better = worse = 0;
    std::vector<stats::ClusteredItem> items;
    items.reserve(items_.size());
    for (size_t i = 0; i < items_.size(); ++i) {
      items.push_back({static_cast<int64_t>(i), items_[i].gained, items_[i].lost});
      better += items_[i].gained > items_[i].lost ? 1 : 0;
      worse += items_[i].gained < items_[i].lost ? 1 : 0;
    }
    const int64_t count = static_cast<int64_t>(items.size());
    const auto clustered = stats::ClusteredInterval(std::move(items), options.confidence);
    *paired.mutable_points() = MakeEstimate(clustered.difference, clustered.interval,
                                            options.confidence, count, "cluster-t");
  } else {
    const double value = cells_.n() == 0 ? 0 : static_cast<double>(cells_.net()) / pairs;
    *paired.mutable_points() = MakeEstimate(value, stats::TangoInterval(cells_, options.confidence),
                                            options.confidence, cells_.n(), "tango");
  }
  if (cells_.baseline_right() > 0) {
    *paired.mutable_relative() =
        Over(paired.points(), static_cast<double>(cells_.baseline_right()) / pairs);
  }
  if (cells_.baseline_wrong() > 0) {
    *paired.mutable_error_reduction() =
        Over(paired.points(), static_cast<double>(cells_.baseline_wrong()) / pairs);
  }
  paired.set_p_exact(stats::McnemarPValue(better, worse, stats::McnemarTest::kExact));
  paired.set_p_mid(stats::McnemarPValue(better, worse, stats::McnemarTest::kMidP));
  return paired;
}

v1::Report::Metric MetricTally::Figures(std::string id, std::string slice,
                                        const TallyOptions& options) const {
  v1::Report::Metric metric;
  metric.set_id(std::move(id));
  metric.set_slice(std::move(slice));
  *metric.mutable_baseline() = ShareOf(baseline_, options);
  metric.set_baseline_missing(baseline_.missing);
  if (options.has_candidate) {
    *metric.mutable_candidate() = ShareOf(candidate_, options);
    metric.set_candidate_missing(candidate_.missing);
    *metric.mutable_paired() = PairedFigures(options);
  }
  return metric;
}

}  // namespace tunegate::evaluations
