// PairTimes: the ratio of both arms' response times, over pairs that were asked side by side.
//
// A pair counts when both halves were asked here, by one process, on connections that were open,
// and ended within a minute of each other beyond their own duration. Answers that were reused or
// came in a batch have no response time of their own; halves of different sessions or far apart in
// time were not asked under the same conditions. Each arm's very first call is left out.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_PAIR_TIMES_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_PAIR_TIMES_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/evidence/answers/call_pairs.h"
#include "common/evidence/report/arm_usage.h"
#include "common/statistics/bootstrap.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::evaluations {

// Not thread-safe. Keeps 12 bytes a pair.
class PairTimes {
 public:
  // Takes a pair; those that do not count are left out.
  void Add(const CallPair& pair);
  // Nothing with fewer than 10 pairs. The arms tell which calls were their first. Percentile
  // bootstrap; repeats of an example are drawn together.
  // Once, and after Count: the pairs are given back with it.
  std::optional<v1::Estimate> Ratio(const ArmTally& baseline, const ArmTally& candidate,
                                    double confidence, uint64_t seed);
  // Pairs that count.
  int64_t Count(const ArmTally& baseline, const ArmTally& candidate) const;

 private:
  struct Pair {
    uint32_t example = 0;  // counted from 0 in the order of Adds
    Micros baseline = 0;
    Micros candidate = 0;
  };
  // The pair of an arm's earliest call, and when that was.
  struct Earliest {
    int64_t sequence = -1;
    size_t pair = 0;
    void Note(int64_t candidate_sequence, size_t candidate_pair);
  };
  bool IsFirst(size_t pair, const ArmTally& baseline, const ArmTally& candidate) const;

  std::vector<Pair> pairs_;
  int64_t last_example_ = -1;
  uint32_t examples_ = 0;
  Earliest earliest_baseline_, earliest_candidate_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_PAIR_TIMES_H_
