#include "server/evaluations/run/latency_watch.h"

#include <algorithm>
#include <cmath>

namespace tunegate::evaluations {
namespace {

constexpr size_t kMinTimes = 10;
constexpr double kTolerance = 2;
// Between the two it stays as it is, so that it does not swing.
constexpr double kGrowsBelow = 1.5;
constexpr absl::Duration kClearRise = absl::Milliseconds(200);
constexpr int kRoundsInARow = 2;
constexpr double kSteepest = 0.5;
// A window that would stay about as it is has found its place.
constexpr double kWorthwhile = 0.9;
// Only a window that is that much smaller should show in response times.
constexpr double kTelling = 0.7;

absl::Duration LowerQuartile(std::vector<absl::Duration>& times) {
  const auto place = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 4);
  std::nth_element(times.begin(), place, times.end());
  return *place;
}

}  // namespace

LatencyWatch::Advice LatencyWatch::EndRound(double window) {
  // A round of failures says nothing about response times.
  if (round_.size() < kMinTimes) return {};
  const absl::Duration present = LowerQuartile(round_);
  round_.clear();
  if (!calm_.has_value() || present < *calm_) calm_ = present;
  const bool quick = present - *calm_ < kClearRise;
  if (quick || present <= kTolerance * *calm_) {
    slow_rounds_ = 0;
    shrunk_.reset();
    if (quick || present <= kGrowsBelow * *calm_) return {};
    return {Advice::Kind::kHold};
  }
  if (++slow_rounds_ < kRoundsInARow) return {Advice::Kind::kHold};
  return OnSlowRound(present, window);
}

LatencyWatch::Advice LatencyWatch::OnSlowRound(absl::Duration present, double window) {
  slow_rounds_ = 0;
  if (shrunk_.has_value() && window <= shrunk_->window * kTelling) {
    const absl::Duration were_it_ours = shrunk_->present * (window / shrunk_->window);
    if (present > (shrunk_->present + were_it_ours) / 2) {
      calm_ = present;
      shrunk_.reset();
      return {};
    }
  }
  const double gradient = std::max(kSteepest, kTolerance * absl::FDivDuration(*calm_, present));
  const double smaller = std::max(1.0, window * gradient + std::sqrt(window));
  if (smaller > window * kWorthwhile) return {Advice::Kind::kHold};
  // The first of a row of shrinkings is what the effect of all is measured by.
  if (!shrunk_.has_value()) shrunk_ = Shrunk{present, window};
  return {Advice::Kind::kShrink, smaller};
}

}  // namespace tunegate::evaluations
