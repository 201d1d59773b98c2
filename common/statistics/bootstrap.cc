#include "common/statistics/bootstrap.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>
#include <utility>

#include "common/random.h"
#include "common/statistics/parts_per_million.h"
#include "common/statistics/quantile.h"

namespace tunegate::stats {
namespace {

Interval PercentileInterval(std::vector<double> replicates, double confidence) {
  std::sort(replicates.begin(), replicates.end());
  const bool usable = confidence > 0 && confidence < 1;
  const int64_t tail = usable ? ToPartsPerMillion((1 - confidence) / 2) : 0;
  return {*QuantileOfSorted(replicates, tail), *QuantileOfSorted(replicates, kMillion - tail)};
}

double Ratio(double candidate, double baseline) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (candidate == kInfinity) return kInfinity;
  if (baseline == 0) return candidate == 0 ? 1 : kInfinity;
  return candidate / baseline;
}

// Positions of pairs in ascending order of one of their times.
template <typename Time>
std::vector<uint32_t> RanksBy(size_t count, Time time) {
  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(),
                   [&](uint32_t a, uint32_t b) { return time(a) < time(b); });
  return order;
}

// The type 7 median of a resample in which pair i occurs weights[i] times, `total` in all: a walk
// through the order that was sorted once, in place of a sort a resample.
template <typename Time>
double WeightedMedian(const std::vector<uint32_t>& order, const std::vector<uint32_t>& weights,
                      int64_t total, Time time) {
  const int64_t lower_rank = (total + 1) / 2;  // counted from 1
  int64_t seen = 0;
  size_t i = 0;
  while ((seen += weights[order[i]]) < lower_rank) ++i;
  const double lower = time(order[i]);
  if (total % 2 == 1 || seen > lower_rank) return lower;
  do ++i;
  while (weights[order[i]] == 0);
  const double upper = time(order[i]);
  return lower == upper ? lower : lower + (upper - lower) / 2;
}

// Where each cluster's pairs begin, in pairs sorted by cluster; one pair each for Resample::kPairs.
std::vector<size_t> UnitStarts(const std::vector<TimedPair>& pairs, Resample resample) {
  std::vector<size_t> starts;
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (i == 0 || resample == Resample::kPairs || pairs[i].cluster != pairs[i - 1].cluster) {
      starts.push_back(i);
    }
  }
  starts.push_back(pairs.size());
  return starts;
}

// Draws as many units as there are, with replacement, into `weights`; returns the pairs drawn.
int64_t DrawWeights(const std::vector<size_t>& starts, Random& random,
                    std::vector<uint32_t>& weights) {
  std::fill(weights.begin(), weights.end(), 0u);
  const size_t units = starts.size() - 1;
  int64_t total = 0;
  for (size_t draw = 0; draw < units; ++draw) {
    const size_t unit = static_cast<size_t>(random.Below(units));
    for (size_t i = starts[unit]; i < starts[unit + 1]; ++i) ++weights[i];
    total += static_cast<int64_t>(starts[unit + 1] - starts[unit]);
  }
  return total;
}

}  // namespace

std::optional<BootstrapEstimate> BootstrapMean(std::vector<double> values,
                                               const BootstrapOptions& options) {
  if (values.empty() || options.resamples <= 0) return std::nullopt;
  std::sort(values.begin(), values.end());
  const double n = static_cast<double>(values.size());
  Random random(options.seed, "bootstrap-mean");
  std::vector<double> replicates(static_cast<size_t>(options.resamples));
  for (double& replicate : replicates) {
    double sum = 0;
    for (size_t i = 0; i < values.size(); ++i) sum += values[random.Below(values.size())];
    replicate = sum / n;
  }
  return BootstrapEstimate{std::accumulate(values.begin(), values.end(), 0.0) / n,
                           PercentileInterval(std::move(replicates), options.confidence)};
}

std::optional<BootstrapEstimate> BootstrapMedianRatio(std::vector<TimedPair> pairs,
                                                      Resample resample,
                                                      const BootstrapOptions& options) {
  if (pairs.empty() || options.resamples <= 0) return std::nullopt;
  const bool by_cluster = resample == Resample::kClusters;
  std::sort(pairs.begin(), pairs.end(), [by_cluster](const TimedPair& a, const TimedPair& b) {
    const int64_t cluster_a = by_cluster ? a.cluster : 0, cluster_b = by_cluster ? b.cluster : 0;
    return std::tie(cluster_a, a.baseline, a.candidate) <
           std::tie(cluster_b, b.baseline, b.candidate);
  });
  auto baseline = [&pairs](uint32_t i) { return pairs[i].baseline; };
  auto candidate = [&pairs](uint32_t i) { return pairs[i].candidate; };
  const std::vector<uint32_t> by_baseline = RanksBy(pairs.size(), baseline);
  const std::vector<uint32_t> by_candidate = RanksBy(pairs.size(), candidate);
  const std::vector<size_t> starts = UnitStarts(pairs, resample);
  std::vector<uint32_t> weights(pairs.size(), 1);
  auto ratio = [&](int64_t total) {
    return Ratio(WeightedMedian(by_candidate, weights, total, candidate),
                 WeightedMedian(by_baseline, weights, total, baseline));
  };
  BootstrapEstimate estimate;
  estimate.value = ratio(static_cast<int64_t>(pairs.size()));
  Random random(options.seed, "bootstrap-median-ratio");
  std::vector<double> replicates(static_cast<size_t>(options.resamples));
  for (double& replicate : replicates) replicate = ratio(DrawWeights(starts, random, weights));
  estimate.interval = PercentileInterval(std::move(replicates), options.confidence);
  return estimate;
}

}  // namespace tunegate::stats
