#include "common/evidence/report/arm_usage.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "common/statistics/bootstrap.h"
#include "common/statistics/quantile.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMinPairs = 10;
constexpr size_t kMaxModelsShown = 20;
// Halves of a pair that ended further apart than this, beyond their own duration, were not asked
// side by side.
constexpr int64_t kMaxApartUs = 60 * kMicrosPerSecond;
// Resamples cost time in proportion to the pairs; beyond this many draws in all there are fewer.
constexpr int64_t kMaxDraws = 40'000'000;
constexpr int64_t kMostResamples = 2000;
constexpr int64_t kFewestResamples = 400;

google::protobuf::Duration FromMicros(double microseconds) {
  const int64_t whole = std::llround(microseconds);
  google::protobuf::Duration duration;
  duration.set_seconds(whole / kMicrosPerSecond);
  duration.set_nanos(static_cast<int32_t>(whole % kMicrosPerSecond * 1000));
  return duration;
}

int64_t MicrosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * kMicrosPerSecond + time.nanos() / 1000;
}

v1::Report::Latency Summary(std::vector<double> microseconds) {
  v1::Report::Latency latency;
  const std::vector<double>& bounds = LatencyBucketBoundsMs();
  std::vector<int64_t> buckets(bounds.size() + 1);
  std::sort(microseconds.begin(), microseconds.end());
  int64_t sum = 0;  // whole microseconds: exact in any order
  for (const double time : microseconds) {
    sum += std::llround(time);
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), time / 1000);
    ++buckets[static_cast<size_t>(bound - bounds.begin())];
  }
  latency.set_count(static_cast<int64_t>(microseconds.size()));
  latency.mutable_bucket_counts()->Add(buckets.begin(), buckets.end());
  latency.mutable_bucket_upper_bounds_ms()->Add(bounds.begin(), bounds.end());
  if (microseconds.empty()) return latency;
  const auto quantile = [&](int64_t ppm) {
    return FromMicros(*stats::QuantileOfSorted(microseconds, ppm));
  };
  *latency.mutable_mean() =
      FromMicros(static_cast<double>(sum) / static_cast<double>(microseconds.size()));
  *latency.mutable_p50() = quantile(stats::kP50);
  *latency.mutable_p95() = quantile(stats::kP95);
  *latency.mutable_p99() = quantile(stats::kP99);
  return latency;
}

bool AskedSideBySide(const CallRecord& a, const CallRecord& b) {
  if (!a.has_time() || !b.has_time()) return true;
  const int64_t apart = std::llabs(MicrosOf(a.time()) - MicrosOf(b.time()));
  return apart <= kMaxApartUs + std::max(a.user_time_us(), b.user_time_us());
}

// A failed call never answered: it is the slowest of all.
double TimeOf(const CallRecord& call) {
  return call.has_failure() ? std::numeric_limits<double>::infinity()
                            : static_cast<double>(call.response_time_us());
}

// The attempt had to connect first. A failure counts whatever its connection was.
bool ConnectedFirst(const CallRecord& call) {
  return call.fresh_connection() && !call.has_failure();
}

}  // namespace

