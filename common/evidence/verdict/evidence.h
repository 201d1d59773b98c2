// ShareEvidence: what a report says about one share, with the answers that never came counted
// against the candidate or for it.
#ifndef TUNEGATE_COMMON_EVIDENCE_VERDICT_EVIDENCE_H_
#define TUNEGATE_COMMON_EVIDENCE_VERDICT_EVIDENCE_H_

#include <cstdint>

#include "common/statistics/clustered.h"
#include "common/statistics/interval.h"
#include "common/statistics/paired_counts.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::decisions {

// How answers that never came enter.
enum class Missing {
  kLeftOut,
  kAgainstCandidate,  // its own are wrong, the baseline's were right
  kForCandidate,      // the other way round
};

// Immutable, thread-safe.
class ShareEvidence {
 public:
  // `metric` has a candidate and a comparison. Clustered when examples were asked several times:
  // then pairs count repeats, and the report's intervals stand for recomputed ones.
  explicit ShareEvidence(const v1::Report::Metric& metric);

  struct Share {
    int64_t right = 0;
    int64_t count = 0;
  };

  stats::PairedCounts Pairs(Missing missing) const;
  Share Candidate(Missing missing) const;
  // Of the difference of the shares. Clustered: the report's, shifted by what the missing answers
  // would add; its confidence is the report's.
  stats::Interval DifferenceInterval(Missing missing, double confidence) const;
  stats::Interval CandidateInterval(Missing missing, double confidence) const;
  // For stats::JudgeClusteredImprovement.
  stats::ClusteredDifference Clustered(Missing missing) const;

  bool clustered() const { return clustered_; }
  // False when clustered intervals were made with less confidence than is asked for.
  bool SupportsConfidence(double confidence) const;
  int64_t missing() const { return baseline_missing_ + candidate_missing_; }
  // Examples of the slice, answered or not.
  int64_t example_count() const;
  double baseline_share() const { return baseline_value_; }
  double candidate_share() const { return candidate_value_; }

 private:
  bool clustered_ = false;
  stats::PairedCounts pairs_;
  Share baseline_, candidate_;
  int64_t baseline_missing_ = 0, candidate_missing_ = 0;
  double baseline_value_ = 0, candidate_value_ = 0;
  stats::Interval difference_interval_, candidate_interval_;
  int64_t clusters_ = 0;
  double report_confidence_ = 0;
};

}  // namespace tunegate::decisions

#endif  // TUNEGATE_COMMON_EVIDENCE_VERDICT_EVIDENCE_H_
