#include "common/evidence/report/confidence_tally.h"

namespace tunegate::evaluations {

void ConfidenceTally::Add(const store::v1::CallRecord& call, const Graded& graded) {
  if (!call.has_confidence() || graded.missing) return;
  if (!(call.confidence() >= 0 && call.confidence() <= 1)) {
    ++ignored_;
    return;
  }
  answers_.push_back({call.confidence(), graded.overall_right});
}

std::optional<v1::Report::Calibration> ConfidenceTally::Figures(bool candidate) const {
  const stats::Calibration measured = stats::CalibrationOf(answers_);
  if (measured.count == 0) return std::nullopt;
  v1::Report::Calibration figures;
  figures.set_candidate(candidate);
  figures.set_count(measured.count);
  figures.set_expected_calibration_error(*measured.ece);
  figures.set_brier_score(*measured.brier);
  for (const stats::CalibrationBin& bin : measured.bins) {
    v1::Report::Calibration::Bin& made = *figures.add_bins();
    made.set_count(bin.count);
    if (bin.count == 0) continue;
    made.set_mean_confidence(bin.confidence_sum / static_cast<double>(bin.count));
    made.set_accuracy(static_cast<double>(bin.right) / static_cast<double>(bin.count));
  }
  return figures;
}

}  // namespace tunegate::evaluations
