// The criteria one by one: what was judged against what is required as a drawing and in figures,
// the outcome, and why.
#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/drawing.h"
#include "server/evaluations/html/page.h"
#include "server/evaluations/html/words.h"

namespace tunegate::evaluations::html {
namespace {

using v1::Decision;
using Criterion = v1::Policy::Criterion;

bool IsLatency(const Decision::CriterionResult& result) {
  return result.metric() == "latency_ratio";
}

bool WasMeasured(const Decision::CriterionResult& result) {
  return result.has_observed() && result.observed().sample_count() > 0;
}

std::string ArmFigure(const Decision::CriterionResult& result, bool has, double value) {
  if (!has) return "";
  return IsLatency(result) ? TimeOfSeconds(value) : Percent(value);
}

// What was judged, as the rule reads it: the figure and its interval.
struct JudgedText {
  std::string value;
  std::string interval;
};

JudgedText Judged(const Criterion& criterion, const Decision::CriterionResult& result) {
  const v1::Estimate& observed = result.observed();
  if (!WasMeasured(result)) return {"not measured", ""};
  const auto text = [&](auto figure, std::string_view unit) {
    const std::string value = absl::StrCat(figure(observed.value()), std::string(unit));
    if (observed.confidence() == 0) return JudgedText{value, ""};
    return JudgedText{value,
                      absl::StrCat(figure(observed.lower()), " to ", figure(observed.upper()))};
  };
  if (IsLatency(result)) return text(Times, "");
  if (criterion.has_at_least()) return text([](double share) { return Percent(share); }, "");
  const auto points = [](double share) { return SignedHundredths(share); };
  switch (criterion.improvement().basis()) {
    case v1::Policy::BASIS_RELATIVE:
      return text(points, " % relative");
    case v1::Policy::BASIS_ERROR_REDUCTION:
      return text(points, " % of errors removed");
    default:
      return text(points, " points");
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

// The required value as short as a tick of an axis.
std::string RequiredTick(const Criterion& criterion, const Decision::CriterionResult& result) {
  if (IsLatency(result)) return Times(result.required());
  return criterion.has_at_least() ? Percent(result.required(), 0)
                                  : SignedHundredths(result.required(), 0);
}

// The row's own axis: what is required, what no difference would be, and the interval all fit.
Scale ScaleOf(const Criterion& criterion, const Decision::CriterionResult& result) {
  const v1::Estimate& observed = result.observed();
  const auto finite = [&](double value) { return std::isfinite(value) ? value : observed.value(); };
  double low = std::min(result.required(), finite(observed.lower()));
  double high = std::max(result.required(), finite(observed.upper()));
  if (!criterion.has_at_least()) {
    const double same = IsLatency(result) ? 1 : 0;
    low = std::min(low, same);
    high = std::max(high, same);
  }
  const double room = std::max(1e-3, (high - low) * 0.1);
  return Scale(low - room, high + room);
}

// The side that passes is tinted; the dashed line is what is required.
void DrawAgainstRequired(const Criterion& criterion, const Decision::CriterionResult& result,
                         Writer& w) {
  if (!WasMeasured(result)) return;
  const v1::Estimate& observed = result.observed();
  const JudgedText judged = Judged(criterion, result);
  const Scale scale = ScaleOf(criterion, result);
  const double required = scale.X(result.required());
  OpenDrawing({absl::StrCat(result.criterion_id(), " against what is required"),
               absl::StrCat("Judged ", judged.value, ", interval ", judged.interval, "; required ",
                            Required(criterion, result), ".")},
              44, w);
  w.Raw("<rect class=\"pass-zone\" y=\"2\" height=\"26\"");
  w.PercentAttribute("x", IsLatency(result) ? 0 : required);
  w.PercentAttribute("width", IsLatency(result) ? required : 100 - required).Raw("/>");
  if (!criterion.has_at_least()) {
    VerticalLine("grid", scale.X(IsLatency(result) ? 1 : 0), 2, 28, w);
  }
  VerticalLine("target-line", required, 2, 30, w);
  Whisker("new-mark", scale, observed.lower(), observed.value(), observed.upper(), 15, 5, w);
  TextAt("target-text", required, 42, AnchorAt(required), RequiredTick(criterion, result), w);
  w.Raw("</svg>");
}

// An outcome is a word and a sign; its colour says nothing that these do not.
void WriteOutcome(Decision::Outcome outcome, Writer& w) {
  struct OutcomeLook {
    TrustedMarkup opening, sign;
    std::string_view word;
  };
  constexpr TrustedMarkup kTick{"<path d=\"M2.5 8.5l3.5 3.5L13.5 4\"/>"};
  constexpr TrustedMarkup kCross{"<path d=\"M3.5 3.5l9 9M12.5 3.5l-9 9\"/>"};
  constexpr TrustedMarkup kDash{"<path d=\"M3 8h10\"/>"};
  constexpr TrustedMarkup kEqual{"<path d=\"M3 6h10M3 10.5h10\"/>"};
  const auto look = [&]() -> OutcomeLook {
    switch (outcome) {
      case Decision::OUTCOME_PASS:
        return {{"<span class=\"out pass\">"}, kTick, "PASS"};
      case Decision::OUTCOME_FAIL:
        return {{"<span class=\"out fail\">"}, kCross, "FAIL"};
      case Decision::OUTCOME_INFEASIBLE:
        return {{"<span class=\"out fail\">"}, kCross, "INFEASIBLE"};
      case Decision::OUTCOME_SKIPPED:
        return {{"<span class=\"out skip-outcome\">"}, kDash, "SKIPPED"};
      default:
        return {{"<span class=\"out unsure\">"}, kEqual, "INCONCLUSIVE"};
    }
  }();
  w.Raw(look.opening);
  w.Raw(
      "<svg viewBox=\"0 0 16 16\" aria-hidden=\"true\" fill=\"none\" stroke=\"currentColor\" "
      "stroke-width=\"2.4\" stroke-linecap=\"round\" stroke-linejoin=\"round\">");
  w.Raw(look.sign).Raw("</svg>").Text(look.word).Raw("</span>");
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
  w.Raw("<td class=\"plot\" role=\"cell\">");
  DrawAgainstRequired(criterion, result, w);
  w.Raw("</td>");
  Cell("Baseline", ArmFigure(result, result.has_baseline(), result.baseline()), w);
  Cell("Candidate", ArmFigure(result, result.has_candidate(), result.candidate()), w);
  const JudgedText judged = Judged(criterion, result);
  w.Raw("<td role=\"cell\" class=\"n\" data-label=\"Judged\"><span>").Text(judged.value);
  w.Raw(" <span class=\"of\">").Text(judged.interval).Raw("</span></span></td>");
  Cell("Required", Required(criterion, result), w);
  w.Raw("<td role=\"cell\" class=\"n\" data-label=\"Outcome\">");
  WriteOutcome(result.outcome(), w);
  w.Raw("</td></tr><tr role=\"row\" class=\"why\"><td role=\"cell\" colspan=\"7\"><bdi>");
  w.Text(result.explanation()).Raw("</bdi></td></tr>");
}

}  // namespace

void WriteCriteria(const Page& page, Writer& w) {
  if (page.decision == nullptr) return;
  const Decision& decision = *page.decision;
  w.Raw(
      "<section aria-labelledby=\"criteria\"><h2 id=\"criteria\">Criteria</h2><p>What the policy "
      "asks, and what the evidence says. The dashed line is what is required; the tinted side "
      "passes.</p>");
  w.Raw(
      "<table class=\"stack criteria\" role=\"table\"><caption class=\"unseen\">The policy&#39;s "
      "criteria with evidence and outcome</caption><thead role=\"rowgroup\"><tr role=\"row\">"
      "<th scope=\"col\" role=\"columnheader\">Criterion</th>"
      "<th scope=\"col\" class=\"plot\" role=\"columnheader\">Interval</th>"
      "<th scope=\"col\" class=\"n\" role=\"columnheader\">Baseline</th>"
      "<th scope=\"col\" class=\"n\" role=\"columnheader\">Candidate</th>"
      "<th scope=\"col\" class=\"n\" role=\"columnheader\">Judged</th>"
      "<th scope=\"col\" class=\"n\" role=\"columnheader\">Required</th>"
      "<th scope=\"col\" class=\"n\" role=\"columnheader\">Outcome</th></tr></thead>"
      "<tbody role=\"rowgroup\">");
  for (int i = 0; i < decision.criteria_size() && i < decision.policy().criteria_size(); ++i) {
    WriteRow(decision.policy().criteria(i), decision.criteria(i), w);
  }
  w.Raw("</tbody></table></section>\n");
}

}  // namespace tunegate::evaluations::html
