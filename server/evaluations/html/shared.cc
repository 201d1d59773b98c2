// What several sections share: labels, figures in words, and the table of shares.
#include <algorithm>
#include <cmath>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/page.h"

namespace tunegate::evaluations::html {
namespace {

constexpr size_t kMostSlices = 10;
constexpr int64_t kLeastOfSlice = 5;

// Where the drawing's axis begins: the tenth below all intervals, so that points do not crowd.
double AxisBegin(const std::vector<const v1::Report::Metric*>& metrics) {
  double lowest = 1;
  for (const v1::Report::Metric* metric : metrics) {
    lowest = std::min(lowest, metric->baseline().lower());
    if (metric->has_candidate()) lowest = std::min(lowest, metric->candidate().lower());
  }
  return std::clamp(std::floor(lowest * 10) / 10, 0.0, 0.8);
}

// Points and whiskers of one row, as SVG.
class ShareDrawing {
 public:
  ShareDrawing(double begin, Writer& w) : begin_(begin), w_(w) {}

  void Axis(std::string_view kind) {
    w_.Raw("<svg height=\"16\" aria-hidden=\"true\"").Attribute("class", kind).Raw(">");
    for (const double at : {begin_, (begin_ + 1) / 2, 1.0}) {
      w_.Raw("<text y=\"12\"").PercentAttribute("x", X(at)).Attribute("text-anchor", Anchor(at));
      w_.Raw(">").Text(Percent(at, 0)).Raw("</text>");
    }
    w_.Raw("</svg>");
  }

  void Row(const v1::Report::Metric& metric) {
    const bool two = metric.has_candidate();
    w_.Raw("<svg aria-hidden=\"true\"").Attribute("height", two ? "34" : "22").Raw(">");
    for (const double at : {begin_, (begin_ + 1) / 2, 1.0}) {
      w_.Raw("<line class=\"grid\" y1=\"0\" y2=\"100%\"").PercentAttribute("x1", X(at));
      w_.PercentAttribute("x2", X(at)).Raw("/>");
    }
    Mark(metric.baseline(), "11", "old-mark");
    if (two) Mark(metric.candidate(), "24", "new-mark");
    w_.Raw("</svg>");
  }

 private:
  double X(double share) const { return (share - begin_) / (1 - begin_) * 100; }
  std::string_view Anchor(double at) const {
    return at == begin_ ? "start" : at == 1 ? "end" : "middle";
  }

  void Mark(const v1::Estimate& estimate, std::string_view y, std::string_view kind) {
    if (estimate.sample_count() == 0) return;
    w_.Raw("<line").Attribute("class", kind).Attribute("y1", y).Attribute("y2", y);
    w_.PercentAttribute("x1", X(estimate.lower())).PercentAttribute("x2", X(estimate.upper()));
    w_.Raw("/><circle r=\"5\"").Attribute("class", kind).Attribute("cy", y);
    w_.PercentAttribute("cx", X(estimate.value())).Raw("/>");
  }

