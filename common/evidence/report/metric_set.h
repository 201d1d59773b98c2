// MetricSet: every share of a report (accuracies, structure), over all examples and by slice.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_METRIC_SET_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_METRIC_SET_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "common/evidence/answers/call_pairs.h"
#include "common/evidence/answers/grading.h"
#include "common/evidence/report/metric_tally.h"
#include "common/evidence/report/slice_tally.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations {

// One repeat of an example: the calls and their grades.
struct GradedPair {
  CallPair calls;
  Graded baseline;
  Graded candidate;
};

// Not thread-safe.
class MetricSet {
 public:
  // `grader` must outlive it.
  explicit MetricSet(const Grader& grader);

  // Takes an example with all its repeats.
  void Add(const std::map<std::string, std::string>& slices, int32_t cluster,
           const std::vector<GradedPair>& pairs, const TallyOptions& options);
  // In the order of report.proto: over all examples, then by slice.
  void AppendFigures(const std::string& cluster_key, const TallyOptions& options,
                     v1::Report& report) const;

  const SliceTally& slices() const { return slices_; }

 private:
  std::string HeadlineId() const;

  const Grader& grader_;
  std::vector<MetricTally> fields_;  // scored ones, as in the grader
  MetricTally overall_, json_valid_, schema_valid_;
  SliceTally slices_;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_METRIC_SET_H_
