#include "client/cli/criteria_text.h"

#include <cmath>

#include "client/cli/event_text.h"
#include "client/cli/format.h"

namespace tunegate::cli {
namespace {

using v1::Decision;
using v1::Policy;

// The rule that a result was judged by. Its policy says; an unknown one is judged as it looks.
Policy::Criterion FindRule(const Decision::CriterionResult& result, const Decision& decision) {
  for (const Policy::Criterion& criterion : decision.policy().criteria()) {
    if (criterion.id() == result.criterion_id()) return criterion;
  }
  Policy::Criterion unknown;
  unknown.set_metric(result.metric());
  return unknown;
}

std::string Label(const Policy::Criterion& rule, const Decision::CriterionResult& result) {
  const std::string& metric = result.metric();
  std::string label = metric;
  if (metric == "overall_accuracy") {
    label = rule.has_at_least() ? "absolute accuracy" : "overall accuracy";
  } else if (metric == "schema_valid_rate") {
    label = "schema-valid answers";
  } else if (metric == "json_valid_rate") {
    label = "JSON-valid answers";
  } else if (metric == "latency_ratio") {
    label = "median response time";
  } else if (metric.ends_with(".accuracy")) {
    label = metric.substr(0, metric.size() - 9) + " accuracy";
  }
  if (!result.slice().empty()) label += ", " + result.slice();
  return label;
}

std::string Joined(const std::string& value, const std::string& interval) {
  return interval.empty() ? value : value + " " + interval;
}

// "10" of 0.10, "2.5" of 0.025.
std::string PointsNumber(double share) { return Figure(std::round(share * 1000) / 10); }

void FillImprovement(const Policy::Improvement& rule, const v1::Estimate& observed,
                     CriterionRow& row) {
  // The same figures, counted differently: the unit says which.
  std::string unit = "points";
  if (rule.basis() == Policy::BASIS_RELATIVE) unit = "% relative";
  if (rule.basis() == Policy::BASIS_ERROR_REDUCTION) unit = "% of errors";
  std::string value = Points(observed.value());
  value.replace(value.find("points"), 6, unit);
  row.difference = Joined(value, PointsInterval(observed));
  row.required = ">= +" + PointsNumber(rule.target()) + (unit == "points" ? "" : " %");
}

// Non-inferiority is asked of the interval's bad end, so of all of it.
void FillNoWorse(double margin, const Decision::CriterionResult& result, CriterionRow& row) {
  if (result.metric() == "latency_ratio") {
    row.difference = Joined(Factor(result.observed().value()), FactorInterval(result.observed()));
    row.required = "all < " + Factor(1 + margin);
    return;
  }
  row.difference = Joined(Points(result.observed().value()), PointsInterval(result.observed()));
  row.required = "all > -" + PointsNumber(margin);
}

// Medians of the report: a ratio alone does not say whether anybody waits.
void FillTimes(const DecisionView& view, CriterionRow& row) {
  if (!view.evaluation || !view.evaluation->has_report()) return;
  const v1::Report& report = view.evaluation->report();
  if (report.baseline_usage().response_time().count() > 0) {
    row.baseline = ResponseTime(report.baseline_usage().response_time().p50());
  }
  if (report.candidate_usage().response_time().count() > 0) {
    row.candidate = ResponseTime(report.candidate_usage().response_time().p50());
  }
}

}  // namespace

CriterionRow DescribeCriterion(const Decision::CriterionResult& result, const DecisionView& view) {
  const Policy::Criterion rule = FindRule(result, view.decision);
  CriterionRow row;
  row.label = Label(rule, result);
  row.outcome = EnumText(*Decision::Outcome_descriptor(), result.outcome(), "OUTCOME_");
  row.baseline = row.candidate = row.difference = row.required = "-";
  if (result.metric() == "latency_ratio") {
    FillTimes(view, row);
  } else {
    if (result.has_baseline()) row.baseline = Percent(result.baseline());
    if (result.has_candidate()) row.candidate = Percent(result.candidate());
  }
  switch (rule.rule_case()) {
    case Policy::Criterion::kImprovement:
      FillImprovement(rule.improvement(), result.observed(), row);
      break;
    case Policy::Criterion::kAtLeast:
      row.difference = PercentInterval(result.observed());
      row.required = ">= " + ShortPercent(rule.at_least());
      break;
    case Policy::Criterion::kNoWorseThan:
      FillNoWorse(rule.no_worse_than(), result, row);
      break;
    case Policy::Criterion::RULE_NOT_SET:
      row.difference = Figure(result.observed().value());
      row.required = Figure(result.required());
      break;
  }
  // Nothing was observed: figures would be zeros that nobody measured.
  if (result.outcome() == Decision::OUTCOME_SKIPPED || !result.has_observed()) row.difference = "-";
  return row;
}

}  // namespace tunegate::cli
