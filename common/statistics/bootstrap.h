// Percentile bootstrap intervals (B. Efron, R. J. Tibshirani, "An Introduction to the Bootstrap",
// 1993, section 13.3), with our own portable generator: same data and seed, same digits.
//
// Of a mean: for display only. Without discordant pairs it is [0, 0] however small n is; decisions
// use Tango's interval.
//
// Of a ratio of medians, candidate to baseline: for response times. Pairs are resampled whole (or
// whole clusters of pairs), so that whatever slowed both arms stays together. Failed calls enter
// as +infinity. The median is the type 7 quantile.
//
// 2,000 resamples of 100,000 pairs take about a second (measured on one core).
//
// Neither depends on the order of its input. Pure, thread-safe.
#ifndef TUNEGATE_COMMON_STATISTICS_BOOTSTRAP_H_
#define TUNEGATE_COMMON_STATISTICS_BOOTSTRAP_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/statistics/interval.h"

namespace tunegate::stats {

struct BootstrapOptions {
  double confidence = 0.95;  // two-sided; outside (0, 1): the extremes of the resamples
  int resamples = 2000;
  uint64_t seed = 1;
};

struct BootstrapEstimate {
  double value = 0;  // of the data themselves
  Interval interval;
};

// Of the mean of finite `values`. Nothing without values or without resamples.
std::optional<BootstrapEstimate> BootstrapMean(std::vector<double> values,
                                               const BootstrapOptions& options);

// One pair of response times, both in the same unit, not negative, +infinity for a failed call.
struct TimedPair {
  double baseline = 0;
  double candidate = 0;
  int64_t cluster = 0;  // read only when clusters are resampled; equal ones belong together
};

enum class Resample { kPairs, kClusters };

// median(candidate) / median(baseline). A candidate median of infinity makes the ratio infinite,
// even over an infinite baseline (what never answers is not shown to be fast); so does a positive
// one over a baseline of 0. 0 / 0 is 1. Nothing without pairs or without resamples.
std::optional<BootstrapEstimate> BootstrapMedianRatio(std::vector<TimedPair> pairs,
                                                      Resample resample,
                                                      const BootstrapOptions& options);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_BOOTSTRAP_H_
