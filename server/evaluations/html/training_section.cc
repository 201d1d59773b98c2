// The loss while training, as the provider measured it.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/drawing.h"
#include "server/evaluations/html/page.h"

namespace tunegate::evaluations::html {
namespace {

constexpr size_t kMostPoints = 400;
constexpr double kHeight = 220;
constexpr double kTop = 10;
constexpr double kBottom = 26;  // for the steps

struct Series {
  std::vector<std::pair<int64_t, double>> points;  // step, loss; by step
};

Series SeriesOf(const std::vector<v1::JobMetric>& metrics, const std::string& name) {
  Series series;
  for (const v1::JobMetric& metric : metrics) {
    const auto found = metric.figures().find(name);
    if (found == metric.figures().end() || !std::isfinite(found->second)) continue;
    series.points.emplace_back(metric.step(), found->second);
  }
  std::stable_sort(series.points.begin(), series.points.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  return series;
}

// Every k-th point and the last: more than this many cannot be told apart.
Series Thinned(const Series& series) {
  if (series.points.size() <= kMostPoints) return series;
  Series thin;
  const size_t stride = (series.points.size() + kMostPoints - 1) / kMostPoints;
  for (size_t i = 0; i < series.points.size(); i += stride) thin.points.push_back(series.points[i]);
  if (thin.points.back() != series.points.back()) thin.points.push_back(series.points.back());
  return thin;
}

// The smallest of 1, 2, 5 times a power of ten that is at least `value`.
double RoundUp(double value) {
  if (!(value > 0)) return 1;
  const double decade = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0}) {
    if (step * decade >= value) return step * decade;
  }
  return 10 * decade;
}

class LossChart {
 public:
  LossChart(const Series& train, const Series& valid, Writer& w)
      : train_(Thinned(train)), valid_(Thinned(valid)), w_(w) {
    bool any = false;
    double most = 0;
    for (const Series* series : {&train_, &valid_}) {
      for (const auto& [step, loss] : series->points) {
        first_ = any ? std::min(first_, step) : step;
        last_ = any ? std::max(last_, step) : step;
        most = std::max(most, loss);
        any = true;
      }
    }
    top_loss_ = RoundUp(most);
  }

  void Write() {
    w_.Raw("<ul class=\"legend\">");
    Legend(train_, "old-line", "training loss");
    Legend(valid_, "new-line dashed", "validation loss");
    w_.Raw("</ul>");
    OpenFigure({"Loss by training step", Described()}, kHeight, /*square=*/false, w_);
    Grid();
    Line(train_, "old-line");
    Line(valid_, "new-line dashed");
    Points(valid_);
    CloseFigure("", w_);
  }

 private:
  static std::string Loss(double value) { return absl::StrFormat("%.3g", value); }

  std::string Described() const {
    std::string text;
    const auto describe = [&](const Series& series, const char* name) {
      if (series.points.empty()) return;
      absl::StrAppend(&text, text.empty() ? "" : " ", name, " from ",
                      Loss(series.points.front().second), " to ", Loss(series.points.back().second),
                      ".");
    };
    describe(train_, "Training loss");
    describe(valid_, "Validation loss");
    return text;
  }

  void Legend(const Series& series, std::string_view line, std::string_view name) {
    if (series.points.empty()) return;
    w_.Raw("<li><svg aria-hidden=\"true\"><line x1=\"0\" x2=\"28\" y1=\"6\" y2=\"6\"");
    w_.Attribute("class", line).Raw("/></svg>").Text(name);
    w_.Text(absl::StrCat(", last ", Loss(series.points.back().second))).Raw("</li>");
  }

  double X(int64_t step) const {
    if (last_ == first_) return 50;
    return static_cast<double>(step - first_) / static_cast<double>(last_ - first_) * 100;
  }
  double Y(double loss) const {
    return kTop + (1 - std::clamp(loss / top_loss_, 0.0, 1.0)) * (kHeight - kTop - kBottom);
  }

  void Grid() {
    for (const double share : {0.0, 0.5, 1.0}) {
      const double y = Y(share * top_loss_);
      w_.Raw("<line x1=\"0\" x2=\"100%\"").Attribute("class", share == 0 ? "base" : "grid");
      w_.Raw(" y1=\"").Number(y).Raw("\" y2=\"").Number(y);
      w_.Raw("\"/><text class=\"tick\" x=\"2\" y=\"").Number(y - 4).Raw("\">");
      w_.Text(Loss(share * top_loss_)).Raw("</text>");
    }
    w_.Raw("<text class=\"tick\" x=\"0\" y=\"212\">").Text(absl::StrCat("step ", first_));
    w_.Raw("</text><text class=\"tick\" x=\"100%\" y=\"212\" text-anchor=\"end\">");
    w_.Text(absl::StrCat("step ", last_)).Raw("</text>");
  }

  // A box of its own, stretched to the width: lines have no use for square units.
  void Line(const Series& series, std::string_view line) {
    if (series.points.size() < 2) return;
    w_.Raw(
          "<svg x=\"0\" y=\"0\" width=\"100%\" height=\"220\" viewBox=\"0 0 100 220\" "
          "preserveAspectRatio=\"none\"><polyline vector-effect=\"non-scaling-stroke\" "
          "stroke-linejoin=\"round\"")
        .Attribute("class", line)
        .Raw(" points=\"");
    for (const auto& [step, loss] : series.points) {
      w_.Number(X(step)).Raw(",").Number(Y(loss)).Raw(" ");
    }
    w_.Raw("\"/></svg>");
  }

  void Points(const Series& series) {
    constexpr size_t kFew = 30;
    if (series.points.size() > kFew) return;
    for (const auto& [step, loss] : series.points) {
      w_.Raw("<circle class=\"new-mark\" r=\"3.5\"").PercentAttribute("cx", X(step)).Raw(" cy=\"");
      w_.Number(Y(loss)).Raw("\"/>");
    }
  }

  const Series train_, valid_;
  int64_t first_ = 0, last_ = 0;
  double top_loss_ = 1;
  Writer& w_;
};

}  // namespace

void WriteTraining(const std::vector<v1::JobMetric>& metrics, Writer& w) {
  const Series train = SeriesOf(metrics, "train_loss");
  const Series valid = SeriesOf(metrics, "valid_loss");
  if (train.points.empty() && valid.points.empty()) return;
  w.Raw(
      "<section aria-labelledby=\"training\"><h2 id=\"training\">Training</h2><p>The loss while "
      "the candidate was trained, as the provider reported it.</p>");
  LossChart(train, valid, w).Write();
  w.Raw("</section>\n");
}

}  // namespace tunegate::evaluations::html
