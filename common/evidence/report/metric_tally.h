// MetricTally: counts one share (an accuracy, a rate) in both arms, over all examples or a slice.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_METRIC_TALLY_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_METRIC_TALLY_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/statistics/paired_counts.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations {

// What one repeat of an example gave for the share; nothing where no answer came.
struct PairOutcome {
  std::optional<bool> baseline;
  std::optional<bool> candidate;
};

// How the figures are made.
struct TallyOptions {
  bool has_candidate = false;
  bool clustered = false;  // examples are asked several times
  double confidence = 0.95;
};

// Not thread-safe. Examples must be added in one fixed order: sums of doubles follow it.
class MetricTally {
 public:
  // Takes all repeats of one example.
  void Add(const std::vector<PairOutcome>& repeats, const TallyOptions& options);
  // The figures; id and slice are the caller's.
  v1::Report::Metric Figures(std::string id, std::string slice, const TallyOptions& options) const;

  const stats::PairedCounts& cells() const { return cells_; }
  int64_t baseline_missing() const { return baseline_.missing; }
  int64_t candidate_missing() const { return candidate_.missing; }

 private:
  struct Arm {
    int64_t right = 0;
    int64_t answered = 0;
    int64_t missing = 0;
    std::vector<double> item_means;  // only when clustered
  };
  struct Item {  // an example's pairs, as shares of them; only when clustered
    double gained = 0;
    double lost = 0;
  };
  static void AddToArm(const std::vector<PairOutcome>& repeats,
                       std::optional<bool> PairOutcome::*arm, bool clustered, Arm& tally);
  static v1::Estimate ShareOf(const Arm& arm, const TallyOptions& options);
  v1::Report::Paired PairedFigures(const TallyOptions& options) const;

  Arm baseline_;
  Arm candidate_;
  stats::PairedCounts cells_;  // over pairs: every repeat that both arms answered
  std::vector<Item> items_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_METRIC_TALLY_H_
