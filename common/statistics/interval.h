// Interval: a lower and an upper limit for an unknown figure, ends included.
#ifndef TUNEGATE_COMMON_STATISTICS_INTERVAL_H_
#define TUNEGATE_COMMON_STATISTICS_INTERVAL_H_

#include <algorithm>

namespace tunegate::stats {

struct Interval {
  double lower = 0;
  double upper = 0;
  friend bool operator==(const Interval&, const Interval&) = default;
};

// What is known about a share, and about a difference of two shares, when nothing is known.
inline constexpr Interval kAnyShare = {0, 1};
inline constexpr Interval kAnyDifference = {-1, 1};

// The smallest interval that contains both.
inline Interval Hull(const Interval& a, const Interval& b) {
  return {std::min(a.lower, b.lower), std::max(a.upper, b.upper)};
}

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_INTERVAL_H_