  const double begin_;
  Writer& w_;
};

// Of slices the interval is only drawn: their table has a column more.
std::string ShareAlone(const v1::Estimate& estimate) {
  return estimate.sample_count() == 0 ? "not measured" : Percent(estimate.value());
}

// The first row also has the axis for phones, where there is no room for a head.
void WriteShareRow(const v1::Report::Metric& metric, bool first, bool slices, ShareDrawing& drawing,
                   Writer& w) {
  w.Raw("<tr role=\"row\"><th scope=\"row\" role=\"rowheader\"><bdi>");
  w.Text(slices ? MetricLabel("", metric.slice()) : MetricLabel(metric)).Raw("</bdi></th>");
  w.Raw("<td class=\"plot\" role=\"cell\">");
  if (first) drawing.Axis("axis phone-axis");
  drawing.Row(metric);
  w.Raw("</td>");
  if (slices) {
    w.Raw("<td class=\"n\" role=\"cell\" data-label=\"Examples\">");
    w.Text(Count(metric.baseline().sample_count() + metric.baseline_missing())).Raw("</td>");
  }
  w.Raw("<td class=\"n\" role=\"cell\" data-label=\"Baseline\">");
  w.Text(slices ? ShareAlone(metric.baseline()) : ShareWithInterval(metric.baseline()));
  w.Raw("</td>");
  if (metric.has_candidate()) {
    w.Raw("<td class=\"n\" role=\"cell\" data-label=\"Candidate\">");
    w.Text(slices ? ShareAlone(metric.candidate()) : ShareWithInterval(metric.candidate()));
    w.Raw("</td>");
    w.Raw("<td class=\"n\" role=\"cell\" data-label=\"Difference\">");
    w.Text(DifferenceWithInterval(metric.paired().points())).Raw("</td>");
  }
  w.Raw("</tr>");
}

}  // namespace

std::string MetricLabel(std::string_view id, std::string_view slice) {
  constexpr std::string_view kAccuracy = ".accuracy";
  std::string label(id);
  if (id.ends_with(kAccuracy)) {
    label.resize(id.size() - kAccuracy.size());
  } else if (id == "overall_accuracy") {
    label = "overall accuracy";
  } else if (id == "json_valid_rate") {
    label = "valid JSON";
  } else if (id == "schema_valid_rate") {
    label = "follows the schema";
  } else if (id == "latency_ratio") {
    label = "response time, median";
  }
  if (slice.empty()) return label;
  const size_t equals = slice.find('=');
  const std::string of =
      absl::StrCat(std::string(slice.substr(0, equals)), " = ",
                   std::string(slice.substr(std::min(slice.size(), equals + 1))));
  return label.empty() ? of : absl::StrCat(label, ", ", of);
}

std::string MetricLabel(const v1::Report::Metric& metric) {
  return MetricLabel(metric.id(), metric.slice());
}

const v1::Report::Metric* FindMetric(const v1::Report& report, std::string_view id) {
  for (const v1::Report::Metric& metric : report.metrics()) {
    if (metric.id() == id && metric.slice().empty()) return &metric;
  }
  return nullptr;
}

std::vector<const v1::Report::Metric*> WorstSlices(const Page& page) {
  std::vector<const v1::Report::Metric*> slices;
  const v1::Report::Metric* all = FindMetric(page.report(), "overall_accuracy");
  if (all == nullptr) return slices;
  const auto judged = [&](const v1::Report::Metric* metric) {
    return page.has_candidate() ? metric->candidate().value() : metric->baseline().value();
  };
  for (const v1::Report::Metric& metric : page.report().metrics()) {
    const bool overall = metric.id() == "overall_accuracy" && !metric.slice().empty();
    if (overall && metric.baseline().sample_count() >= kLeastOfSlice &&
        judged(&metric) < judged(all)) {
      slices.push_back(&metric);
    }
  }
  std::stable_sort(slices.begin(), slices.end(),
                   [&](const auto* a, const auto* b) { return judged(a) < judged(b); });
  if (slices.size() > kMostSlices) slices.resize(kMostSlices);
  return slices;
}

std::string ShareWithInterval(const v1::Estimate& estimate) {
  if (estimate.sample_count() == 0) return "not measured";
  const auto number = [](double share) {
    const std::string text = Percent(share);
    return text.substr(0, text.find(' '));
  };
  return absl::StrCat(Percent(estimate.value()), " (", number(estimate.lower()), " to ",
                      number(estimate.upper()), ")");
}

std::string DifferenceWithInterval(const v1::Estimate& estimate) {
  if (estimate.sample_count() == 0) return "not measured";
  return absl::StrCat(SignedHundredths(estimate.value()), " (", SignedHundredths(estimate.lower()),
                      " to ", SignedHundredths(estimate.upper()), ")");
}

void WriteShareTable(const Page& page, const std::vector<const v1::Report::Metric*>& metrics,
                     std::string_view name, bool slices, Writer& w) {
  ShareDrawing drawing(AxisBegin(metrics), w);
  w.Raw("<table class=\"stack\" role=\"table\"").Attribute("aria-label", name).Raw(">");
  w.Raw("<thead role=\"rowgroup\"><tr role=\"row\"><th scope=\"col\" role=\"columnheader\">");
  w.Text(slices ? "Slice" : "Share").Raw("</th><th class=\"plot\" role=\"presentation\">");
  drawing.Axis("axis");
  w.Raw("</th>");
  if (slices) w.Raw("<th scope=\"col\" class=\"n\" role=\"columnheader\">Examples</th>");
  w.Raw(
      "<th scope=\"col\" class=\"n\" role=\"columnheader\">"
      "<span class=\"dot\" aria-hidden=\"true\"></span>Baseline</th>");
  if (page.has_candidate()) {
    w.Raw(
        "<th scope=\"col\" class=\"n\" role=\"columnheader\">"
        "<span class=\"dot new\" aria-hidden=\"true\"></span>Candidate</th>"
        "<th scope=\"col\" class=\"n\" role=\"columnheader\">Difference, points</th>");
  }
  w.Raw("</tr></thead><tbody role=\"rowgroup\">");
  for (const v1::Report::Metric* metric : metrics) {
    WriteShareRow(*metric, metric == metrics.front(), slices, drawing, w);
  }
  w.Raw("</tbody></table>");
}

}  // namespace tunegate::evaluations::html
