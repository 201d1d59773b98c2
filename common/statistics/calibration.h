// Does a stated confidence mean what it says?
//
// Expected calibration error: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On calibration of
// modern neural networks", ICML 2017: over equally wide bins of confidence,
//   ECE = sum over bins of (bin's size / n) |share right - mean confidence|
// Bin i holds i / bins <= confidence < (i + 1) / bins; the last one also holds 1.
// Brier score: G. W. Brier, Monthly Weather Review 78 (1950) 1-3, for right or wrong:
//   mean of (confidence - right)^2
// Figures do not depend on the order of the answers. Pure, thread-safe.
#ifndef TUNEGATE_COMMON_STATISTICS_CALIBRATION_H_
#define TUNEGATE_COMMON_STATISTICS_CALIBRATION_H_

#include <cstdint>
#include <optional>
#include <vector>

namespace tunegate::stats {

struct JudgedAnswer {
  double confidence = 0;  // the model's own, in [0, 1]
  bool right = false;
};

struct CalibrationBin {
  int64_t count = 0;
  int64_t right = 0;
  double confidence_sum = 0;
};

struct Calibration {
  int64_t count = 0;
  int64_t ignored = 0;          // confidence NaN or outside [0, 1]
  std::optional<double> ece;    // nothing when no answer counts
  std::optional<double> brier;  // nothing when no answer counts
  std::vector<CalibrationBin> bins;
};

// `bins` below 1 is taken as 1.
Calibration CalibrationOf(std::vector<JudgedAnswer> answers, int bins = 10);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_CALIBRATION_H_
