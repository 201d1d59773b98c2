#include "server/evaluations/run/batch_budget.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "server/evaluations/run/run_end.h"
#include "server/pricing/price_table.h"
#include "server/providers/failure.h"

namespace tunegate::evaluations {
namespace {

// So many answers of an arm say what its others will be like.
constexpr int64_t kEnoughToJudge = 20;
// An answer may be this much longer than the right one: other words, white space, a stray sentence.
constexpr int64_t kAnswerFactor = 2;
constexpr int64_t kAnswerMargin = 8;

int64_t RoundedUp(int64_t sum, int64_t count) { return (sum + count - 1) / count; }

void Add(const v1::Usage& more, v1::Usage& usage) {
  usage.set_calls(usage.calls() + more.calls());
  usage.set_input_tokens(usage.input_tokens() + more.input_tokens());
  usage.set_output_tokens(usage.output_tokens() + more.output_tokens());
}

v1::Usage Sum(int64_t calls, int64_t input_tokens, int64_t output_tokens) {
  v1::Usage usage;
  usage.set_calls(calls);
  usage.set_input_tokens(input_tokens);
  usage.set_output_tokens(output_tokens);
  return usage;
}

}  // namespace

BatchBudget::BatchBudget(const BatchBook* book, const store::v1::EvaluationRecord& record)
    : book_(*book),
      evaluation_(record.resource().name()),
      baseline_model_(record.baseline_model()),
      candidate_model_(record.candidate_model()),
      budget_(record.resource().budget()),
      baseline_(book->tally().UsageOf(kBaseline)),
      candidate_(book->tally().UsageOf(kCandidate)),
      other_calls_(record.unrecorded_attempts()) {}

v1::Usage BatchBudget::Estimate(Arm arm, const providers::ChatCall& call,
                                const datasets::Example& example) const {
  const v1::Usage& known = book_.tally().UsageOf(arm);
  if (known.calls() >= kEnoughToJudge) {
    return Sum(1, RoundedUp(known.input_tokens(), known.calls()),
               RoundedUp(known.output_tokens(), known.calls()));
  }
  auto bytes = static_cast<int64_t>(call.response_format.size());
  for (const auto& [role, content] : call.messages) bytes += static_cast<int64_t>(content.size());
  const auto right = static_cast<int64_t>(example.expected.size());
  int64_t answer = kAnswerFactor * pricing::EstimateTokens(right) + kAnswerMargin;
  if (call.max_output_tokens > 0) answer = std::min<int64_t>(answer, call.max_output_tokens);
  return Sum(1, pricing::EstimateTokens(bytes), answer);
}

bool BatchBudget::Take(Arm arm, const providers::ChatCall& call, const datasets::Example& example) {
  if (!limited()) return true;
  const v1::Usage before = Of(arm);
  Add(Estimate(arm, call, example), Of(arm));
  passed_ = PassedLimit();
  if (!passed_.has_value()) return true;
  Of(arm) = before;
  return false;
}

void BatchBudget::Count(Arm arm, const providers::ChatCall& call,
                        const datasets::Example& example) {
  if (limited()) Add(Estimate(arm, call, example), Of(arm));
}

std::optional<BatchBudget::Limit> BatchBudget::PassedLimit() const {
  v1::Usage total = baseline_;
  Add(candidate_, total);
  if (budget_.max_calls() > 0 && total.calls() + other_calls_ > budget_.max_calls()) {
    return Limit{absl::StrCat(budget_.max_calls(), " calls"), "--budget-calls N"};
  }
  const int64_t tokens = total.input_tokens() + total.output_tokens();
  if (budget_.max_tokens() > 0 && tokens > budget_.max_tokens()) {
    return Limit{absl::StrCat(budget_.max_tokens(), " tokens"), "--budget-tokens N"};
  }
  if (!budget_.has_max_cost() || !book_.prices().price) return std::nullopt;
  int64_t micros = 0;
  for (const auto& [model, usage] :
       {std::pair(&baseline_model_, &baseline_), std::pair(&candidate_model_, &candidate_)}) {
    if (usage->calls() == 0) continue;
    const std::optional<v1::Money> cost = book_.prices().price(*model, *usage);
    if (!cost.has_value()) return std::nullopt;  // what has no price has no limit
    micros += cost->micros();
  }
  if (micros <= budget_.max_cost().micros()) return std::nullopt;
  const double dollars = static_cast<double>(budget_.max_cost().micros()) / 1e6;
  return Limit{absl::StrFormat("%.6g USD", dollars), "--budget-usd AMOUNT"};
}

v1::Failure BatchBudget::Exhausted() const {
  const Limit limit = passed_.value_or(Limit{"this evaluation", ""});
  return providers::MakeFailure(
      "BUDGET_EXHAUSTED", absl::StrCat("another call might go beyond the budget of ", limit.text),
      absl::StrCat(ResumeCommand(evaluation_), " ", limit.flag));
}

}  // namespace tunegate::evaluations
