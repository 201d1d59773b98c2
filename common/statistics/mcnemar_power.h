// Power of McNemar's test: the chance that it rejects when gains and losses have given rates.
//
// Exact: D = gained + lost is Binomial(n, win + loss) and lost given D is
// Binomial(D, loss / (win + loss)); both are summed over (S. W. Duffy, Biometrics 40 (1984)
// 1005-1015, gives the unconditional power in this form). The test is two-sided, so that the power
// counts rejections in either direction.
#ifndef TUNEGATE_COMMON_STATISTICS_MCNEMAR_POWER_H_
#define TUNEGATE_COMMON_STATISTICS_MCNEMAR_POWER_H_

#include <cstdint>
#include <optional>

#include "common/statistics/mcnemar.h"

namespace tunegate::stats {

struct McnemarDesign {
  double win_rate = 0;   // P(gained)
  double loss_rate = 0;  // P(lost); win_rate + loss_rate <= 1
  double alpha = 0.05;   // two-sided
  McnemarTest test = McnemarTest::kMidP;
};

// In [0, 1]; 0 for n <= 0 and for rates or an alpha that cannot be. Pure, thread-safe.
double McnemarPower(int64_t n, const McnemarDesign& design);

// The smallest n with at least `power`; nothing when none up to `max_n` has it.
std::optional<int64_t> McnemarExamplesFor(double power, const McnemarDesign& design,
                                          int64_t max_n = 5000);

}  // namespace tunegate::stats

#endif  // TUNEGATE_COMMON_STATISTICS_MCNEMAR_POWER_H_
