// ShareEvidence: what a report says about one share, with the answers that never came counted
// against the candidate or for it.
//
// Where examples are clustered, the report's slices by the cluster key are the clusters' own
// counts: with them intervals are made again, at any confidence and for any fate of the missing
// answers. Without them (repeats, other metrics than the slices have, more clusters than slices are
// kept) the report's interval stands, moved and widened by what missing answers could add at worst.
#ifndef TUNEGATE_COMMON_EVIDENCE_VERDICT_EVIDENCE_H_
#define TUNEGATE_COMMON_EVIDENCE_VERDICT_EVIDENCE_H_

#include <cstdint>
#include <vector>

#include "common/statistics/clustered.h"
#include "common/statistics/interval.h"
#include "common/statistics/paired_counts.h"
#include "common/statistics/paired_difference.h"
#include "tunegate/v1/policy.pb.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::decisions {

// How answers that never came enter.
enum class Missing {
  kLeftOut,
  kAgainstCandidate,  // its own are wrong, the baseline's were right
  kForCandidate,      // the other way round
};

// Which of the candidate's wrong answers become right, when only their number is given.
enum class Which {
  kBest,   // those that help most
  kWorst,  // those that help least
};

// Copyable; immutable, thread-safe.
class ShareEvidence {
 public:
  // `metric` is one of the report's and has a candidate and a comparison. `repeated`: examples were
  // asked several times.
  ShareEvidence(const v1::Report& report, const v1::Report::Metric& metric, bool repeated,
                v1::Policy::Interval interval);

  struct Share {
    int64_t right = 0;
    int64_t count = 0;
  };

  stats::PairedCounts Pairs(Missing missing) const;
  Share Candidate(Missing missing) const;
  // Of the difference of the shares, and of the candidate's.
  stats::Interval DifferenceInterval(Missing missing, double confidence) const;
  stats::Interval CandidateInterval(Missing missing, double confidence) const;
  // For stats::JudgeClusteredImprovement.
  stats::ClusteredDifference Clustered(Missing missing, double confidence) const;

  // How surprising the data are, counted for the candidate, if the true figure is `bound` or more:
  // one-sided, of the difference and of the candidate's share.
  double DifferencePValue(double bound) const;
  double CandidatePValue(double bound) const;

  // The same evidence if `count` of the candidate's wrong answers had been right. 0 <= count <=
  // Pairs(kLeftOut).candidate_wrong(), and only where can_change().
  ShareEvidence WithRight(int64_t count, Which which) const;
  // False where it is not known which cluster an answer belongs to, or which repeat.
  bool can_change() const { return !clustered_ || !clusters_.empty(); }

  bool clustered() const { return clustered_; }
  // Clusters, or without a cluster key examples asked repeatedly; in a slice at most so many. 0
  // where each example is for itself.
  int64_t cluster_count() const { return clustered_ ? cluster_count_ : 0; }
  // How many times the variance of independent examples, of the difference and of the candidate's
  // share; 1 where each is for itself.
  double DesignEffect(double confidence) const;
  double ShareDesignEffect(double confidence) const;
  // How the difference's interval and the share's are made, as figures name it.
  const char* difference_method() const;
  const char* share_method() const { return clustered_ ? "cluster-t" : "wilson"; }
  stats::DifferenceMethod method() const { return method_; }
  // False when an interval that cannot be made again has less confidence than is asked for.
  bool SupportsConfidence(double confidence) const;
  double report_confidence() const { return report_confidence_; }
  int64_t missing() const { return all_.baseline_missing + all_.candidate_missing; }
  // Examples of the slice, answered or not; with repeats those that brought any answer.
  int64_t example_count() const;
  // What the figures rest on: examples that both answered.
  int64_t sample_count() const { return sample_count_; }
  double baseline_share() const { return baseline_value_; }
  double candidate_share() const { return candidate_value_; }

 private:
  // Counts of answers, over all examples or one cluster's.
  struct Cells {
    stats::PairedCounts pairs;
    Share baseline, candidate;
    int64_t baseline_missing = 0, candidate_missing = 0;
  };
  static Cells CellsOf(const v1::Report::Metric& metric, bool repeated);
  static Cells Flipped(Cells cells, int64_t count, Which which);
  stats::PairedCounts PairsOf(const Cells& cells, Missing missing) const;
  double LevelFor(double confidence) const;
  static Share CandidateOf(const Cells& cells, Missing missing);
  std::vector<stats::ClusterTotal> PairTotals(Missing missing) const;
  // By how much an interval's limit moves away from a figure over `count` answers when `added` come
  // in that are all alike and all of one cluster.
  double Widening(int64_t count, int64_t added, double most) const;

  bool clustered_ = false;
  bool repeated_ = false;
  stats::DifferenceMethod method_ = stats::DifferenceMethod::kTango;
  Cells all_;
  std::vector<Cells> clusters_;  // empty where they are not known
  int64_t cluster_count_ = 0;
  int64_t sample_count_ = 0;
  double baseline_value_ = 0, candidate_value_ = 0;
  stats::Interval difference_interval_, candidate_interval_;  // the report's
  double report_confidence_ = 0;
};

}  // namespace tunegate::decisions

#endif  // TUNEGATE_COMMON_EVIDENCE_VERDICT_EVIDENCE_H_
