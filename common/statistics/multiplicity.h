// Many questions to one test set: many slices at once, or one set looked at again and again.
#ifndef TUNEGATE_COMMON_STATISTICS_MULTIPLICITY_H_
#define TUNEGATE_COMMON_STATISTICS_MULTIPLICITY_H_

#include <cstdint>
#include <vector>

namespace tunegate::stats {

// S. Holm, Scand. J. Statist. 6 (1979) 65-70: the adjusted p-value of each of m hypotheses, in the
// order given. With p sorted ascending, adjusted(i) = max over j <= i of (m - j + 1) p(j), cut
// to 1. Rejecting those at or below alpha keeps the chance of any false rejection at alpha,
// whatever the dependence. NaN and values above 1 count as 1, negative ones as 0. Pure,
// thread-safe.
std::vector<double> HolmAdjusted(const std::vector<double>& p_values);

// The alpha of the k-th look at the same test set: alpha for the first, alpha / (k (k - 1)) for
// k >= 2. The later ones add up to alpha over infinitely many looks (1/2 + 1/6 + 1/12 + ... = 1),
// so that all looks together err with probability at most 2 alpha and the first is not taxed for
// looks that may never come. A look below 1 is taken as the first.
double AlphaAtLook(double alpha, int64_t look);

// 1 - AlphaAtLook(1 - confidence, look): what to pass to the intervals.
double ConfidenceAtLook(double confidence, int64_t look);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_MULTIPLICITY_H_
