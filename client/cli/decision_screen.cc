#include "client/cli/decision_screen.h"

#include <algorithm>

#include "client/cli/criteria_text.h"
#include "client/cli/event_text.h"
#include "client/cli/facts.h"
#include "client/cli/format.h"
#include "client/cli/printable.h"
#include "client/cli/variant_text.h"

namespace tunegate::cli {
namespace {

using v1::Decision;
using v1::Report;

// Where the policy names none.
constexpr double kDefaultConfidence = 0.95;

std::string Meaning(Decision::Verdict verdict) {
  switch (verdict) {
    case Decision::VERDICT_GO:
      return "GO: the candidate may ship";
    case Decision::VERDICT_NO_GO:
      return "NO_GO: keep the baseline";
    case Decision::VERDICT_INCONCLUSIVE:
      return "INCONCLUSIVE: keep the baseline";
    default:
      return "not decided";
  }
}

const Report::Metric* FindMetric(const DecisionView& view, std::string_view id) {
  if (!view.evaluation) return nullptr;
  for (const Report::Metric& metric : view.evaluation->report().metrics()) {
    if (metric.id() == id && metric.slice().empty()) return &metric;
  }
  return nullptr;
}

void PrintHeader(std::ostream& out, const Terminal& terminal, const Decision& decision) {
  const std::string verdict = VerdictText(decision.effective_verdict());
  Line line(decision.name().empty() ? "decision (not stored)" : decision.name(), Style::kStrong);
  line.PadTo(36).Add(Meaning(decision.effective_verdict()), StyleOfState(verdict));
  if (decision.has_create_time()) line.PadTo(79).Add(DateAndTime(ToTime(decision.create_time())));
  out << line.Render(terminal) << "\n";
}

void AddWho(const DecisionView& view, Facts& facts) {
  const Decision& decision = view.decision;
  const Report report = view.evaluation ? view.evaluation->report() : Report();
  facts.Add("task", decision.task() + "   evaluation " + decision.evaluation());
  facts.Add("policy",
            "sha256 " + decision.policy_digest().substr(0, 12) +
                (decision.post_hoc() ? ", post hoc: not the one frozen before the first call"
                                     : ", frozen before the first call"));
  facts.Add("baseline",
            DescribeVariant(decision.baseline(), report.baseline_usage().answering_models()));
  facts.Add("candidate",
            DescribeVariant(decision.candidate(), report.candidate_usage().answering_models()));
  if (!view.evaluation) return;
  std::string test =
      view.evaluation->dataset() + ", " + Counted(decision.example_count(), "example");
  if (view.dataset) {
    test += ", opened " + Counted(view.dataset->opening_count(), "time");
    test += view.dataset->provider_files().empty() ? "; not uploaded anywhere" : "; UPLOADED";
  }
  facts.Add("test set", test);
}

// "24 gained, 2 lost (tunegate eval results ... --changed)" and the three ways to count the gain.
void AddGain(const DecisionView& view, Facts& facts) {
  const Report::Metric* overall = FindMetric(view, "overall_accuracy");
  if (overall == nullptr || !overall->has_paired()) return;
  const Report::Paired& paired = overall->paired();
  std::string as = Points(paired.points().value());
  if (paired.has_relative()) {
    std::string relative = Points(paired.relative().value());
    as += "  =  " + relative.substr(0, relative.find(" points")) + " % relative";
  }
  if (paired.has_error_reduction()) {
    as += "  =  " + ShortPercent(paired.error_reduction().value()) + " of errors removed";
  }
  facts.Add("as", as);
  facts.Add("changed", Count(paired.gained()) + " gained, " + Count(paired.lost()) + " lost, p " +
                           PValue(paired.p_mid()) + " (mid-p): tunegate eval results " +
                           view.decision.evaluation() + " --changed");
}

// The slice where the candidate does worst: an average hides it.
void AddWorstSlice(const DecisionView& view, Facts& facts) {
  if (!view.evaluation) return;
  const Report::Metric* worst = nullptr;
  for (const Report::Metric& metric : view.evaluation->report().metrics()) {
    if (metric.id() != "overall_accuracy" || metric.slice().empty()) continue;
    if (!metric.has_candidate() || metric.candidate().sample_count() < 5) continue;
    if (worst == nullptr || metric.candidate().value() < worst->candidate().value())
      worst = &metric;
  }
  if (worst == nullptr) return;
  const v1::Estimate& share = worst->candidate();
  const auto right =
      static_cast<int64_t>(share.value() * static_cast<double>(share.sample_count()) + 0.5);
  facts.Add("worst slice", worst->slice() + " " + Percent(share.value()) + " (" + Count(right) +
                               " of " + Count(share.sample_count()) + ")");
}

void AddSettling(const Decision& decision, Facts& facts) {
  for (const auto& result : decision.criteria()) {
    if (result.outcome() != Decision::OUTCOME_INCONCLUSIVE) continue;
    facts.Add("settle",
              result.has_examples_needed()
                  ? "about " + Counted(result.examples_needed(), "example") + " would settle " +
                        result.criterion_id() + " at this figure"
                  : "no number of examples settles " + result.criterion_id() + " at this figure");
  }
}

void AddOverrides(const Decision& decision, Facts& facts) {
  for (const auto& entry : decision.overrides()) {
    facts.Add("override",
              VerdictText(entry.verdict()) + " by " + entry.actor() + ", " +
                  DateAndTime(ToTime(entry.time())) + ": \"" + entry.reason() + "\"",
              Style::kWarning);
  }
  if (decision.effective_verdict() != decision.verdict()) {
    facts.Add("computed", VerdictText(decision.verdict()) + ", before the override");
  }
}

std::string NextStep(const Decision& decision) {
  if (!decision.next_step().empty()) return decision.next_step();
  return "tunegate eval report " + decision.evaluation() + " -o report.html";
}

}  // namespace

void PrintCriteria(std::ostream& out, const Terminal& terminal, const DecisionView& view) {
  const double confidence = view.decision.policy().confidence();
  const std::string difference =
      "difference, " + ShortPercent(confidence > 0 ? confidence : kDefaultConfidence);
  Table table({{.title = "criterion", .yields = true},
               {"baseline", true},
               {"candidate", true},
               {difference},
               {"required"},
               {"outcome"}});
  for (const auto& result : view.decision.criteria()) {
    const CriterionRow row = DescribeCriterion(result, view);
    table.Row({row.label, row.baseline, row.candidate, row.difference, row.required,
               Line(row.outcome, StyleOfState(row.outcome))});
  }
  table.PrintAligned(out, terminal, 2);
}

void PrintDecision(std::ostream& out, const Terminal& terminal, const DecisionView& view) {
  PrintHeader(out, terminal, view.decision);
  Facts who;
  AddWho(view, who);
  who.Print(out, terminal);
  out << "\n";
  PrintCriteria(out, terminal, view);
  out << "\n";
  Facts facts;
  facts.Add("why", view.decision.explanation());
  AddGain(view, facts);
  AddWorstSlice(view, facts);
  AddSettling(view.decision, facts);
  AddOverrides(view.decision, facts);
  facts.Add("next", NextStep(view.decision));
  facts.Print(out, terminal);
}

void PrintVerdict(std::ostream& out, Decision::Verdict verdict) {
  out << "verdict: " << VerdictText(verdict) << "\n";
}

Table DecisionTable(const google::protobuf::RepeatedPtrField<Decision>& decisions) {
  Table table(
      {{"NAME"}, {"VERDICT"}, {"CANDIDATE"}, {"EVALUATION"}, {"EXAMPLES", true}, {"CREATED"}});
  for (const Decision& decision : decisions) {
    const std::string verdict = VerdictText(decision.effective_verdict());
    Line cell(verdict, StyleOfState(verdict));
    if (!decision.overrides().empty()) cell.Add(" (override)");
    table.Row({decision.name(), cell, decision.candidate().model(), decision.evaluation(),
               std::to_string(decision.example_count()),
               DateAndTime(ToTime(decision.create_time()))});
  }
  return table;
}

std::string ForecastText(const v1::Forecast& forecast) {
  if (forecast.infeasible())
    return "the baseline leaves no room for the target: " + forecast.explanation();
  const auto of_100 = static_cast<int64_t>(forecast.go_probability() * 100 + 0.5);
  std::string gain = Points(forecast.expected_gain());
  if (gain.starts_with("+")) gain.erase(0, 1);
  return "a true gain of " + gain + " ends in GO " + Count(of_100) +
         " of 100 times at n = " + Count(forecast.example_count());
}

void PrintForecast(std::ostream& out, const Terminal& terminal, const v1::Forecast& forecast) {
  Facts facts(0);
  facts.Add("assumed", "baseline " + Percent(forecast.baseline_accuracy()) + " right, true gain " +
                           Points(forecast.expected_gain()) + ", " +
                           Percent(forecast.discordance()) + " change sides, " +
                           Counted(forecast.example_count(), "example"));
  facts.Add("forecast", "GO " + Percent(forecast.go_probability()) + "   NO_GO " +
                            Percent(forecast.no_go_probability()) + "   INCONCLUSIVE " +
                            Percent(forecast.inconclusive_probability()));
  if (forecast.infeasible()) {
    facts.Add("infeasible", "the baseline leaves no room for the target", Style::kBad);
  }
  facts.Add("gain for 80 %", forecast.has_minimum_detectable_gain()
                                 ? Points(forecast.minimum_detectable_gain()) + " at this n"
                                 : "no true gain ends in GO 80 times of 100 at this n");
  facts.Add("n for 80 %",
            forecast.has_examples_for_80_percent()
                ? Counted(forecast.examples_for_80_percent(), "example") + " at this gain"
                : "no number of examples does at this gain");
  facts.Add("in words", forecast.explanation());
  facts.Print(out, terminal);
}

Ending EndingOf(Decision::Verdict verdict) {
  if (verdict == Decision::VERDICT_NO_GO) return Ending::kNoGo;
  if (verdict == Decision::VERDICT_INCONCLUSIVE) return Ending::kInconclusive;
  return Ending::kDone;
}

}  // namespace tunegate::cli
