#include "common/statistics/calibration.h"

#include <algorithm>
#include <cmath>
#include <tuple>

namespace tunegate::stats {
namespace {

// Compares against i / bins, which is rounded once as literals are: 0.7 lies in the bin from 0.7
// although 0.7 * 10 is not 7 in every rounding.
size_t BinOf(double confidence, int bins) {
  int i = std::clamp(static_cast<int>(confidence * bins), 0, bins - 1);
  while (i > 0 && confidence < static_cast<double>(i) / bins) --i;
  while (i + 1 < bins && confidence >= static_cast<double>(i + 1) / bins) ++i;
  return static_cast<size_t>(i);
}

}  // namespace

Calibration CalibrationOf(std::vector<JudgedAnswer> answers, int bins) {
  Calibration calibration;
  bins = std::max(bins, 1);
  calibration.bins.resize(static_cast<size_t>(bins));
  // NaN out before sorting: it has no place in an order.
  std::erase_if(answers, [&](const JudgedAnswer& a) {
    const bool in_range = a.confidence >= 0 && a.confidence <= 1;
    if (!in_range) ++calibration.ignored;
    return !in_range;
  });
  std::sort(answers.begin(), answers.end(), [](const JudgedAnswer& a, const JudgedAnswer& b) {
    return std::tie(a.confidence, a.right) < std::tie(b.confidence, b.right);
  });
  calibration.count = static_cast<int64_t>(answers.size());
  if (answers.empty()) return calibration;
  double squares = 0;
  for (const JudgedAnswer& answer : answers) {
    CalibrationBin& bin = calibration.bins[BinOf(answer.confidence, bins)];
    ++bin.count;
    bin.right += answer.right ? 1 : 0;
    bin.confidence_sum += answer.confidence;
    const double miss = answer.confidence - (answer.right ? 1 : 0);
    squares += miss * miss;
  }
  double gaps = 0;
  for (const CalibrationBin& bin : calibration.bins) {
    gaps += std::fabs(static_cast<double>(bin.right) - bin.confidence_sum);
  }
  const double n = static_cast<double>(answers.size());
  calibration.ece = gaps / n;
  calibration.brier = squares / n;
  return calibration;
}

}  // namespace tunegate::stats
