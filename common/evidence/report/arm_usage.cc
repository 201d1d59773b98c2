#include "common/evidence/report/arm_usage.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "common/statistics/quantile.h"
#include "google/protobuf/duration.pb.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr size_t kMaxModelsShown = 20;
// A quantile needs some calls beyond it to be more than a guess: here 25.
constexpr size_t kLeastForP95 = 500;
constexpr size_t kLeastForP99 = 2500;

google::protobuf::Duration FromMicros(double microseconds) {
  const int64_t whole = std::llround(microseconds);
  google::protobuf::Duration duration;
  duration.set_seconds(whole / kMicrosPerSecond);
  duration.set_nanos(static_cast<int32_t>(whole % kMicrosPerSecond * 1000));
  return duration;
}

v1::Report::Latency Summary(const std::vector<Micros>& times) {
  v1::Report::Latency latency;
  const std::vector<double>& bounds = LatencyBucketBoundsMs();
  std::vector<int64_t> buckets(bounds.size() + 1);
  std::vector<double> sorted(times.begin(), times.end());
  std::sort(sorted.begin(), sorted.end());
  int64_t sum = 0;  // whole microseconds: exact in any order
  for (const Micros time : times) {
    sum += time;
    const auto bound =
        std::lower_bound(bounds.begin(), bounds.end(), static_cast<double>(time) / 1000);
    ++buckets[static_cast<size_t>(bound - bounds.begin())];
  }
  latency.set_count(static_cast<int64_t>(times.size()));
  latency.mutable_bucket_counts()->Add(buckets.begin(), buckets.end());
  latency.mutable_bucket_upper_bounds_ms()->Add(bounds.begin(), bounds.end());
  if (times.empty()) return latency;
  const auto quantile = [&](int64_t ppm) {
    return FromMicros(*stats::QuantileOfSorted(sorted, ppm));
  };
  *latency.mutable_mean() =
      FromMicros(static_cast<double>(sum) / static_cast<double>(times.size()));
  *latency.mutable_p50() = quantile(stats::kP50);
  if (times.size() >= kLeastForP95) *latency.mutable_p95() = quantile(stats::kP95);
  if (times.size() >= kLeastForP99) *latency.mutable_p99() = quantile(stats::kP99);
  return latency;
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

Micros ToMicros(int64_t microseconds) {
  return static_cast<Micros>(std::clamp<int64_t>(microseconds, 0, kNever - 1));
}

bool WasTimed(const CallRecord& call) { return call.reused_from().empty() && !call.batch(); }

void ArmTally::Add(const CallRecord& call) {
  const bool asked_here = call.reused_from().empty();
  reused_ += asked_here ? 0 : 1;
  batched_ += call.batch() ? 1 : 0;
  if (asked_here) AddUsage(call);
  if (WasTimed(call)) AddTimes(call);
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
}

void ArmTally::AddUsage(const CallRecord& call) {
  ++calls_;
  // A record without a count was still sent once.
  attempts_ += std::max<int64_t>(1, call.attempts());
  tokens_.set_input_tokens(tokens_.input_tokens() + call.input_tokens());
  tokens_.set_cached_input_tokens(tokens_.cached_input_tokens() + call.cached_input_tokens());
  tokens_.set_output_tokens(tokens_.output_tokens() + call.output_tokens());
}

void ArmTally::AddTimes(const CallRecord& call) {
  const bool first = first_sequence_ < 0 || call.sequence() < first_sequence_;
  if (first) {
    first_sequence_ = call.sequence();
    if (first_response_time_.has_value()) response_times_.push_back(*first_response_time_);
    first_response_time_.reset();
  }
  if (call.has_failure()) return;
  user_times_.push_back(ToMicros(call.user_time_us()));
  if (call.fresh_connection()) return;
  const Micros time = ToMicros(call.response_time_us());
  if (first) {
    first_response_time_ = time;
  } else {
    response_times_.push_back(time);
  }
}

v1::Report::ArmUsage ArmTally::Figures() {
  v1::Report::ArmUsage figures;
  *figures.mutable_usage() = tokens_;
  figures.mutable_usage()->set_calls(attempts_);
  *figures.mutable_response_time() = Summary(std::exchange(response_times_, {}));
  *figures.mutable_user_time() = Summary(std::exchange(user_times_, {}));
  figures.set_retries(attempts_ - calls_);
  figures.set_failed(failed_);
  figures.set_reused(reused_);
  for (const auto& [model, count] : answering_models_) {
    if (static_cast<size_t>(figures.answering_models_size()) >= kMaxModelsShown) break;
    figures.add_answering_models(model);
  }
  return figures;
}

}  // namespace tunegate::evaluations