const std::vector<double>& LatencyBucketBoundsMs() {
  static const auto* const kBounds = [] {
    // In hundredths, so that one rounding gives the double nearest to the decimal: 0.16, not
    // 0.16000000000000003.
    constexpr int64_t kR10[] = {100, 125, 160, 200, 250, 315, 400, 500, 630, 800};
    auto* bounds = new std::vector<double>();
    for (int64_t decade = 1; decade <= 100'000; decade *= 10) {
      for (const int64_t step : kR10) bounds->push_back(static_cast<double>(step * decade) / 1000);
    }
    bounds->push_back(100'000);
    return bounds;
  }();
  return *kBounds;
}

void ArmTally::Add(const CallRecord& call) {
  ++calls_;
  // A record without a count was still sent once.
  attempts_ += std::max<int64_t>(1, call.attempts());
  tokens_.set_input_tokens(tokens_.input_tokens() + call.input_tokens());
  tokens_.set_cached_input_tokens(tokens_.cached_input_tokens() + call.cached_input_tokens());
  tokens_.set_output_tokens(tokens_.output_tokens() + call.output_tokens());
  if (first_sequence_ < 0 || call.sequence() < first_sequence_) first_sequence_ = call.sequence();
  if (call.has_failure()) {
    ++failed_;
    return;
  }
  if (!call.answering_model().empty()) ++answering_models_[call.answering_model()];
  refused_ += call.refused() ? 1 : 0;
  cut_ += !call.refused() &&
                  (call.finish_reason() == "length" || call.finish_reason() == "content_filter")
              ? 1
              : 0;
  user_times_.push_back(static_cast<double>(call.user_time_us()));
  if (!call.fresh_connection()) {
    response_times_.push_back({call.sequence(), static_cast<double>(call.response_time_us())});
  }
}

v1::Report::ArmUsage ArmTally::Figures() const {
  v1::Report::ArmUsage figures;
  *figures.mutable_usage() = tokens_;
  figures.mutable_usage()->set_calls(attempts_);
  std::vector<double> times;
  times.reserve(response_times_.size());
  for (const Timed& timed : response_times_) {
    if (timed.sequence != first_sequence_) times.push_back(timed.microseconds);
  }
  *figures.mutable_response_time() = Summary(std::move(times));
  *figures.mutable_user_time() = Summary(user_times_);
  figures.set_retries(attempts_ - calls_);
  figures.set_failed(failed_);
  for (const auto& [model, count] : answering_models_) {
    if (static_cast<size_t>(figures.answering_models_size()) >= kMaxModelsShown) break;
    figures.add_answering_models(model);
  }
  return figures;
}

void PairTimes::Add(const CallPair& pair) {
  if (pair.baseline == nullptr || pair.candidate == nullptr) return;
  const CallRecord& baseline = *pair.baseline;
  const CallRecord& candidate = *pair.candidate;
  if (ConnectedFirst(baseline) || ConnectedFirst(candidate)) return;
  if (!AskedSideBySide(baseline, candidate)) return;
  pairs_.push_back({baseline.example(), baseline.sequence(), candidate.sequence(), TimeOf(baseline),
                    TimeOf(candidate)});
}

int64_t PairTimes::Count(const ArmTally& baseline, const ArmTally& candidate) const {
  return std::count_if(pairs_.begin(), pairs_.end(), [&](const Pair& pair) {
    return pair.baseline_sequence != baseline.first_sequence() &&
           pair.candidate_sequence != candidate.first_sequence();
  });
}

std::optional<v1::Estimate> PairTimes::Ratio(const ArmTally& baseline, const ArmTally& candidate,
                                             double confidence, uint64_t seed) const {
  std::vector<stats::TimedPair> timed;
  timed.reserve(pairs_.size());
  for (const Pair& pair : pairs_) {
    if (pair.baseline_sequence == baseline.first_sequence() ||
        pair.candidate_sequence == candidate.first_sequence()) {
      continue;
    }
    timed.push_back({pair.baseline_us, pair.candidate_us, pair.example});
  }
  const int64_t count = static_cast<int64_t>(timed.size());
  if (count < kMinPairs) return std::nullopt;
  const int64_t resamples = std::clamp(kMaxDraws / count, kFewestResamples, kMostResamples);
  // Repeats of an example share its length and its answer's: they are drawn together.
  const auto ratio = stats::BootstrapMedianRatio(
      std::move(timed), stats::Resample::kClusters,
      {.confidence = confidence, .resamples = static_cast<int>(resamples), .seed = seed});
  if (!ratio.has_value()) return std::nullopt;
  v1::Estimate estimate;
  estimate.set_value(ratio->value);
  estimate.set_lower(ratio->interval.lower);
  estimate.set_upper(ratio->interval.upper);
  estimate.set_confidence(confidence);
  estimate.set_sample_count(count);
  estimate.set_method("bootstrap");
  return estimate;
}

}  // namespace tunegate::evaluations
