// ArmTally: what one arm's calls took: tokens, attempts, times, who answered.
//
// An answer that was taken from an earlier evaluation cost nothing here: it is counted as `reused`
// and by its model, and is neither in the usage nor in the times. An answer that came in a batch
// was paid for, and has no times.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_ARM_USAGE_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_ARM_USAGE_H_

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/common.pb.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations {

// A duration in whole microseconds, up to 71 minutes; what took longer counts as that.
using Micros = uint32_t;
inline constexpr Micros kNever = std::numeric_limits<Micros>::max();
Micros ToMicros(int64_t microseconds);

// True when the call has times of its own: it was asked here, and not in a batch.
bool WasTimed(const store::v1::CallRecord& call);

// Not thread-safe. Keeps 8 bytes a call.
class ArmTally {
 public:
  void Add(const store::v1::CallRecord& call);
  // Without cost and price table, which are the caller's. Once: the times are given back with it.
  v1::Report::ArmUsage Figures();

  int64_t refused() const { return refused_; }
  int64_t cut() const { return cut_; }
  int64_t reused() const { return reused_; }
  int64_t batched() const { return batched_; }
  // Calls by the model that answered them; calls that name none are not counted.
  const std::map<std::string, int64_t>& answering_models() const { return answering_models_; }
  // The sequence of the arm's very first timed call, answered or not; -1 without calls.
  int64_t first_sequence() const { return first_sequence_; }

 private:
  void AddUsage(const store::v1::CallRecord& call);
  void AddTimes(const store::v1::CallRecord& call);

  int64_t attempts_ = 0;
  int64_t calls_ = 0;
  int64_t failed_ = 0;
  int64_t refused_ = 0;
  int64_t cut_ = 0;
  int64_t reused_ = 0;
  int64_t batched_ = 0;
  int64_t first_sequence_ = -1;
  // The very first call's, which does not count, unless an earlier one is still to come.
  std::optional<Micros> first_response_time_;
  v1::Usage tokens_;
  std::map<std::string, int64_t> answering_models_;
  std::vector<Micros> response_times_;  // answered, on a connection that was there
  std::vector<Micros> user_times_;      // answered
};

// Upper bounds of the latency histogram's buckets in milliseconds: Renard's R10 numbers, ten a
// decade, from 0.1 ms to 100 s. The last bucket, above them, is open.
const std::vector<double>& LatencyBucketBoundsMs();

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_ARM_USAGE_H_
