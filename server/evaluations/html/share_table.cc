#include "server/evaluations/html/share_table.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/drawing.h"
#include "server/evaluations/html/words.h"

namespace tunegate::evaluations::html {
namespace {

// From the tenth below all intervals, so that points do not crowd, to everything right.
Scale ScaleOf(const std::vector<ShareGroup>& groups) {
  double lowest = 1;
  for (const ShareGroup& group : groups) {
    for (const ShareRow& row : group.rows) {
      lowest = std::min(lowest, row.metric->baseline().lower());
      if (row.metric->has_candidate()) lowest = std::min(lowest, row.metric->candidate().lower());
    }
  }
  return Scale(std::clamp(std::floor(lowest * 10) / 10, 0.0, 0.8), 1);
}

class TableWriter {
 public:
  TableWriter(const Page& page, const ShareTable& table, const std::vector<ShareGroup>& groups,
              Writer& w)
      : two_(page.has_candidate()), table_(table), scale_(ScaleOf(groups)), w_(w) {}

  void Write(const std::vector<ShareGroup>& groups) {
    w_.Raw("<table role=\"table\"").Attribute("class", table_.dense ? "stack dense" : "stack");
    w_.Raw("><caption class=\"unseen\">").Text(table_.caption).Raw("</caption>");
    Head();
    for (const ShareGroup& group : groups) Group(group);
    w_.Raw("</table>");
  }

 private:
  int columns() const { return 3 + (table_.dense ? 1 : 0) + (two_ ? 2 : 0); }

  void Head() {
    w_.Raw("<thead role=\"rowgroup\"><tr role=\"row\"><th scope=\"col\" role=\"columnheader\">");
    w_.Text(table_.rows_of).Raw("</th>");
    if (table_.dense) {
      w_.Raw("<th scope=\"col\" class=\"n\" role=\"columnheader\">Examples</th>");
    }
    w_.Raw(
        "<th scope=\"col\" class=\"plot\" role=\"columnheader\">"
        "<span class=\"unseen\">Interval</span>");
    Axis("axis");
    w_.Raw(
        "</th><th scope=\"col\" class=\"n\" role=\"columnheader\">"
        "<span class=\"dot\" aria-hidden=\"true\"></span>Baseline</th>");
    if (two_) {
      w_.Raw(
          "<th scope=\"col\" class=\"n\" role=\"columnheader\">"
          "<span class=\"dot new\" aria-hidden=\"true\"></span>Candidate</th>"
          "<th scope=\"col\" class=\"n\" role=\"columnheader\">Difference, points</th>");
    }
    w_.Raw("</tr></thead>");
  }

  void Group(const ShareGroup& group) {
    w_.Raw("<tbody role=\"rowgroup\">");
    if (!group.heading.empty()) {
      w_.Raw("<tr role=\"row\" class=\"group\"><th scope=\"rowgroup\" role=\"rowheader\"");
      w_.Attribute("colspan", absl::StrCat(columns())).Raw("><bdi>").Text(group.heading);
      w_.Raw("</bdi></th></tr>");
    }
    for (const ShareRow& row : group.rows) Row(row, &row == &group.rows.front());
    if (!group.more.empty()) {
      w_.Raw("<tr role=\"row\" class=\"more\"><td role=\"cell\"");
      w_.Attribute("colspan", absl::StrCat(columns())).Raw(">").Text(group.more);
      w_.Raw("</td></tr>");
    }
    w_.Raw("</tbody>");
  }

  // The first row of a group also has the axis for phones, where there is no room for a head.
  void Row(const ShareRow& row, bool first) {
    const v1::Report::Metric& metric = *row.metric;
    w_.Raw("<tr role=\"row\"><th scope=\"row\" role=\"rowheader\"><bdi>").Text(row.name);
    w_.Raw("</bdi>");
    if (!row.note.empty()) w_.Raw("<span class=\"of\">").Text(row.note).Raw("</span>");
    w_.Raw("</th>");
    if (table_.dense) {
      w_.Raw("<td class=\"n\" role=\"cell\" data-label=\"Examples\">");
      w_.Text(Count(metric.baseline().sample_count() + metric.baseline_missing())).Raw("</td>");
    }
    w_.Raw("<td class=\"plot\" role=\"cell\">");
    if (first) Axis("axis phone-axis");
    Marks(metric);
    w_.Raw("</td><td class=\"n\" role=\"cell\" data-label=\"Baseline\">");
    Share(metric.baseline());
    w_.Raw("</td>");
    if (two_) {
      w_.Raw("<td class=\"n\" role=\"cell\" data-label=\"Candidate\">");
      Share(metric.candidate());
      w_.Raw("</td>");
      w_.Raw("<td class=\"n\" role=\"cell\" data-label=\"Difference\">");
      WriteDifference(metric.paired().points(), w_);
      w_.Raw("</td>");
    }
    w_.Raw("</tr>");
  }

  // Of dense rows the interval is only drawn.
  void Share(const v1::Estimate& estimate) {
    if (!table_.dense) return WriteShare(estimate, w_);
    w_.Text(estimate.sample_count() == 0 ? "-" : Percent(estimate.value()));
  }

  // What the cells say in figures the drawing need not say again.
  void Axis(std::string_view kind) {
    w_.Raw("<svg height=\"16\" aria-hidden=\"true\"").Attribute("class", kind).Raw(">");
    TextAt("tick", 0, 12, "start", Percent(scale_.begin(), 0), w_);
    TextAt("tick", 50, 12, "middle", Percent((scale_.begin() + 1) / 2, 0), w_);
    TextAt("tick", 100, 12, "end", Percent(1, 0), w_);
    w_.Raw("</svg>");
  }

  void Marks(const v1::Report::Metric& metric) {
    const double height = two_ ? (table_.dense ? 26 : 34) : 22;
    w_.Raw("<svg aria-hidden=\"true\" height=\"").Number(height).Raw("\">");
    for (const double x : {0.0, 50.0, 100.0}) VerticalLine("grid", x, 0, height, w_);
    Mark(metric.baseline(), two_ ? height * 0.3 : height / 2, "old-mark");
    if (two_) Mark(metric.candidate(), height * 0.7, "new-mark");
    w_.Raw("</svg>");
  }

  void Mark(const v1::Estimate& estimate, double y, std::string_view kind) {
    if (estimate.sample_count() == 0) return;
    Whisker(kind, scale_, estimate.lower(), estimate.value(), estimate.upper(), y,
            table_.dense ? 4 : 5, w_);
  }

  const bool two_;
  const ShareTable& table_;
  const Scale scale_;
  Writer& w_;
};

}  // namespace

void WriteShareTable(const Page& page, const ShareTable& table,
                     const std::vector<ShareGroup>& groups, Writer& w) {
  TableWriter(page, table, groups, w).Write(groups);
}

}  // namespace tunegate::evaluations::html
