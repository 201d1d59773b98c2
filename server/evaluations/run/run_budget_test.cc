#include "server/evaluations/run/run_budget.h"

#include "gtest/gtest.h"

namespace tunegate::evaluations {
namespace {

v1::Usage Used(int64_t calls, int64_t tokens, int64_t micros = 0) {
  v1::Usage usage;
  usage.set_calls(calls);
  usage.set_input_tokens(tokens);
  if (micros > 0) usage.mutable_cost()->set_micros(micros);
  return usage;
}

v1::Budget Calls(int64_t calls) {
  v1::Budget budget;
  budget.set_max_calls(calls);
  return budget;
}

TEST(RunBudgetTest, WithoutLimitsThereIsNone) {
  EXPECT_EQ(CallsWithin(v1::Budget(), Used(100, 100), 100, 5), kNoLimit);
}

TEST(RunBudgetTest, CallsOnTheirWayAreCountedOff) {
  EXPECT_EQ(CallsWithin(Calls(10), Used(0, 0), 0, 0), 10);
  EXPECT_EQ(CallsWithin(Calls(10), Used(4, 0), 4, 3), 3);
  EXPECT_EQ(CallsWithin(Calls(10), Used(4, 0), 4, 8), 0);
}

TEST(RunBudgetTest, RetriesAreExpectedToGoOn) {
  // Every call took two attempts so far.
  EXPECT_EQ(CallsWithin(Calls(100), Used(40, 0), 20, 0), 30);
}

TEST(RunBudgetTest, TokensReachAsFarAsTheAverageSays) {
  v1::Budget budget;
  budget.set_max_tokens(10'000);
  EXPECT_EQ(CallsWithin(budget, Used(10, 5'000), 10, 0), 10);
  EXPECT_EQ(CallsWithin(budget, Used(10, 5'000), 10, 4), 6);
  EXPECT_EQ(CallsWithin(budget, Used(20, 9'999), 20, 0), 0);
}

TEST(RunBudgetTest, MoneyCountsOnlyWhereThereIsAPrice) {
  v1::Budget budget;
  budget.mutable_max_cost()->set_micros(1'000'000);
  EXPECT_EQ(CallsWithin(budget, Used(10, 100), 10, 0), kNoLimit);
  EXPECT_EQ(CallsWithin(budget, Used(10, 100, 500'000), 10, 0), 10);
}

TEST(RunBudgetTest, TheTightestLimitCounts) {
  v1::Budget budget = Calls(1'000);
  budget.set_max_tokens(1'000);
  EXPECT_EQ(CallsWithin(budget, Used(5, 500), 5, 0), 5);
}

TEST(RunBudgetTest, TheFailureNamesTheLimitAndTheFlagThatRaisesIt) {
  v1::Budget budget = Calls(1'000);
  budget.mutable_max_cost()->set_micros(2'500'000);
  const v1::Failure money = BudgetExhausted("evaluations/x", budget, Used(10, 100, 2'500'000), 10);
  EXPECT_EQ(money.reason(), "BUDGET_EXHAUSTED");
  EXPECT_NE(money.message().find("2.5 USD"), std::string::npos);
  EXPECT_EQ(money.remedy(), "tunegate eval resume evaluations/x --budget-usd AMOUNT");
  const v1::Failure calls = BudgetExhausted("evaluations/x", Calls(10), Used(10, 100), 10);
  EXPECT_EQ(calls.remedy(), "tunegate eval resume evaluations/x --budget-calls N");
}

}  // namespace
}  // namespace tunegate::evaluations
