#include "common/statistics/paired_difference.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "common/statistics/distributions.h"
#include "common/statistics/wilson.h"

namespace tunegate::stats {
namespace {

// P(lost) that is most likely when the difference is `delta` >= 0.
double LikeliestLossRate(double gained, double lost, double n, double delta) {
  const double a = 2 * n;
  const double b = (2 * n - gained + lost) * delta - gained - lost;
  const double c = -lost * delta * (1 - delta);
  const double root = std::sqrt(b * b - 4 * a * c);  // c <= 0: never of a negative number
  // Of the two forms of the same root, the one that does not subtract nearly equal numbers.
  if (b <= 0) return (root - b) / (2 * a);
  return -2 * c / (b + root);
}

// The delta in [low, high] at which the falling score crosses `level`.
double Crossing(double gained, double lost, double n, double level, double low, double high) {
  // 80 halvings of an interval of at most 2 leave less than a double can tell apart.
  for (int i = 0; i < 80; ++i) {
    const double middle = low + (high - low) / 2;
    (TangoScore(gained, lost, n, middle) > level ? low : high) = middle;
  }
  return low + (high - low) / 2;
}

// Newcombe's correlation of the four cells.
double CorrectedPhi(const PairedCounts& c) {
  const double a = static_cast<double>(c.both_right), b = static_cast<double>(c.gained);
  const double l = static_cast<double>(c.lost), d = static_cast<double>(c.both_wrong);
  const double margins = (a + b) * (l + d) * (a + l) * (b + d);
  if (margins <= 0) return 0;
  double covariance = a * d - b * l;
  if (covariance > 0) covariance = std::max(covariance - (a + b + l + d) / 2, 0.0);
  return covariance / std::sqrt(margins);
}

}  // namespace

double TangoScore(double gained, double lost, double n, double delta) {
  // Symmetric in the two arms; for delta >= 0 the quadratic is well behaved.
  if (delta < 0) return -TangoScore(lost, gained, n, -delta);
  const double numerator = gained - lost - n * delta;
  const double q = LikeliestLossRate(gained, lost, n, delta);
  const double variance = n * (2 * q + delta * (1 - delta));
  if (variance > 0) return numerator / std::sqrt(variance);
  if (numerator == 0) return 0;
  return std::copysign(std::numeric_limits<double>::infinity(), numerator);
}

Interval TangoInterval(double gained, double lost, double n, double confidence) {
  const double z = TwoSidedNormalQuantile(confidence);
  if (!(n > 0 && gained >= 0 && lost >= 0 && gained + lost <= n * (1 + 1e-12)) ||
      !std::isfinite(z)) {
    return kAnyDifference;
  }
  const double point = (gained - lost) / n;
  Interval interval = kAnyDifference;
  if (lost < n) interval.lower = Crossing(gained, lost, n, z, -1, point);
  if (gained < n) interval.upper = Crossing(gained, lost, n, -z, point, 1);
  return interval;
}

Interval TangoInterval(const PairedCounts& counts, double confidence) {
  if (!counts.valid()) return kAnyDifference;
  return TangoInterval(static_cast<double>(counts.gained), static_cast<double>(counts.lost),
                       static_cast<double>(counts.n()), confidence);
}

Interval NewcombeInterval(const PairedCounts& counts, double confidence) {
  const int64_t n = counts.n();
  if (!counts.valid() || n == 0 || !(confidence > 0 && confidence < 1)) return kAnyDifference;
  const double size = static_cast<double>(n);
  const double candidate = static_cast<double>(counts.candidate_right()) / size;
  const double baseline = static_cast<double>(counts.baseline_right()) / size;
  const Interval c = WilsonInterval(counts.candidate_right(), n, confidence);
  const Interval b = WilsonInterval(counts.baseline_right(), n, confidence);
  const double phi = CorrectedPhi(counts);
  // |phi| <= 1 keeps the sum of squares from falling below 0 but for rounding.
  auto combine = [phi](double x, double y) {
    return std::sqrt(std::max(0.0, x * x - 2 * phi * x * y + y * y));
  };
  const double difference = static_cast<double>(counts.net()) / size;
  return {std::max(-1.0, difference - combine(candidate - c.lower, b.upper - baseline)),
          std::min(1.0, difference + combine(c.upper - candidate, baseline - b.lower))};
}

Interval BonettPriceInterval(const PairedCounts& counts, double confidence) {
  const double z = TwoSidedNormalQuantile(confidence);
  if (!counts.valid() || counts.n() == 0 || !std::isfinite(z)) return kAnyDifference;
  const double size = static_cast<double>(counts.n()) + 2;
  const double gained = (static_cast<double>(counts.gained) + 1) / size;
  const double lost = (static_cast<double>(counts.lost) + 1) / size;
  const double difference = gained - lost;
  const double half = z * std::sqrt((gained + lost - difference * difference) / size);
  return {std::max(-1.0, difference - half), std::min(1.0, difference + half)};
}

Interval DifferenceInterval(const PairedCounts& counts, double confidence,
                            DifferenceMethod method) {
  switch (method) {
    case DifferenceMethod::kNewcombe:
      return NewcombeInterval(counts, confidence);
    case DifferenceMethod::kBonettPrice:
      return BonettPriceInterval(counts, confidence);
    case DifferenceMethod::kTango:
      break;
  }
  return TangoInterval(counts, confidence);
}

const char* NameOf(DifferenceMethod method) {
  switch (method) {
    case DifferenceMethod::kNewcombe:
      return "newcombe10";
    case DifferenceMethod::kBonettPrice:
      return "bonett-price";
    case DifferenceMethod::kTango:
      break;
  }
  return "tango";
}

}  // namespace tunegate::stats
