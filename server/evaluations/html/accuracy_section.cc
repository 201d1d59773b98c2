// Shares over all examples with their intervals, and the mean scores of graders.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/page.h"
#include "server/evaluations/html/share_table.h"
#include "server/evaluations/html/words.h"

namespace tunegate::evaluations::html {
namespace {

void WriteGains(const v1::Report::Paired& paired, Writer& w) {
  if (paired.points().sample_count() == 0) return;
  w.Raw("<p>The overall difference of ").Text(Points(paired.points().value()));
  if (paired.has_relative()) {
    w.Raw(" is ").Text(SignedHundredths(paired.relative().value()));
    w.Raw(" % relative to the baseline");
  }
  if (paired.has_error_reduction()) {
    const double removed = paired.error_reduction().value();
    w.Raw(paired.has_relative() ? TrustedMarkup{" and "} : TrustedMarkup{" is "});
    w.Text(Percent(removed < 0 ? -removed : removed));
    w.Raw(removed < 0 ? TrustedMarkup{" more errors"} : TrustedMarkup{" of its errors removed"});
  }
  w.Raw(". Right in both: ").Text(Count(paired.both_right())).Raw("; gained: ");
  w.Text(Count(paired.gained())).Raw("; lost: ").Text(Count(paired.lost()));
  w.Raw("; wrong in both: ").Text(Count(paired.both_wrong())).Raw(". McNemar&#39;s test: ");
  w.Text(PValue(paired.p_mid())).Raw(" (mid-p), ").Text(PValue(paired.p_exact()));
  w.Raw(" (exact).</p>");
}

// "set_f1" is "set F1".
std::string GraderName(const std::string& grader) {
  if (grader == "set_f1") return "F1 of the set";
  std::string name = grader;
  for (char& c : name) {
    if (c == '_') c = ' ';
  }
  return name;
}

template <size_t N>
void ScoreCell(const char (&label)[N], const v1::Estimate& estimate, Writer& w) {
  w.Raw("<td class=\"n\" role=\"cell\"").Attribute("data-label", label).Raw(">");
  WriteShare(estimate, w);
  w.Raw("</td>");
}

void WriteScores(const Page& page, Writer& w) {
  if (page.report().scores().empty()) return;
  w.Raw(
      "<h3>Mean scores</h3><p>Of graders that know more than right and wrong. Bootstrap intervals, "
      "to look at; no criterion judges them.</p>"
      "<table class=\"stack\" role=\"table\"><caption class=\"unseen\">Mean scores by field and "
      "grader</caption><thead role=\"rowgroup\"><tr role=\"row\">"
      "<th scope=\"col\" role=\"columnheader\">Field</th>"
      "<th scope=\"col\" role=\"columnheader\">Grader</th>"
      "<th scope=\"col\" class=\"n\" role=\"columnheader\">Baseline</th>");
  if (page.has_candidate()) {
    w.Raw("<th scope=\"col\" class=\"n\" role=\"columnheader\">Candidate</th>");
  }
  w.Raw("</tr></thead><tbody role=\"rowgroup\">");
  for (const v1::Report::MeanScore& score : page.report().scores()) {
    w.Raw("<tr role=\"row\"><th scope=\"row\" role=\"rowheader\"><bdi>");
    w.Text(FieldName(score.field())).Raw("</bdi></th><td role=\"cell\" class=\"word\">");
    w.Text(GraderName(score.grader())).Raw("</td>");
    ScoreCell("Baseline", score.baseline(), w);
    if (page.has_candidate()) ScoreCell("Candidate", score.candidate(), w);
    w.Raw("</tr>");
  }
  w.Raw("</tbody></table>");
}

}  // namespace

void WriteAccuracies(const Page& page, Writer& w) {
  ShareGroup group;
  for (const v1::Report::Metric& metric : page.report().metrics()) {
    if (!metric.slice().empty()) continue;
    group.rows.push_back({MetricLabel(metric.id(), ""), "", &metric});
  }
  if (group.rows.empty()) return;
  w.Raw("<section aria-labelledby=\"accuracy\"><h2 id=\"accuracy\">Accuracy and structure</h2>");
  w.Raw("<p><bdi>").Text(IntervalWords(page)).Raw("</bdi></p>");
  WriteShareTable(page, {.caption = "Accuracy and structure", .rows_of = "Share"}, {group}, w);
  const v1::Report::Metric* overall = FindMetric(page.report(), "overall_accuracy");
  if (overall != nullptr && overall->has_paired()) WriteGains(overall->paired(), w);
  WriteScores(page, w);
  w.Raw("</section>\n");
}

}  // namespace tunegate::evaluations::html
