#include "common/statistics/mcnemar.h"

#include <algorithm>

#include "common/statistics/distributions.h"

namespace tunegate::stats {

double McnemarPValue(int64_t gained, int64_t lost, McnemarTest test) {
  if (gained < 0 || lost < 0 || gained + lost == 0) return 1;
  const Binomial under_equality(gained + lost, 0.5);
  const int64_t smaller = std::min(gained, lost);
  const bool mid_p = test == McnemarTest::kMidP;
  if (gained == lost) return mid_p ? 1 - under_equality.Pmf(smaller) / 2 : 1;
  const double exact = 2 * under_equality.AtMost(smaller);
  return std::min(1.0, mid_p ? exact - under_equality.Pmf(smaller) : exact);
}

}  // namespace tunegate::stats
