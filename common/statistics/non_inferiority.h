// "No worse than the baseline by more than a margin". Not "no significant difference", which every
// candidate passes when few enough examples are asked.
#ifndef TUNEGATE_COMMON_STATISTICS_NON_INFERIORITY_H_
#define TUNEGATE_COMMON_STATISTICS_NON_INFERIORITY_H_

#include <cstdint>
#include <optional>

#include "common/statistics/interval.h"
#include "common/statistics/outcome.h"
#include "common/statistics/paired_counts.h"
#include "common/statistics/paired_difference.h"

namespace tunegate::stats {

// A paired rate: PASS when Tango's lower limit lies above -margin, FAIL when its upper limit lies
// below -margin, else INCONCLUSIVE (J.-m. Nam, Biometrics 53 (1997) 1422-1430, and Tango 1998 give
// this test). The margin is in parts per million of a share: 50'000 is 5 points. A margin of 0 asks
// for superiority. Another interval's limits stand in for Tango's on request. INCONCLUSIVE without
// examples. Pure, thread-safe.
Outcome JudgeNonInferiority(const PairedCounts& counts, int64_t margin_ppm, double confidence,
                            DifferenceMethod method = DifferenceMethod::kTango);

// The smallest n at which perfect results (no discordant pair) pass with Tango's interval: from
// z^2 / (n + z^2) < margin. 2 points at 95 %: 189. Nothing for a margin of 0 or less or a
// confidence outside (0, 1): no n is enough.
std::optional<int64_t> SmallestPerfectN(int64_t margin_ppm, double confidence);

// Below this many pairs a percentile interval of a ratio of medians is too short to be believed
// (with one pair it is a point).
inline constexpr int64_t kMinTimedPairs = 30;

// A ratio of response times: PASS when the interval's upper end is below the margin (1'250'000:
// a quarter slower), FAIL when its lower end is above it, INCONCLUSIVE otherwise and below
// `min_pairs`.
Outcome JudgeRatio(const Interval& ratio, int64_t pairs, int64_t margin_ppm,
                   int64_t min_pairs = kMinTimedPairs);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_NON_INFERIORITY_H_
