// ArmTally: what one arm's calls took: tokens, attempts, times, who answered. PairTimes: the ratio
// of both arms' response times.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_ARM_USAGE_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_ARM_USAGE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/evidence/answers/call_pairs.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/common.pb.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations {

// Not thread-safe.
class ArmTally {
 public:
  void Add(const store::v1::CallRecord& call);
  // Without cost and price table, which are the caller's.
  v1::Report::ArmUsage Figures() const;

  int64_t refused() const { return refused_; }
  int64_t cut() const { return cut_; }
  // Calls by the model that answered them; calls that name none are not counted.
  const std::map<std::string, int64_t>& answering_models() const { return answering_models_; }
  // The sequence of the arm's very first call, answered or not; -1 without calls.
  int64_t first_sequence() const { return first_sequence_; }

 private:
  struct Timed {
    int64_t sequence = 0;
    double microseconds = 0;
  };
  int64_t attempts_ = 0;
  int64_t calls_ = 0;
  int64_t failed_ = 0;
  int64_t refused_ = 0;
  int64_t cut_ = 0;
  int64_t first_sequence_ = -1;
  v1::Usage tokens_;
  std::map<std::string, int64_t> answering_models_;
  std::vector<Timed> response_times_;  // answered, on a connection that was there
  std::vector<double> user_times_;     // answered
};

// Not thread-safe.
class PairTimes {
 public:
  // Takes a pair; those that do not count (see report_builder.h) are left out.
  void Add(const CallPair& pair);
  // Nothing with fewer than 10 pairs. The arms tell which calls were their first.
  std::optional<v1::Estimate> Ratio(const ArmTally& baseline, const ArmTally& candidate,
                                    double confidence, uint64_t seed) const;
  // Pairs that count.
  int64_t Count(const ArmTally& baseline, const ArmTally& candidate) const;

 private:
  struct Pair {
    int64_t example = 0;
    int64_t baseline_sequence = 0;
    int64_t candidate_sequence = 0;
    double baseline_us = 0;
    double candidate_us = 0;
  };
  std::vector<Pair> pairs_;
};

// Upper bounds of the latency histogram's buckets in milliseconds: Renard's R10 numbers, ten a
// decade, from 0.1 ms to 100 s. The last bucket, above them, is open.
const std::vector<double>& LatencyBucketBoundsMs();

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_ARM_USAGE_H_
