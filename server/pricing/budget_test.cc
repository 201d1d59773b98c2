#include "server/pricing/budget.h"

#include <string>
#include <utility>
#include <vector>

#include "common/errors.h"
#include "gtest/gtest.h"

namespace tunegate::pricing {
namespace {

std::vector<std::string> Refused(const v1::Budget& budget) {
  const ErrorDetails details = DetailsOf(CheckBudget(budget, "job.budget"));
  std::vector<std::string> fields;
  for (const auto& [field, what] : details.field_violations) fields.push_back(field);
  EXPECT_EQ(details.reason, fields.empty() ? "" : "INVALID_FIELD");
  return fields;
}

TEST(BudgetTest, NothingIsALimitlessBudgetAndAnyPositiveLimitIsGood) {
  EXPECT_TRUE(Refused({}).empty());
  v1::Budget budget;
  budget.set_max_calls(1);
  budget.set_max_tokens(1);
  budget.mutable_max_cost()->set_currency_code("USD");
  budget.mutable_max_cost()->set_micros(1);
  EXPECT_TRUE(Refused(budget).empty());
}

TEST(BudgetTest, EveryFaultIsToldByItsField) {
  v1::Budget budget;
  budget.set_max_calls(-1);
  budget.set_max_tokens(-1);
  budget.mutable_max_cost()->set_currency_code("EUR");
  budget.mutable_max_cost()->set_micros(-1);
  EXPECT_EQ(Refused(budget),
            (std::vector<std::string>{"job.budget.max_calls", "job.budget.max_tokens",
                                      "job.budget.max_cost.currency_code",
                                      "job.budget.max_cost.micros"}));
}

TEST(BudgetTest, ACostOfNothingIsNoBudget) {
  v1::Budget budget;
  budget.mutable_max_cost()->set_currency_code("USD");
  EXPECT_EQ(Refused(budget), std::vector<std::string>{"job.budget.max_cost.micros"});
}

}  // namespace
}  // namespace tunegate::pricing
