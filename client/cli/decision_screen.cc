#include "client/cli/decision_screen.h"

#include <algorithm>

#include "client/cli/criteria_text.h"
#include "client/cli/event_text.h"
#include "client/cli/evidence_text.h"
#include "client/cli/facts.h"
#include "client/cli/format.h"
#include "client/cli/printable.h"
#include "client/cli/variant_text.h"
#include "common/evidence/verdict/explanation.h"

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

void PrintHeader(std::ostream& out, const Terminal& terminal, const Decision& decision) {
  const std::string verdict = VerdictText(decision.effective_verdict());
  Line line(decision.name().empty() ? "decision (not stored)" : decision.name(), Style::kStrong);
  line.PadTo(36).Add(Meaning(decision.effective_verdict()), StyleOfState(verdict));
  if (decision.has_create_time()) line.PadTo(79).Add(DateAndTime(ToTime(decision.create_time())));
  out << line.Render(terminal) << "\n";
}

double PolicyConfidence(const Decision& decision) {
  const double confidence = decision.policy().confidence();
  return confidence > 0 ? confidence : kDefaultConfidence;
}

void AddWho(const DecisionView& view, Facts& facts) {
  const Decision& decision = view.decision;
  const Report report = view.evaluation ? view.evaluation->report() : Report();
  const std::string assured = AssuredGainText(report, decision.assured_gain());
  facts.Add("gain", assured.empty() ? Points(decision.assured_gain()) + " assured" : assured,
            Style::kStrong);
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
  std::string test = view.evaluation->dataset() + ", " + ExamplesText(report);
  const int look = std::max(decision.look(), view.evaluation->look());
  if (look > 0) test += ", " + LookText(look, PolicyConfidence(decision));
  const std::string others = RelatedText(*view.evaluation);
  if (!others.empty()) test += ", " + others;
  if (view.dataset) {
    test += ", opened " + Counted(view.dataset->opening_count(), "time");
    test += view.dataset->provider_files().empty() ? "; not uploaded anywhere" : "; UPLOADED";
  }
  facts.Add("test set", test);
}

// "24 gained, 2 lost (tunegate eval results ... --changed)" and the three ways to count the gain.
void AddGain(const DecisionView& view, Facts& facts) {
  if (!view.evaluation) return;
  const Report& report = view.evaluation->report();
  const Report::Metric* overall = FindMetric(report, "overall_accuracy");
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
  AddChanges(report, facts);
  AddWorstSlices(report, facts);
}

// Without the criteria's own words: what would settle those that are open.
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

// Why, a line a criterion that decided; then how near it is, and what would settle it.
void AddReasons(const Decision& decision, Facts& facts) {
  const decisions::ExplanationParts parts = decisions::TakeApart(decision);
  facts.Add("why", parts.opening);
  for (const decisions::Reason& reason : parts.reasons) {
    facts.Add("", reason.name + ": " + std::string(reason.sentences.front()));
  }
  facts.Add("", parts.rest);
  if (parts.reasons.empty()) return AddSettling(decision, facts);
  for (const decisions::Reason& reason : parts.reasons) {
    std::string settle;
    for (size_t i = 1; i < reason.sentences.size(); ++i) {
      if (decisions::SaysHowNear(reason.sentences[i])) {
        facts.Add("near", reason.sentences[i], Style::kStrong);
      } else {
        settle += (settle.empty() ? "" : " ") + std::string(reason.sentences[i]);
      }
    }
    facts.Add("settle", settle);
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
    facts.Add("computed",
              VerdictText(decision.verdict()) + (decision.overrides().empty()
                                                     ? ", exploratory: by a policy made afterwards"
                                                     : ", before the override"));
  }
}

// The beginnings of the digests, as the certificates' files say them in full.
void AddCertificate(const Decision& decision, Facts& facts) {
  if (decision.certificate_digest().empty()) return;
  const std::string& previous = decision.previous_certificate_digest();
  facts.Add("certificate",
            "sha256 " + decision.certificate_digest().substr(0, 12) +
                (previous.empty() ? ", the first" : ", follows " + previous.substr(0, 12)) +
                ": tunegate decision certificate " + decision.name());
}

std::string NextStep(const Decision& decision) {
  if (!decision.next_step().empty()) return decision.next_step();
  return "tunegate eval report " + decision.evaluation() + " -o report.html";
}

}  // namespace

void PrintCriteria(std::ostream& out, const Terminal& terminal, const DecisionView& view) {
  // A later look is judged with more than the policy's.
  double confidence = PolicyConfidence(view.decision);
  for (const auto& result : view.decision.criteria()) {
    confidence = std::max(confidence, result.observed().confidence());
  }
  const std::string difference = "difference, " + ShortPercent(confidence);
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
  AddReasons(view.decision, facts);
  AddGain(view, facts);
  AddOverrides(view.decision, facts);
  AddCertificate(view.decision, facts);
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
