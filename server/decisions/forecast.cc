#include "server/decisions/forecast.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/report/cluster_book.h"
#include "common/evidence/report/figures.h"
#include "common/evidence/report/interval_method.h"
#include "common/statistics/parts_per_million.h"
#include "common/statistics/power.h"
#include "common/statistics/verdict_chances.h"

namespace tunegate::decisions {
namespace {

using evaluations::Count;
using evaluations::Points;

constexpr int64_t kMostExamples = 1'000'000;
// Searches enumerate at every size they try: beyond this one their answer would not be acted on.
constexpr int64_t kMostSearched = 20'000;
constexpr double kPower = 0.8;
constexpr double kUsualExtraDiscordance = 0.10;
constexpr double kRounding = 1e-9;

absl::Status Check(const ForecastInput& input) {
  std::vector<std::pair<std::string, std::string>> faults;
  const double baseline = input.baseline_accuracy;
  if (!(baseline >= 0 && baseline <= 1)) {
    faults.emplace_back("baseline_accuracy", "must be a share from 0 to 1, e.g. 0.86");
  }
  if (input.gain.has_value() && !(*input.gain >= -1 && *input.gain <= 1)) {
    faults.emplace_back("expected_gain", "must be a difference from -1 to 1, e.g. 0.10");
  }
  if (input.discordance.has_value() && !(*input.discordance >= 0 && *input.discordance <= 1)) {
    faults.emplace_back("discordance", "must be a share from 0 to 1, e.g. 0.20");
  } else if (input.discordance.has_value() && input.gain.has_value() &&
             *input.discordance < std::fabs(*input.gain) - kRounding) {
    faults.emplace_back("discordance",
                        "is smaller than the gain: examples that change sides make the gain");
  }
  if (input.example_count < 1 || input.example_count > kMostExamples) {
    faults.emplace_back("example_count", "must be 1 to 1,000,000");
  }
  if (faults.empty()) return absl::OkStatus();
  Error error =
      InvalidArgument("INVALID_FORECAST", absl::StrCat(faults[0].first, " ", faults[0].second));
  for (const auto& [field, fault] : faults) static_cast<void>(std::move(error).Field(field, fault));
  return error;
}

// The policy's accuracy criteria over all examples, as the enumeration takes them.
struct ForecastRule {
  stats::GoRule rule;
  v1::Policy::Basis basis = v1::Policy::BASIS_POINTS;
  bool has_improvement = false;
  bool has_accuracy = false;
};

// The target in points at this baseline.
double TargetPoints(const v1::Policy::Improvement& improvement, double baseline) {
  switch (improvement.basis()) {
    case v1::Policy::BASIS_RELATIVE:
      return improvement.target() * baseline;
    case v1::Policy::BASIS_ERROR_REDUCTION:
      return improvement.target() * (1 - baseline);
    default:
      return improvement.target();
  }
}

ForecastRule RuleOf(const v1::Policy& policy, double baseline) {
  ForecastRule found;
  found.rule.confidence = policy.confidence();
  // Without an improvement criterion any gain will do: a target that always holds.
  found.rule.target_ppm = -stats::kMillion;
  found.rule.superiority_margin_ppm = -stats::kMillion;
  for (const v1::Policy::Criterion& criterion : policy.criteria()) {
    if (criterion.metric() != "overall_accuracy" || !criterion.slice().empty()) continue;
    if (criterion.has_improvement() && !found.has_improvement) {
      found.has_improvement = true;
      found.basis = criterion.improvement().basis();
      found.rule.target_ppm =
          stats::ToPartsPerMillion(TargetPoints(criterion.improvement(), baseline));
      found.rule.superiority_margin_ppm =
          stats::ToPartsPerMillion(criterion.improvement().superiority_margin());
    } else if (criterion.has_at_least()) {
      found.has_accuracy = true;
      found.rule.accuracy_ppm = std::max(found.rule.accuracy_ppm.value_or(0),
                                         stats::ToPartsPerMillion(criterion.at_least()));
    }
  }
  return found;
}

// "10 points", "-2.5 points".
std::string PlainPoints(double gain) {
  std::string text = Points(gain);
  if (text[0] == '+') text.erase(0, 1);
  const size_t zero = text.find(".0 ");
  if (zero != std::string::npos) text.erase(zero, 2);
  return text;
}

std::string InfeasibleWords(const v1::Forecast& forecast, const ForecastRule& rule) {
  const int64_t n = forecast.example_count();
  const int64_t errors = n - std::llround(forecast.baseline_accuracy() * static_cast<double>(n));
  return absl::StrCat(
      "The baseline leaves no room: it is wrong on about ", Count(errors), " of ", Count(n),
      " examples, and the target of ",
      PlainPoints(stats::FromPartsPerMillion(rule.rule.target_ppm)), " needs ",
      Count(std::max<int64_t>(1, stats::CeilShare(rule.rule.target_ppm, n))),
      " more right. No candidate can pass; lower the target, or ask for fewer errors instead of "
      "points.");
}

std::string OddsWords(double probability) {
  const int64_t of_100 = std::llround(probability * 100);
  if (of_100 >= 100 && probability < 1) return "in more than 99 of 100 times";
  if (of_100 == 0 && probability > 0) return "less than once in 100 times";
  return absl::StrCat(of_100, " of 100 times");
}

std::string Words(const v1::Forecast& forecast, const v1::Policy& policy) {
  std::string words = absl::StrCat("a true gain of ", PlainPoints(forecast.expected_gain()),
                                   " ends in GO ", OddsWords(forecast.go_probability()),
                                   " at n = ", Count(forecast.example_count()), " (NO_GO ",
                                   OddsWords(forecast.no_go_probability()), ", INCONCLUSIVE ",
                                   OddsWords(forecast.inconclusive_probability()), ")");
  if (forecast.example_count() < policy.min_examples()) {
    absl::StrAppend(&words, "; the policy gives no GO below ", Count(policy.min_examples()),
                    " examples");
  }
  if (forecast.has_minimum_detectable_gain()) {
    absl::StrAppend(&words, "; the smallest true gain that ends in GO 80 of 100 times is ",
                    PlainPoints(forecast.minimum_detectable_gain()));
  } else {
    absl::StrAppend(&words, "; no true gain ends in GO 80 of 100 times");
  }
  if (forecast.has_examples_for_80_percent()) {
    absl::StrAppend(&words, "; 80 of 100 at this gain takes ",
                    Count(forecast.examples_for_80_percent()), " examples");
  } else if (forecast.go_probability() < kPower) {
    absl::StrAppend(&words, "; no number of examples makes it 80 of 100 at this gain");
  }
  const stats::DifferenceMethod method = evaluations::MethodOf(policy.interval());
  if (method != stats::DifferenceMethod::kTango) {
    absl::StrAppend(&words, "; by Tango's interval, from which ", stats::NameOf(method),
                    " differs little");
  }
  if (policy.cluster_key() != evaluations::kNoClusters) {
    absl::StrAppend(&words, "; where examples of a family are alike, they show less than this");
  }
  return words;
}

// A gain relative to nothing has no value, and a decision on it is open.
bool HasNoValue(const ForecastRule& rule, double baseline) {
  return rule.has_improvement && rule.basis == v1::Policy::BASIS_RELATIVE && baseline == 0;
}

// Without a GO below min_examples its chance is that of INCONCLUSIVE.
void FillChances(const stats::VerdictChances& chances, const v1::Policy& policy,
                 v1::Forecast& forecast) {
  const bool enough = forecast.example_count() >= policy.min_examples();
  forecast.set_go_probability(enough ? chances.go : 0);
  forecast.set_no_go_probability(chances.no_go);
  forecast.set_inconclusive_probability(chances.inconclusive + (enough ? 0 : chances.go));
}

void FillSearches(const stats::CellRates& rates, const ForecastRule& rule, const v1::Policy& policy,
                  v1::Forecast& forecast) {
  const int64_t n = forecast.example_count();
  if (n <= kMostSearched && n >= policy.min_examples()) {
    const auto least = stats::MinimumDetectableGain(n, rates.lost, forecast.baseline_accuracy(),
                                                    rule.rule, kPower);
    if (least.has_value()) forecast.set_minimum_detectable_gain(*least);
  }
  const auto examples = stats::ExamplesForGo(rates, rule.rule, kPower, kMostSearched);
  if (examples.has_value()) {
    forecast.set_examples_for_80_percent(std::max<int64_t>(*examples, policy.min_examples()));
  }
}

}  // namespace

absl::StatusOr<v1::Forecast> ForecastDecision(const ForecastInput& input) {
  TG_RETURN_IF_ERROR(Check(input));
  const double baseline = input.baseline_accuracy;
  const ForecastRule rule = RuleOf(input.policy, baseline);
  const double target = stats::FromPartsPerMillion(rule.rule.target_ppm);
  const double gain = input.gain.value_or(rule.has_improvement ? target : 0);
  const double discordance =
      input.discordance.value_or(std::min(1.0, std::fabs(gain) + kUsualExtraDiscordance));
  const stats::CellRates rates = stats::RatesForDiscordance(gain, discordance, baseline);

  v1::Forecast forecast;
  forecast.set_baseline_accuracy(baseline);
  forecast.set_example_count(input.example_count);
  forecast.set_expected_gain(gain);
  forecast.set_discordance(rates.gained + rates.lost);
  if (!rule.has_improvement && !rule.has_accuracy) {
    forecast.set_inconclusive_probability(1);
    forecast.set_explanation(
        "the policy has no criterion on overall accuracy over all examples: "
        "nothing can be forecast");
    return forecast;
  }
  if (HasNoValue(rule, baseline)) {
    forecast.set_inconclusive_probability(1);
    forecast.set_explanation(
        "the baseline got nothing right: a gain relative to 0 % has no value; ask for points");
    return forecast;
  }
  // As in the decision: errors fewer than ceil(target x n), here of the measured share. Of no
  // errors none can be removed.
  const int64_t n = input.example_count;
  const int64_t errors = std::llround((1 - baseline) * static_cast<double>(n));
  const int64_t least = rule.basis == v1::Policy::BASIS_ERROR_REDUCTION
                            ? std::max<int64_t>(1, stats::CeilShare(rule.rule.target_ppm, n))
                            : stats::CeilShare(rule.rule.target_ppm, n);
  forecast.set_infeasible(rule.has_improvement && errors < least);
  if (forecast.infeasible()) {
    forecast.set_no_go_probability(1);
    forecast.set_explanation(InfeasibleWords(forecast, rule));
    return forecast;
  }
  FillChances(stats::ChancesOf(n, rates, rule.rule), input.policy, forecast);
  FillSearches(rates, rule, input.policy, forecast);
  forecast.set_explanation(Words(forecast, input.policy));
  return forecast;
}

}  // namespace tunegate::decisions
