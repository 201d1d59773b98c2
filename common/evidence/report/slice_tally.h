// SliceTally: overall and headline accuracy of every slice.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_SLICE_TALLY_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_SLICE_TALLY_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/evidence/answers/example.h"
#include "common/evidence/answers/grading.h"
#include "common/evidence/report/metric_tally.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations {

// The slices that an example belongs to, by key: its own, its scored categories' right values, and
// query_length. Keys and values are valid UTF-8 of at most 100 bytes.
std::map<std::string, std::string> SlicesOf(const Grader& grader, const datasets::Example& example,
                                            const Expected& expected);

// Not thread-safe.
class SliceTally {
 public:
  // `headline` is empty when it says the same as `overall`.
  void Add(const std::map<std::string, std::string>& slices, int32_t cluster,
           const std::vector<PairOutcome>& overall, const std::vector<PairOutcome>& headline,
           const TallyOptions& options);
  // Appends the metrics by key and value: of each slice overall_accuracy, then `headline_id`. Each
  // slice of `cluster_key` is one cluster, and its figures are about that one: its examples are
  // taken as they are, each for itself. They are also what a decision makes clustered intervals of
  // again.
  void AppendFigures(const std::string& headline_id, const std::string& cluster_key,
                     const TallyOptions& options, v1::Report& report) const;

  // Keys with too many values to be slices.
  const std::set<std::string>& dropped_keys() const { return dropped_; }
  // How many values a key has; 0 for one that is not there or was dropped.
  size_t ValueCount(const std::string& key) const;

 private:
  struct Slice {
    MetricTally overall;
    MetricTally headline;
  };
  std::map<std::string, std::map<std::string, Slice>> slices_;
  std::set<std::string> dropped_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_SLICE_TALLY_H_
