#include "common/evidence/report/pair_times.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <utility>

#include "google/protobuf/timestamp.pb.h"

namespace tunegate::evaluations {
namespace {

using store::v1::CallRecord;

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMinPairs = 10;
constexpr int64_t kMaxApartUs = 60 * kMicrosPerSecond;
// Resamples cost time in proportion to the pairs; beyond this many draws in all there are fewer: of
// 10,000 pairs 1,000.
constexpr int64_t kMaxDraws = 10'000'000;
constexpr int64_t kMostResamples = 2000;
constexpr int64_t kFewestResamples = 400;

int64_t MicrosOf(const google::protobuf::Timestamp& time) {
  return time.seconds() * kMicrosPerSecond + time.nanos() / 1000;
}

bool AskedSideBySide(const CallRecord& a, const CallRecord& b) {
  if (a.session() != b.session()) return false;
  if (!a.has_time() || !b.has_time()) return true;
  const int64_t apart = std::llabs(MicrosOf(a.time()) - MicrosOf(b.time()));
  return apart <= kMaxApartUs + std::max(a.user_time_us(), b.user_time_us());
}

// A failed call never answered: it is the slowest of all.
Micros TimeOf(const CallRecord& call) {
  return call.has_failure() ? kNever : ToMicros(call.response_time_us());
}

double Seen(Micros time) {
  return time == kNever ? std::numeric_limits<double>::infinity() : static_cast<double>(time);
}

// The attempt had to connect first. A failure counts whatever its connection was.
bool ConnectedFirst(const CallRecord& call) {
  return call.fresh_connection() && !call.has_failure();
}

}  // namespace

void PairTimes::Earliest::Note(int64_t candidate_sequence, size_t candidate_pair) {
  if (sequence >= 0 && sequence <= candidate_sequence) return;
  sequence = candidate_sequence;
  pair = candidate_pair;
}

void PairTimes::Add(const CallPair& pair) {
  if (pair.baseline == nullptr || pair.candidate == nullptr) return;
  const CallRecord& baseline = *pair.baseline;
  const CallRecord& candidate = *pair.candidate;
  if (!WasTimed(baseline) || !WasTimed(candidate)) return;
  if (ConnectedFirst(baseline) || ConnectedFirst(candidate)) return;
  if (!AskedSideBySide(baseline, candidate)) return;
  if (baseline.example() != last_example_) {
    last_example_ = baseline.example();
    ++examples_;
  }
  earliest_baseline_.Note(baseline.sequence(), pairs_.size());
  earliest_candidate_.Note(candidate.sequence(), pairs_.size());
  pairs_.push_back({examples_, TimeOf(baseline), TimeOf(candidate)});
}

bool PairTimes::IsFirst(size_t pair, const ArmTally& baseline, const ArmTally& candidate) const {
  return (pair == earliest_baseline_.pair &&
          earliest_baseline_.sequence == baseline.first_sequence()) ||
         (pair == earliest_candidate_.pair &&
          earliest_candidate_.sequence == candidate.first_sequence());
}

int64_t PairTimes::Count(const ArmTally& baseline, const ArmTally& candidate) const {
  int64_t count = 0;
  for (size_t i = 0; i < pairs_.size(); ++i) count += IsFirst(i, baseline, candidate) ? 0 : 1;
  return count;
}

std::optional<v1::Estimate> PairTimes::Ratio(const ArmTally& baseline, const ArmTally& candidate,
                                             double confidence, uint64_t seed) {
  std::vector<stats::TimedPair> timed;
  timed.reserve(pairs_.size());
  for (size_t i = 0; i < pairs_.size(); ++i) {
    if (IsFirst(i, baseline, candidate)) continue;
    timed.push_back({Seen(pairs_[i].baseline), Seen(pairs_[i].candidate), pairs_[i].example});
  }
  std::vector<Pair>().swap(pairs_);  // resampling takes as much again
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
