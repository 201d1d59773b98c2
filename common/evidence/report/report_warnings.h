// What a reader should know before trusting a report's figures, in sentences.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_REPORT_WARNINGS_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_REPORT_WARNINGS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "common/evidence/answers/grading.h"
#include "common/evidence/report/arm_usage.h"
#include "common/evidence/report/cluster_book.h"
#include "common/evidence/report/slice_tally.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations {

// What the warnings are about.
struct Measured {
  const v1::Report* report = nullptr;  // all figures but the warnings
  const Grader* grader = nullptr;
  const SliceTally* slices = nullptr;
  const ClusterBook* clusters = nullptr;
  const ArmTally* baseline = nullptr;
  const ArmTally* candidate = nullptr;  // null without one
  std::string baseline_model;
  std::string candidate_model;
  bool reuse_answers = false;  // was asked for
  int64_t timed_pairs = 0;
  int64_t ignored_confidences = 0;  // that are no probabilities
  // By field of the grader, by category value: examples whose right answer it is.
  const std::vector<std::vector<int64_t>>* support = nullptr;
};

// Most important first; empty when there is nothing to say.
std::vector<std::string> WarningsOf(const Measured& measured);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_REPORT_WARNINGS_H_
