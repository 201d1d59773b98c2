#include "server/evaluations/run/run_tally.h"

namespace tunegate::evaluations {
namespace {

void AddTokens(const v1::Usage& from, v1::Usage& to) {
  to.set_calls(to.calls() + from.calls());
  to.set_input_tokens(to.input_tokens() + from.input_tokens());
  to.set_cached_input_tokens(to.cached_input_tokens() + from.cached_input_tokens());
  to.set_output_tokens(to.output_tokens() + from.output_tokens());
}

}  // namespace

void RunTally::Add(const store::v1::CallRecord& call, const Expected* expected) {
  ArmTally& arm = Of(call.arm());
  ++arm.recorded;
  v1::Usage usage;
  usage.set_calls(call.attempts());
  usage.set_input_tokens(call.input_tokens());
  usage.set_cached_input_tokens(call.cached_input_tokens());
  usage.set_output_tokens(call.output_tokens());
  AddTokens(usage, arm.usage);
  if (call.has_failure()) return;
  ++(call.reused_from().empty() ? arm.answered : arm.reused);
  if (grader_.Grade(*expected, call).overall_right) ++arm.right;
}

int64_t RunTally::recorded() const { return baseline_.recorded + candidate_.recorded; }

int64_t RunTally::answered() const { return baseline_.answered + candidate_.answered; }

int64_t RunTally::reused() const { return baseline_.reused + candidate_.reused; }

std::optional<double> RunTally::AccuracyOf(Arm arm) const {
  const ArmTally& tally = Of(arm);
  const int64_t graded = tally.answered + tally.reused;
  if (graded == 0) return std::nullopt;
  return static_cast<double>(tally.right) / static_cast<double>(graded);
}

const v1::Usage& RunTally::UsageOf(Arm arm) const { return Of(arm).usage; }

v1::Usage RunTally::Total(const store::v1::EvaluationRecord& record, const Prices& prices) const {
  v1::Usage total;
  bool priced = static_cast<bool>(prices.price);
  v1::Money cost;
  for (const Arm arm : {kBaseline, kCandidate}) {
    if (Of(arm).recorded == 0) continue;
    AddTokens(UsageOf(arm), total);
    if (!priced) continue;
    const std::string& model =
        arm == kCandidate ? record.candidate_model() : record.baseline_model();
    const std::optional<v1::Money> money = prices.price(model, UsageOf(arm));
    priced = money.has_value();
    if (!priced) continue;
    cost.set_currency_code(money->currency_code());
    cost.set_micros(cost.micros() + money->micros());
  }
  if (priced && recorded() > 0) {
    *total.mutable_cost() = cost;
    total.set_price_table(prices.table);
  }
  total.set_calls(total.calls() + record.unrecorded_attempts());
  total.set_maybe_repeated_calls(record.baseline_maybe_repeated_calls() +
                                 record.candidate_maybe_repeated_calls());
  return total;
}

}  // namespace tunegate::evaluations
