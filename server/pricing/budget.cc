#include "server/pricing/budget.h"

#include "absl/strings/str_cat.h"
#include "common/errors.h"

namespace tunegate::pricing {

std::vector<std::pair<std::string, std::string>> BudgetFaults(const v1::Budget& budget,
                                                              std::string_view path) {
  const std::string field(path);
  std::vector<std::pair<std::string, std::string>> faults;
  const auto check = [&](int64_t limit, const char* name) {
    if (limit < 0) faults.emplace_back(field + name, "must not be negative; 0: no limit");
  };
  check(budget.max_calls(), ".max_calls");
  check(budget.max_tokens(), ".max_tokens");
  if (!budget.has_max_cost()) return faults;
  if (budget.max_cost().currency_code() != "USD") {
    faults.emplace_back(field + ".max_cost.currency_code", "must be USD, as the price table's");
  }
  if (budget.max_cost().micros() <= 0) {
    faults.emplace_back(field + ".max_cost.micros", "must be above 0, in millionths of a dollar");
  }
  return faults;
}

absl::Status CheckBudget(const v1::Budget& budget, std::string_view path) {
  const auto faults = BudgetFaults(budget, path);
  if (faults.empty()) return absl::OkStatus();
  Error error = InvalidArgument("INVALID_FIELD",
                                absl::StrCat(faults.front().first, " ", faults.front().second));
  for (const auto& [field, what] : faults) error = std::move(error).Field(field, what);
  return error;
}

}  // namespace tunegate::pricing
