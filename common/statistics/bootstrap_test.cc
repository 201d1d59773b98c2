#include "common/statistics/bootstrap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>
#include <vector>

#include "common/random.h"
#include "common/statistics/quantile.h"

namespace tunegate::stats {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr uint64_t kSeed = 4711;

std::vector<TimedPair> RandomPairs(size_t count, double factor, uint64_t seed) {
  Random random(seed);
  std::vector<TimedPair> pairs;
  for (size_t i = 0; i < count; ++i) {
    const double common = 0.5 + random.Uniform();
    pairs.push_back({common * (1 + 0.1 * random.Uniform()),
                     factor * common * (1 + 0.1 * random.Uniform()), static_cast<int64_t>(i % 9)});
  }
  return pairs;
}

// Textbook form: draw, copy, sort, divide. Uses the same draws, so that every digit must agree.
Interval NaiveMedianRatio(std::vector<TimedPair> pairs, const BootstrapOptions& options) {
  std::sort(pairs.begin(), pairs.end(), [](const TimedPair& a, const TimedPair& b) {
    return std::tie(a.baseline, a.candidate) < std::tie(b.baseline, b.candidate);
  });
  Random random(options.seed, "bootstrap-median-ratio");
  std::vector<double> ratios;
  for (int r = 0; r < options.resamples; ++r) {
    std::vector<double> baseline, candidate;
    for (size_t i = 0; i < pairs.size(); ++i) {
      const TimedPair& pair = pairs[random.Below(pairs.size())];
      baseline.push_back(pair.baseline);
      candidate.push_back(pair.candidate);
    }
    ratios.push_back(*Quantile(candidate, kP50) / *Quantile(baseline, kP50));
  }
  return {*Quantile(ratios, 25'000), *Quantile(ratios, 975'000)};
}

TEST(Bootstrap, MedianRatioEqualsTheTextbookForm) {
  for (size_t count : {1, 2, 3, 30, 101}) {
    SCOPED_TRACE(count);
    const std::vector<TimedPair> pairs = RandomPairs(count, 1.1, kSeed + count);
    const BootstrapOptions options{.resamples = 300, .seed = 5};
    const auto estimate = BootstrapMedianRatio(pairs, Resample::kPairs, options);
    EXPECT_EQ(estimate->interval, NaiveMedianRatio(pairs, options));
  }
}

TEST(Bootstrap, MedianRatioFindsTheFactor) {
  const auto estimate =
      BootstrapMedianRatio(RandomPairs(400, 1.2, kSeed), Resample::kPairs, BootstrapOptions{});
  EXPECT_NEAR(estimate->value, 1.2, 0.05);
  EXPECT_LT(estimate->interval.lower, 1.2);
  EXPECT_GT(estimate->interval.upper, 1.2);
}

TEST(Bootstrap, SameSeedSameDigitsWhateverTheOrder) {
  std::vector<TimedPair> pairs = RandomPairs(120, 1.0, kSeed);
  Random random(kSeed);
  for (Resample how : {Resample::kPairs, Resample::kClusters}) {
    const auto first = BootstrapMedianRatio(pairs, how, {.resamples = 200});
    random.Shuffle(pairs);
    const auto again = BootstrapMedianRatio(pairs, how, {.resamples = 200});
    EXPECT_EQ(first->value, again->value);
    EXPECT_EQ(first->interval, again->interval);
  }
  EXPECT_NE(BootstrapMedianRatio(pairs, Resample::kPairs, {.seed = 1})->interval,
            BootstrapMedianRatio(pairs, Resample::kPairs, {.seed = 2})->interval);
}

TEST(Bootstrap, ClusterResamplingKeepsClustersWhole) {
  // Two clusters with ratios 1 and 2: a resample is all of one (1/4 each) or half of both.
  const std::vector<TimedPair> pairs = {{1, 1, 0}, {1, 1, 0}, {1, 1, 0},
                                        {1, 2, 1}, {1, 2, 1}, {1, 2, 1}};
  std::map<double, int> seen;
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const auto one =
        BootstrapMedianRatio(pairs, Resample::kClusters, {.resamples = 1, .seed = seed});
    ++seen[one->interval.lower];
  }
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_NEAR(seen[1.0], 100, 40);
  EXPECT_NEAR(seen[1.5], 200, 50);
  EXPECT_NEAR(seen[2.0], 100, 40);
}

TEST(Bootstrap, FailuresAreInfinite) {
  std::vector<TimedPair> pairs = RandomPairs(50, 1.0, kSeed);
  for (size_t i = 0; i < 30; ++i) pairs[i].candidate = kInfinity;
  const auto most_fail = BootstrapMedianRatio(pairs, Resample::kPairs, {.resamples = 200});
  EXPECT_EQ(most_fail->value, kInfinity);
  EXPECT_EQ(most_fail->interval.upper, kInfinity);
  for (TimedPair& pair : pairs) pair = {kInfinity, kInfinity, 0};
  const auto all_fail = BootstrapMedianRatio(pairs, Resample::kPairs, {.resamples = 20});
  EXPECT_EQ(all_fail->value, kInfinity);
  EXPECT_EQ(all_fail->interval.lower, kInfinity);
  for (TimedPair& pair : pairs) pair.candidate = 1;
  EXPECT_EQ(BootstrapMedianRatio(pairs, Resample::kPairs, {.resamples = 20})->value, 0);
}

TEST(Bootstrap, ZeroTimesAreDefined) {
  EXPECT_EQ(BootstrapMedianRatio({{0, 0}}, Resample::kPairs, {.resamples = 9})->value, 1);
  EXPECT_EQ(BootstrapMedianRatio({{0, 1}}, Resample::kPairs, {.resamples = 9})->value, kInfinity);
}

TEST(Bootstrap, NothingHasNoEstimate) {
  EXPECT_FALSE(BootstrapMean({}, {}).has_value());
  EXPECT_FALSE(BootstrapMean({1}, {.resamples = 0}).has_value());
  EXPECT_FALSE(BootstrapMedianRatio({}, Resample::kPairs, {}).has_value());
}

// 22 net of 100 with 26 discordant: the standard error is sqrt(.26 - .22^2) / 10 = .0460.
TEST(Bootstrap, MeanIntervalIsNearTheNormalOne) {
  std::vector<double> values(100, 0.0);
  std::fill(values.begin(), values.begin() + 24, 1.0);
  std::fill(values.begin() + 24, values.begin() + 26, -1.0);
  const auto estimate = BootstrapMean(values, {.resamples = 4000});
  EXPECT_DOUBLE_EQ(estimate->value, 0.22);
  EXPECT_NEAR(estimate->interval.lower, 0.22 - 1.96 * 0.0460, 0.015);
  EXPECT_NEAR(estimate->interval.upper, 0.22 + 1.96 * 0.0460, 0.015);
}

// Why it is for display only.
TEST(Bootstrap, MeanWithoutDiscordantPairsIsAPoint) {
  EXPECT_EQ(BootstrapMean({0, 0, 0}, {})->interval, (Interval{0, 0}));
}

}  // namespace
}  // namespace tunegate::stats
