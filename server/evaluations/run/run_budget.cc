#include "server/evaluations/run/run_budget.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/evaluations/run/run_end.h"
#include "server/providers/failure.h"

namespace tunegate::evaluations {
namespace {

// One limit: what is allowed, what was spent, and how people raise it.
struct Limit {
  int64_t most;
  int64_t spent;
  std::string text;  // "100 calls"
  std::string flag;  // "--budget-calls N"
};

std::vector<Limit> LimitsOf(const v1::Budget& budget, const v1::Usage& used) {
  std::vector<Limit> limits;
  if (budget.max_calls() > 0) {
    limits.push_back({budget.max_calls(), used.calls(), absl::StrCat(budget.max_calls(), " calls"),
                      "--budget-calls N"});
  }
  if (budget.max_tokens() > 0) {
    limits.push_back({budget.max_tokens(), used.input_tokens() + used.output_tokens(),
                      absl::StrCat(budget.max_tokens(), " tokens"), "--budget-tokens N"});
  }
  if (budget.has_max_cost() && used.has_cost()) {
    limits.push_back({budget.max_cost().micros(), used.cost().micros(),
                      absl::StrFormat("%.6g USD", budget.max_cost().micros() / 1e6),
                      "--budget-usd AMOUNT"});
  }
  return limits;
}

int64_t CallsWithin(const Limit& limit, int64_t answered, int64_t outstanding) {
  const int64_t left = limit.most - limit.spent;
  if (left <= 0) return 0;
  const double each =
      answered == 0 ? 1.0 : static_cast<double>(limit.spent) / static_cast<double>(answered);
  if (each <= 0) return kNoLimit;
  const double calls = static_cast<double>(left) / each;
  if (calls >= 1e18) return kNoLimit;
  return std::max<int64_t>(0, static_cast<int64_t>(calls) - outstanding);
}

}  // namespace

int64_t CallsWithin(const v1::Budget& budget, const v1::Usage& used, int64_t answered,
                    int64_t outstanding) {
  int64_t calls = kNoLimit;
  for (const Limit& limit : LimitsOf(budget, used)) {
    calls = std::min(calls, CallsWithin(limit, answered, outstanding));
  }
  return calls;
}

v1::Failure BudgetExhausted(const std::string& evaluation, const v1::Budget& budget,
                            const v1::Usage& used, int64_t answered) {
  for (const Limit& limit : LimitsOf(budget, used)) {
    if (CallsWithin(limit, answered, 0) > 0) continue;
    return providers::MakeFailure(
        "BUDGET_EXHAUSTED", absl::StrCat("another call might go beyond the budget of ", limit.text),
        absl::StrCat(ResumeCommand(evaluation), " ", limit.flag));
  }
  return providers::MakeFailure("BUDGET_EXHAUSTED", "the budget is used up",
                                ResumeCommand(evaluation));
}

}  // namespace tunegate::evaluations
