// Wilson's score interval for a share.
//
// Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
// JASA 22 (1927) 209-212; recommended in R. G. Newcombe, Stat. Med. 17 (1998) 857-872, method 3:
//   (s + z^2/2 -+ z sqrt(s (n - s) / n + z^2/4)) / (n + z^2)
#ifndef TUNEGATE_COMMON_STATISTICS_WILSON_H_
#define TUNEGATE_COMMON_STATISTICS_WILSON_H_

#include <cstdint>

#include "common/statistics/interval.h"

namespace tunegate::stats {

// The interval for the share behind `successes` of `n`. The lower limit is exactly 0 without a
// success and the upper exactly 1 without a failure. [0, 1] for n = 0, for a confidence outside
// (0, 1) and for counts that cannot be (successes < 0 or > n). Pure, thread-safe.
Interval WilsonInterval(int64_t successes, int64_t n, double confidence);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_WILSON_H_
