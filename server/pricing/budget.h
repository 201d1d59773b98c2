// What a budget may say: one rule for jobs, evaluations and workflows.
#ifndef TUNEGATE_SERVER_PRICING_BUDGET_H_
#define TUNEGATE_SERVER_PRICING_BUDGET_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::pricing {

// What is wrong with it, as (path, text): negative limits; a cost that is not above 0, or in
// another currency than the price table's.
std::vector<std::pair<std::string, std::string>> BudgetFaults(const v1::Budget& budget,
                                                              std::string_view path);

// OK, or INVALID_ARGUMENT (INVALID_FIELD) with all of them.
absl::Status CheckBudget(const v1::Budget& budget, std::string_view path);

}  // namespace tunegate::pricing

#endif  // TUNEGATE_SERVER_PRICING_BUDGET_H_
