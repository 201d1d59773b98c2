#include "common/evidence/report/metric_tally.h"

#include <utility>

#include "common/statistics/mcnemar.h"
#include "common/statistics/wilson.h"

namespace tunegate::evaluations {
namespace {

constexpr double kTie = 1e-9;

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

double Share(int64_t part, int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

int64_t ItemsOf(const std::vector<stats::ClusterTotal>& totals) {
  int64_t items = 0;
  for (const stats::ClusterTotal& total : totals) items += total.items;
  return items;
}

// One example more in a cluster, as a mean over what was asked; none when nothing was answered.
void AddItem(stats::ClusterTotal& total, int gained, int lost, int asked) {
  if (asked == 0) return;
  ++total.items;
  total.gained += Share(gained, asked);
  total.lost += Share(lost, asked);
}

}  // namespace

MetricTally::Counts MetricTally::CountsOf(const std::vector<PairOutcome>& repeats) {
  Counts counts;
  for (const PairOutcome& repeat : repeats) {
    if (repeat.baseline.has_value()) {
      ++counts.baseline.answered;
      counts.baseline.right += *repeat.baseline ? 1 : 0;
    }
    if (repeat.candidate.has_value()) {
      ++counts.candidate.answered;
      counts.candidate.right += *repeat.candidate ? 1 : 0;
    }
    if (!repeat.baseline.has_value() || !repeat.candidate.has_value()) continue;
    if (*repeat.baseline) {
      ++(*repeat.candidate ? counts.pairs.both_right : counts.pairs.lost);
    } else {
      ++(*repeat.candidate ? counts.pairs.gained : counts.pairs.both_wrong);
    }
  }
  return counts;
}

void MetricTally::AddTo(Counts& sum, const Counts& counts) {
  sum.baseline.right += counts.baseline.right;
  sum.baseline.answered += counts.baseline.answered;
  sum.candidate.right += counts.candidate.right;
  sum.candidate.answered += counts.candidate.answered;
  sum.pairs.both_right += counts.pairs.both_right;
  sum.pairs.gained += counts.pairs.gained;
  sum.pairs.lost += counts.pairs.lost;
  sum.pairs.both_wrong += counts.pairs.both_wrong;
}

void MetricTally::Add(const std::vector<PairOutcome>& repeats, int32_t cluster,
                      const TallyOptions& options) {
  const Counts counts = CountsOf(repeats);
  AddTo(all_, counts);
  asked_ += static_cast<int64_t>(repeats.size());
  if (options.repeated) {
    const auto small = [](int64_t count) { return static_cast<uint8_t>(count); };
    repeated_examples_.push_back({cluster, small(counts.baseline.right),
                                  small(counts.baseline.answered), small(counts.candidate.right),
                                  small(counts.candidate.answered), small(counts.pairs.gained),
                                  small(counts.pairs.lost), small(counts.pairs.n())});
  } else if (options.clustered) {
    AddTo(by_cluster_[cluster], counts);
  }
}

MetricTally::Totals MetricTally::TotalsOf(const TallyOptions& options) const {
  Totals totals;
  if (options.repeated) {
    // The place of each example's cluster; without clusters every example is one.
    std::map<int32_t, size_t> places;
    for (const Repeated& example : repeated_examples_) {
      const size_t place = options.clustered
                               ? places.emplace(example.cluster, places.size()).first->second
                               : totals.pairs.size();
      if (place == totals.pairs.size()) {
        totals.baseline.emplace_back();
        totals.candidate.emplace_back();
        totals.pairs.emplace_back();
      }
      AddItem(totals.baseline[place], example.baseline_right, 0, example.baseline_answered);
      AddItem(totals.candidate[place], example.candidate_right, 0, example.candidate_answered);
      AddItem(totals.pairs[place], example.gained, example.lost, example.pairs);
    }
  } else if (options.clustered) {
    for (const auto& [cluster, counts] : by_cluster_) {
      const auto total = [](const Arm& arm) {
        return stats::ClusterTotal{arm.answered, static_cast<double>(arm.right), 0};
      };
      totals.baseline.push_back(total(counts.baseline));
      totals.candidate.push_back(total(counts.candidate));
      totals.pairs.push_back({counts.pairs.n(), static_cast<double>(counts.pairs.gained),
                              static_cast<double>(counts.pairs.lost)});
    }
  }
  return totals;
}

v1::Estimate MetricTally::ShareOf(const Arm& arm, const std::vector<stats::ClusterTotal>& totals,
                                  const TallyOptions& options) {
  if (!options.repeated && !options.clustered) {
    return MakeEstimate(Share(arm.right, arm.answered),
                        stats::WilsonInterval(arm.right, arm.answered, options.confidence),
                        options.confidence, arm.answered, "wilson");
  }
  double sum = 0;
  for (const stats::ClusterTotal& total : totals) sum += total.gained;
  const int64_t items = ItemsOf(totals);
  return MakeEstimate(items == 0 ? 0 : sum / static_cast<double>(items),
                      stats::ClusteredShare(totals, options.confidence), options.confidence, items,
                      "cluster-t");
}

v1::Report::Paired MetricTally::PairedFigures(const std::vector<stats::ClusterTotal>& totals,
                                              const TallyOptions& options) const {
  const stats::PairedCounts& cells = all_.pairs;
  v1::Report::Paired paired;
  paired.set_both_right(cells.both_right);
  paired.set_gained(cells.gained);
  paired.set_lost(cells.lost);
  paired.set_both_wrong(cells.both_wrong);
  int64_t better = cells.gained, worse = cells.lost;
  if (options.repeated || options.clustered) {
    better = worse = 0;
    for (const stats::ClusterTotal& total : totals) {
      // Shares of repeats add up to a tie but for rounding.
      const double net = total.gained - total.lost;
      better += net > kTie ? 1 : 0;
      worse += net < -kTie ? 1 : 0;
    }
    const auto clustered = stats::IntervalOfTotals(totals, options.confidence);
    *paired.mutable_points() = MakeEstimate(clustered.difference, clustered.interval,
                                            options.confidence, ItemsOf(totals), "cluster-t");
  } else {
    *paired.mutable_points() =
        MakeEstimate(Share(cells.net(), cells.n()),
                     stats::DifferenceInterval(cells, options.confidence, options.method),
                     options.confidence, cells.n(), stats::NameOf(options.method));
  }
  if (cells.baseline_right() > 0) {
    *paired.mutable_relative() = Over(paired.points(), Share(cells.baseline_right(), cells.n()));
  }
  if (cells.baseline_wrong() > 0) {
    *paired.mutable_error_reduction() =
        Over(paired.points(), Share(cells.baseline_wrong(), cells.n()));
  }
  paired.set_p_exact(stats::McnemarPValue(better, worse, stats::McnemarTest::kExact));
  paired.set_p_mid(stats::McnemarPValue(better, worse, stats::McnemarTest::kMidP));
  return paired;
}

v1::Report::Metric MetricTally::Figures(std::string id, std::string slice,
                                        const TallyOptions& options) const {
  const Totals totals = TotalsOf(options);
  v1::Report::Metric metric;
  metric.set_id(std::move(id));
  metric.set_slice(std::move(slice));
  *metric.mutable_baseline() = ShareOf(all_.baseline, totals.baseline, options);
  metric.set_baseline_missing(asked_ - all_.baseline.answered);
  if (options.has_candidate) {
    *metric.mutable_candidate() = ShareOf(all_.candidate, totals.candidate, options);
    metric.set_candidate_missing(asked_ - all_.candidate.answered);
    *metric.mutable_paired() = PairedFigures(totals.pairs, options);
  }
  return metric;
}

}  // namespace tunegate::evaluations
