// How far an evaluation's budget reaches.
#ifndef TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_BUDGET_H_
#define TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_BUDGET_H_

#include <cstdint>
#include <limits>
#include <string>

#include "tunegate/v1/common.pb.h"

namespace tunegate::evaluations {

inline constexpr int64_t kNoLimit = std::numeric_limits<int64_t>::max();

// How many more calls may be begun when `used` was spent by `answered` calls and `outstanding` ones
// are on their way: each is taken to cost what the others did on average, and the first ones, of
// which nothing is known, as little as possible. Never negative. A cost without a price has no
// limit.
int64_t CallsWithin(const v1::Budget& budget, const v1::Usage& used, int64_t answered,
                    int64_t outstanding);

// The failure BUDGET_EXHAUSTED of an evaluation that CallsWithin gives nothing to.
v1::Failure BudgetExhausted(const std::string& evaluation, const v1::Budget& budget,
                            const v1::Usage& used, int64_t answered);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_SERVER_EVALUATIONS_RUN_RUN_BUDGET_H_
