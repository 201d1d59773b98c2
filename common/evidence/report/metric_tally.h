// MetricTally: counts one share (an accuracy, a rate) in both arms, over all examples or a slice.
//
// It keeps counts: of all answers, of each cluster's, and, when examples are asked several times,
// of each example's. Intervals are made of them at the end, when it is known what belongs together.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_METRIC_TALLY_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_METRIC_TALLY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/statistics/clustered.h"
#include "common/statistics/paired_counts.h"
#include "common/statistics/paired_difference.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations {

// What one repeat of an example gave for the share; nothing where no answer came.
struct PairOutcome {
  std::optional<bool> baseline;
  std::optional<bool> candidate;
};

// How the figures are made. `repeated` must not change between Adds.
struct TallyOptions {
  bool has_candidate = false;
  bool repeated = false;   // examples are asked several times, at most 255
  bool clustered = false;  // examples of one cluster are alike
  stats::DifferenceMethod method = stats::DifferenceMethod::kTango;  // where neither holds
  double confidence = 0.95;
};

// Not thread-safe. Examples must be added in one fixed order: sums of doubles follow it.
class MetricTally {
 public:
  // Takes all repeats of one example. `cluster` is read only where clusters are, now and at the
  // end.
  void Add(const std::vector<PairOutcome>& repeats, int32_t cluster, const TallyOptions& options);
  // The figures; id and slice are the caller's.
  v1::Report::Metric Figures(std::string id, std::string slice, const TallyOptions& options) const;

 private:
  struct Arm {
    int64_t right = 0;
    int64_t answered = 0;
  };
  // Of answers that are counted together.
  struct Counts {
    Arm baseline;
    Arm candidate;
    stats::PairedCounts pairs;  // every repeat that both arms answered
  };
  // One example's, when it was asked several times.
  struct Repeated {
    int32_t cluster = 0;
    uint8_t baseline_right = 0, baseline_answered = 0;
    uint8_t candidate_right = 0, candidate_answered = 0;
    uint8_t gained = 0, lost = 0, pairs = 0;
  };
  // What the intervals are made of, by cluster; empty where each answer is for itself.
  struct Totals {
    std::vector<stats::ClusterTotal> baseline, candidate, pairs;
  };

  static Counts CountsOf(const std::vector<PairOutcome>& repeats);
  static void AddTo(Counts& sum, const Counts& counts);
  static v1::Estimate ShareOf(const Arm& arm, const std::vector<stats::ClusterTotal>& totals,
                              const TallyOptions& options);
  Totals TotalsOf(const TallyOptions& options) const;
  v1::Report::Paired PairedFigures(const std::vector<stats::ClusterTotal>& totals,
                                   const TallyOptions& options) const;

  Counts all_;
  int64_t asked_ = 0;                        // of each arm
  std::map<int32_t, Counts> by_cluster_;     // unless examples are asked several times
  std::vector<Repeated> repeated_examples_;  // only then
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_METRIC_TALLY_H_
