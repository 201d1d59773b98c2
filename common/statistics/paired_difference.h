// Intervals for the difference of two paired shares: P(candidate right) - P(baseline right),
// estimated by (gained - lost) / n.
//
// Tango's score interval is the default of the product; policies may ask for the other two.
// All are pure, thread-safe, lie within [-1, 1] and are [-1, 1] for n = 0, for negative counts and
// for a confidence outside (0, 1).
#ifndef TUNEGATE_COMMON_STATISTICS_PAIRED_DIFFERENCE_H_
#define TUNEGATE_COMMON_STATISTICS_PAIRED_DIFFERENCE_H_

#include "common/statistics/interval.h"
#include "common/statistics/paired_counts.h"

namespace tunegate::stats {

// Tango's score statistic for "the true difference is `delta`" (T. Tango, Stat. Med. 17 (1998)
// 891-908):
//   Z(delta) = (gained - lost - n delta) / sqrt(n (2 q + delta (1 - delta)))
// with q the maximum-likelihood estimate of P(lost) under that hypothesis, the larger root of
//   2n q^2 + ((2n - gained + lost) delta - gained - lost) q - lost delta (1 - delta) = 0.
// Z falls as delta grows. The interval's lower limit lies above a bound exactly when
// Z(bound) > z, and its upper limit below a bound when Z(bound) < -z: decisions use this form,
// since it needs no root finding. Z(0) is McNemar's (gained - lost) / sqrt(gained + lost).
//
// Counts may be fractional (means over repeats). -1 <= delta <= 1 and n > 0; 0 where numerator
// and denominator both vanish, +-infinity where only the denominator does.
double TangoScore(double gained, double lost, double n, double delta);

// All delta with |Z(delta)| <= z, by bisection to the last digits. Without discordant pairs it is
// -+ z^2 / (n + z^2); when all are gained the upper limit is exactly 1, when all are lost the lower
// limit exactly -1.
Interval TangoInterval(const PairedCounts& counts, double confidence);
Interval TangoInterval(double gained, double lost, double n, double confidence);

// R. G. Newcombe, Stat. Med. 17 (1998) 2635-2650, method 10: Wilson's limits of the two shares
// squared and added, with the correlation phi of the four cells (continuity-corrected when
// positive). phi = 0 when a row or column is empty.
Interval NewcombeInterval(const PairedCounts& counts, double confidence);

// D. G. Bonett, R. M. Price, J. Educ. Behav. Stat. 37 (2012) 479-488: Wald's interval after adding
// one to each discordant cell (and 2 to n), cut to [-1, 1].
Interval BonettPriceInterval(const PairedCounts& counts, double confidence);

enum class DifferenceMethod { kTango, kNewcombe, kBonettPrice };

// One of the three above.
Interval DifferenceInterval(const PairedCounts& counts, double confidence, DifferenceMethod method);

// As figures name it: "tango", "newcombe10" or "bonett-price".
const char* NameOf(DifferenceMethod method);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_PAIRED_DIFFERENCE_H_
