// The criteria one by one: figures, outcome, and why.
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/page.h"

namespace tunegate::evaluations::html {
namespace {

using v1::Decision;
using Criterion = v1::Policy::Criterion;

bool IsLatency(const Decision::CriterionResult& result) {
  return result.metric() == "latency_ratio";
}

std::string ArmFigure(const Decision::CriterionResult& result, bool has, double value) {
  if (!has) return "";
  return IsLatency(result) ? TimeOfSeconds(value) : Percent(value);
}

// What was judged, with its interval, as the rule reads it.
std::string Judged(const Criterion& criterion, const Decision::CriterionResult& result) {
  const v1::Estimate& observed = result.observed();
  if (!result.has_observed() || observed.sample_count() == 0) return "not measured";
  if (IsLatency(result)) {
    return absl::StrCat(Times(observed.value()), " (", Times(observed.lower()), " to ",
                        Times(observed.upper()), ")");
  }
  if (criterion.has_at_least()) return ShareWithInterval(observed);
  const std::string difference = DifferenceWithInterval(observed);
  switch (criterion.improvement().basis()) {
    case v1::Policy::BASIS_RELATIVE:
      return absl::StrCat(difference, " % relative");
    case v1::Policy::BASIS_ERROR_REDUCTION:
      return absl::StrCat(difference, " % of errors removed");
    default:
      return absl::StrCat(difference, " points");
  }
}

std::string Required(const Criterion& criterion, const Decision::CriterionResult& result) {
  if (IsLatency(result)) return absl::StrCat("below ", Times(result.required()));
  switch (criterion.rule_case()) {
    case Criterion::kImprovement:
      return absl::StrCat("at least ", SignedHundredths(result.required()));
    case Criterion::kAtLeast:
      return absl::StrCat("at least ", Percent(result.required()));
    default:
      return absl::StrCat("above ", SignedHundredths(result.required()));
  }
}

// An outcome is a word and a sign; its colour says nothing that these do not.
void WriteOutcome(Decision::Outcome outcome, Writer& w) {
  constexpr char kSign[] =
      "<svg viewBox=\"0 0 16 16\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" "
      "stroke-width=\"2.4\" stroke-linecap=\"round\" stroke-linejoin=\"round\">";
  switch (outcome) {
    case Decision::OUTCOME_PASS:
      w.Raw("<span class=\"out pass\">")
          .Raw(kSign)
          .Raw("<path d=\"M2.5 8.5l3.5 3.5L13.5 4\"/></svg>");
      w.Raw("PASS</span>");
      return;
    case Decision::OUTCOME_FAIL:
      w.Raw("<span class=\"out fail\">")
          .Raw(kSign)
          .Raw("<path d=\"M3.5 3.5l9 9M12.5 3.5l-9 9\"/></svg>");
      w.Raw("FAIL</span>");
      return;
    case Decision::OUTCOME_INFEASIBLE:
      w.Raw("<span class=\"out fail\">")
          .Raw(kSign)
          .Raw("<path d=\"M3.5 3.5l9 9M12.5 3.5l-9 9\"/></svg>");
      w.Raw("INFEASIBLE</span>");
      return;
    case Decision::OUTCOME_SKIPPED:
      w.Raw("<span class=\"out skip-outcome\">").Raw(kSign).Raw("<path d=\"M3 8h10\"/></svg>");
      w.Raw("SKIPPED</span>");
      return;
    default:
      w.Raw("<span class=\"out unsure\">").Raw(kSign).Raw("<path d=\"M3 6h10M3 10.5h10\"/></svg>");
      w.Raw("INCONCLUSIVE</span>");
  }
}

template <size_t N>
void Cell(const char (&label)[N], const std::string& text, Writer& w) {
  w.Raw("<td role=\"cell\"").Attribute("class", text.empty() ? "n empty" : "n");
  w.Attribute("data-label", label).Raw(">").Text(text.empty() ? "-" : text).Raw("</td>");
}

void WriteRow(const Criterion& criterion, const Decision::CriterionResult& result, Writer& w) {
  w.Raw("<tr role=\"row\" class=\"has-why\"><th scope=\"row\" role=\"rowheader\"><bdi>");
  w.Text(result.criterion_id()).Raw("</bdi><span class=\"of\"><bdi>");
  w.Text(MetricLabel(result.metric(), result.slice())).Raw("</bdi></span></th>");
  Cell("Baseline", ArmFigure(result, result.has_baseline(), result.baseline()), w);
  Cell("Candidate", ArmFigure(result, result.has_candidate(), result.candidate()), w);
  Cell("Judged", Judged(criterion, result), w);
  Cell("Required", Required(criterion, result), w);
  w.Raw("<td role=\"cell\" class=\"n\" data-label=\"Outcome\">");
  WriteOutcome(result.outcome(), w);
  w.Raw("</td></tr><tr role=\"row\" class=\"why\"><td role=\"cell\" colspan=\"6\"><bdi>");
  w.Text(result.explanation()).Raw("</bdi></td></tr>");
}

}  // namespace

void WriteCriteria(const Page& page, Writer& w) {
  if (page.decision == nullptr) return;
  const Decision& decision = *page.decision;
  w.Raw(
      "<section aria-labelledby=\"criteria\"><h2 id=\"criteria\">Criteria</h2><p>What the policy "
      "asks, and what the evidence says.</p>");
  w.Raw(
      "<table class=\"stack\" role=\"table\"><thead role=\"rowgroup\"><tr role=\"row\">"
      "<th scope=\"col\" role=\"columnheader\">Criterion</th>"
      "<th scope=\"col\" class=\"n\" role=\"columnheader\">Baseline</th>"
      "<th scope=\"col\" class=\"n\" role=\"columnheader\">Candidate</th>"
      "<th scope=\"col\" class=\"n\" role=\"columnheader\">Judged, with interval</th>"
      "<th scope=\"col\" class=\"n\" role=\"columnheader\">Required</th>"
      "<th scope=\"col\" class=\"n\" role=\"columnheader\">Outcome</th></tr></thead>"
      "<tbody role=\"rowgroup\">");
  for (int i = 0; i < decision.criteria_size() && i < decision.policy().criteria_size(); ++i) {
    WriteRow(decision.policy().criteria(i), decision.criteria(i), w);
  }
  w.Raw("</tbody></table></section>\n");
}

}  // namespace tunegate::evaluations::html
