// An evaluation's figures in a terminal: shares, response times, examples. The whole of it is in
// the HTML report.
#include "client/cli/evaluation_screen.h"
#include "client/cli/evidence_text.h"
#include "client/cli/format.h"
#include "client/cli/printable.h"
#include "client/cli/spent_text.h"

namespace tunegate::cli {
namespace {

using v1::Report;
using v1::Result;

// "69.0 (59.4 to 77.2)": the column's title has the unit.
std::string ShareText(const v1::Estimate& share) {
  std::string percent = Percent(share.value());
  percent.erase(percent.find(" %"));
  return percent + " " + PercentInterval(share);
}

std::string DifferenceText(const v1::Estimate& points) {
  std::string difference = Points(points.value());
  difference.erase(difference.find(" points"));
  return difference + " " + PointsInterval(points);
}

Table MetricTable(const Report& report) {
  Table table({{.title = "metric", .yields = true},
               {.title = "baseline, %"},
               {.title = "candidate, %"},
               {.title = "difference, points"},
               {.title = "p"}});
  for (const Report::Metric& metric : report.metrics()) {
    if (!metric.slice().empty()) continue;
    const bool paired = metric.has_paired();
    table.Row({metric.id(), ShareText(metric.baseline()),
               metric.has_candidate() ? ShareText(metric.candidate()) : "-",
               paired ? DifferenceText(metric.paired().points()) : "-",
               paired ? PValue(metric.paired().p_mid()) : "-"});
  }
  return table;
}

std::string TimesText(const Report::Latency& latency) {
  if (latency.count() == 0) return "";
  std::string text =
      "mean " + ResponseTime(latency.mean()) + ", median " + ResponseTime(latency.p50());
  // Of few calls they would be guesses, and the report has none.
  if (latency.has_p95()) text += ", 95 % " + ResponseTime(latency.p95());
  if (latency.has_p99()) text += ", 99 % " + ResponseTime(latency.p99());
  return text;
}

std::string ArmText(const Report::ArmUsage& arm) {
  std::string text = TimesText(arm.response_time());
  text += (text.empty() ? "" : "; ") + Count(arm.retries()) + " retried, " + Count(arm.failed()) +
          " failed";
  if (arm.reused() > 0) text += ", " + Count(arm.reused()) + " taken from earlier evaluations";
  const std::string spent = SpentText(arm.usage());
  return spent.empty() ? text : text + "; " + spent;
}

// "right", "wrong", "refused" ... with the answer itself.
void AddAnswer(std::string_view who, const Result::Answer& answer, Facts& facts) {
  std::string word = answer.overall_right() ? "right" : "wrong";
  if (!answer.failure().reason().empty()) {
    word = "missing (" + answer.failure().reason() + ")";
  } else if (answer.refused()) {
    word = "refused";
  } else if (!answer.json_valid()) {
    word = "wrong (no JSON)";
  } else if (!answer.schema_valid()) {
    word = "wrong (schema)";
  }
  facts.Add(who, word + "  " + answer.text(), answer.overall_right() ? Style::kGood : Style::kBad);
}

// What is assured, before the table: the figure that people look for.
void PrintGain(std::ostream& out, const Terminal& terminal, const v1::Report& report) {
  const Report::Metric* overall = FindMetric(report, "overall_accuracy");
  if (overall == nullptr || !overall->has_paired()) return;
  Facts facts(0);
  facts.Add("gain", AssuredGainText(report, overall->paired().points().lower()), Style::kStrong);
  facts.Print(out, terminal);
}

}  // namespace

void PrintReport(std::ostream& out, const Terminal& terminal, const v1::Evaluation& evaluation) {
  if (!evaluation.has_report()) return;
  const Report& report = evaluation.report();
  PrintGain(out, terminal, report);
  out << "\n";
  MetricTable(report).PrintAligned(out, terminal, 2);
  out << "\n";
  Facts facts;
  facts.Add("examples", ExamplesText(report) + "; intervals in parentheses");
  AddChanges(report, facts);
  AddWorstSlices(report, facts);
  AddScores(report, facts);
  AddCalibrations(report, facts);
  facts.Add("baseline", ArmText(report.baseline_usage()));
  if (report.has_candidate_usage()) facts.Add("candidate", ArmText(report.candidate_usage()));
  if (evaluation.mode() == v1::Evaluation::MODE_BATCH) {
    facts.Add("times", "not measured: asked in a batch");
  } else if (report.has_latency_ratio()) {
    facts.Add("time ratio", Factor(report.latency_ratio().value()) + " " +
                                FactorInterval(report.latency_ratio()));
  }
  for (const std::string& warning : report.warnings()) {
    facts.Add("warning", warning, Style::kWarning);
  }
  facts.Print(out, terminal);
}

std::vector<Line> ResultLines(const Result& result, int columns) {
  Line head(result.example_id(), Style::kStrong);
  if (result.repeat() > 0) head.Add("  repeat " + Count(result.repeat()));
  if (result.changed()) {
    const bool gained = result.candidate().overall_right();
    head.Add("  ").Add(gained ? "gained" : "lost", gained ? Style::kGood : Style::kBad);
  }
  std::vector<Line> lines = {head};
  Facts facts;
  facts.Add("query", result.query()).Add("expected", result.expected());
  AddAnswer("baseline", result.baseline(), facts);
  if (result.has_candidate()) AddAnswer("candidate", result.candidate(), facts);
  for (Line& line : facts.Lines(columns)) lines.push_back(std::move(line));
  return lines;
}

}  // namespace tunegate::cli
