// Confusion matrices as heat maps, and figures by class. A matrix is a table, not a drawing: its
// cells can be read one by one, by eyes and by screen readers.
#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "common/utf8.h"
#include "server/evaluations/html/page.h"
#include "server/evaluations/html/words.h"

namespace tunegate::evaluations::html {
namespace {

using v1::Report;

constexpr int kMostClassesDrawn = 60;
constexpr size_t kLevelHeadCharacters = 26;

bool IsScored(const Page& page, const std::string& field) {
  for (const v1::Task::Field& known : page.task->fields()) {
    if (known.id() == field) return known.scored();
  }
  return false;
}

// A shade from 0 to 10 by the share of its row; anything that occurs has one.
int Shade(int64_t count, int64_t row_total) {
  if (count == 0 || row_total == 0) return 0;
  const double share = static_cast<double>(count) / static_cast<double>(row_total);
  return std::max(1, static_cast<int>(std::lround(share * 10)));
}

void WriteCell(int64_t count, int64_t row_total, bool right, Writer& w) {
  const int shade = Shade(count, row_total);
  std::string kind = right ? "right" : "";
  if (count == 0) absl::StrAppend(&kind, " zero");
  if (shade > 0) absl::StrAppend(&kind, right ? " g" : " w", shade);
  w.Raw("<td").Attribute("class", kind).Raw(">").Text(Count(count)).Raw("</td>");
}

// Heads stand upright where they would make the table wider than half a page.
bool UprightHeads(const Report::Confusion& confusion) {
  size_t characters = 0;
  for (const std::string& value : confusion.values()) {
    characters += std::max<size_t>(5, CodePointCount(value));
  }
  return characters > kLevelHeadCharacters;
}

void WriteMatrix(const Report::Confusion& confusion, bool candidate, Writer& w) {
  const auto& counts = candidate ? confusion.candidate_counts() : confusion.baseline_counts();
  const int classes = confusion.values_size();
  const std::string name = candidate ? "Candidate" : "Baseline";
  w.Raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\"");
  w.Attribute("aria-label", absl::StrCat(name, ": ", FieldName(confusion.field())));
  w.Raw("><table").Attribute("class", UprightHeads(confusion) ? "heat tall" : "heat");
  w.Raw("><caption><span").Attribute("class", candidate ? "dot new" : "dot");
  w.Raw(" aria-hidden=\"true\"></span>")
      .Text(name)
      .Raw(
          "</caption><thead><tr><th scope=\"col\">right &#8595; "
          "answered &#8594;</th>");
  for (const std::string& value : confusion.values()) {
    w.Raw("<th scope=\"col\"><span><bdi>").Text(value).Raw("</bdi></span></th>");
  }
  w.Raw("<th scope=\"col\"><span>other or none</span></th></tr></thead><tbody>");
  for (int row = 0; row < classes; ++row) {
    const auto begin = counts.begin() + row * (classes + 1);
    const int64_t total = std::accumulate(begin, begin + classes + 1, int64_t{0});
    w.Raw("<tr><th scope=\"row\"><bdi>").Text(confusion.values(row)).Raw("</bdi></th>");
    for (int column = 0; column <= classes; ++column) {
      WriteCell(begin[column], total, row == column, w);
    }
    w.Raw("</tr>");
  }
  w.Raw("</tbody></table></div>");
}

void ScoreCells(bool has, const Report::Scores& scores, Writer& w) {
  const auto cell = [&](bool known, double value) {
    w.Raw("<td class=\"n\">").Text(has && known ? Percent(value) : "-").Raw("</td>");
  };
  cell(scores.has_precision(), scores.precision());
  cell(scores.has_recall(), scores.recall());
  cell(scores.has_f1(), scores.f1());
}

void WriteClasses(const Page& page, const std::string& field, Writer& w) {
  w.Raw("<div class=\"scroll\" tabindex=\"0\" role=\"region\"");
  w.Attribute("aria-label", absl::StrCat("Precision, recall and F1 of ", FieldName(field)));
  w.Raw(
      "><table><caption class=\"unseen\">Precision, recall and F1 by class</caption>"
      "<thead><tr><th scope=\"col\">Class</th><th scope=\"col\" class=\"n\">Examples</th>"
      "<th scope=\"col\" class=\"n\">Precision, baseline</th>"
      "<th scope=\"col\" class=\"n\">Recall</th><th scope=\"col\" class=\"n\">F1</th>");
  if (page.has_candidate()) {
    w.Raw(
        "<th scope=\"col\" class=\"n\">Precision, candidate</th>"
        "<th scope=\"col\" class=\"n\">Recall</th><th scope=\"col\" class=\"n\">F1</th>");
  }
  w.Raw("</tr></thead><tbody>");
  for (const Report::ClassMetric& metric : page.report().classes()) {
    if (metric.field() != field) continue;
    w.Raw("<tr><th scope=\"row\"><bdi>")
        .Text(metric.value().empty() ? "macro mean" : metric.value());
    w.Raw("</bdi></th><td class=\"n\">").Text(Count(metric.support())).Raw("</td>");
    ScoreCells(metric.has_baseline(), metric.baseline(), w);
    if (page.has_candidate()) ScoreCells(metric.has_candidate(), metric.candidate(), w);
    w.Raw("</tr>");
  }
  w.Raw("</tbody></table></div>");
}

void WriteField(const Page& page, const Report::Confusion& confusion, Writer& w) {
  if (confusion.values_size() > kMostClassesDrawn) {
    w.Raw("<p>Its ").Text(Count(confusion.values_size()));
    w.Raw(" classes are too many for a matrix.</p>");
  } else {
    w.Raw("<div class=\"pair\">");
    WriteMatrix(confusion, /*candidate=*/false, w);
    if (!confusion.candidate_counts().empty()) WriteMatrix(confusion, /*candidate=*/true, w);
    w.Raw("</div>");
  }
  w.Raw("<details><summary>Precision, recall and F1 by class</summary>");
  WriteClasses(page, confusion.field(), w);
  w.Raw("</details>");
}

}  // namespace

void WriteConfusions(const Page& page, Writer& w) {
  const Report& report = page.report();
  if (report.confusions().empty()) return;
  w.Raw(
      "<section aria-labelledby=\"confusion\"><h2 id=\"confusion\">Confusion</h2><p>Rows are the "
      "right value, columns what was answered; outlined cells are right. The shade is the share "
      "of the row.</p>");
  for (const Report::Confusion& confusion : report.confusions()) {
    if (IsScored(page, confusion.field())) {
      w.Raw("<h3><bdi>").Text(FieldName(confusion.field())).Raw("</bdi></h3>");
      WriteField(page, confusion, w);
    } else {
      w.Raw("<details><summary><bdi>").Text(FieldName(confusion.field()));
      w.Raw("</bdi> (not scored)</summary>");
      WriteField(page, confusion, w);
      w.Raw("</details>");
    }
  }
  w.Raw("</section>\n");
}

}  // namespace tunegate::evaluations::html
