// ConfidenceTally: how far an arm's confidence agrees with how often it is right.
#ifndef TUNEGATE_COMMON_EVIDENCE_REPORT_CONFIDENCE_TALLY_H_
#define TUNEGATE_COMMON_EVIDENCE_REPORT_CONFIDENCE_TALLY_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "common/evidence/answers/grading.h"
#include "common/statistics/calibration.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/report.pb.h"

namespace tunegate::evaluations {

// Not thread-safe. Keeps 16 bytes an answer that has a confidence.
class ConfidenceTally {
 public:
  // Takes an answer; one without a confidence, and one that never came, tells nothing.
  void Add(const store::v1::CallRecord& call, const Graded& graded);
  // Nothing when no answer had a confidence.
  std::optional<v1::Report::Calibration> Figures(bool candidate) const;
  // Answers whose confidence is no probability; they are left out.
  int64_t ignored() const { return ignored_; }

 private:
  std::vector<stats::JudgedAnswer> answers_;
  int64_t ignored_ = 0;
};

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_REPORT_CONFIDENCE_TALLY_H_
