// How far a model's confidence agrees with how often it is right: a reliability diagram an arm.
#include <cmath>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/evidence/report/figures.h"
#include "server/evaluations/html/drawing.h"
#include "server/evaluations/html/page.h"

namespace tunegate::evaluations::html {
namespace {

using Calibration = v1::Report::Calibration;

// Of the square: the plot itself, with room for ticks at its left and below.
constexpr double kSide = 300;
constexpr double kLeft = 40;
constexpr double kTop = 8;
constexpr double kPlot = 244;

double X(double confidence) { return kLeft + confidence * kPlot; }
double Y(double accuracy) { return kTop + (1 - accuracy) * kPlot; }

// Confidence less accuracy over all answers: above 0 the model promises too much.
double Excess(const Calibration& calibration) {
  double excess = 0;
  for (const Calibration::Bin& bin : calibration.bins()) {
    excess += static_cast<double>(bin.count()) * (bin.mean_confidence() - bin.accuracy());
  }
  return calibration.count() == 0 ? 0 : excess / static_cast<double>(calibration.count());
}

std::string Verdict(const Calibration& calibration) {
  constexpr double kLittle = 0.02;
  const double excess = Excess(calibration);
  if (std::abs(excess) < kLittle) return "On the whole as sure as it is right.";
  std::string points = Points(std::abs(excess)).substr(1);
  return absl::StrCat(excess > 0 ? "Too sure by " : "Not sure enough by ", points, " on average.");
}

std::string Described(const Calibration& calibration) {
  std::string text = absl::StrCat("Of ", Counted(calibration.count(), "answer", "answers"), ": ");
  for (const Calibration::Bin& bin : calibration.bins()) {
    if (bin.count() == 0) continue;
    absl::StrAppend(&text, Count(bin.count()), " with a mean confidence of ",
                    Percent(bin.mean_confidence()), " are right in ", Percent(bin.accuracy()),
                    "; ");
  }
  text.resize(text.size() - 2);
  return absl::StrCat(text, ".");
}

void SquareLine(std::string_view kind, double x1, double y1, double x2, double y2, Writer& w) {
  w.Raw("<line").Attribute("class", kind).Raw(" x1=\"").Number(x1).Raw("\" y1=\"").Number(y1);
  w.Raw("\" x2=\"").Number(x2).Raw("\" y2=\"").Number(y2).Raw("\"/>");
}

void SquareText(double x, double y, std::string_view anchor, std::string_view text, Writer& w) {
  w.Raw("<text class=\"tick\" x=\"").Number(x).Raw("\" y=\"").Number(y).Raw("\"");
  w.Attribute("text-anchor", anchor).Raw(">").Text(text).Raw("</text>");
}

void Grid(Writer& w) {
  for (const double share : {0.0, 0.5, 1.0}) {
    SquareLine(share == 0 ? "base" : "grid", X(0), Y(share), X(1), Y(share), w);
    SquareLine(share == 0 ? "base" : "grid", X(share), Y(0), X(share), Y(1), w);
    SquareText(kLeft - 6, Y(share) + 4, "end", Percent(share, 0), w);
    SquareText(X(share), Y(0) + 18,
               share == 0   ? "start"
               : share == 1 ? "end"
                            : "middle",
               Percent(share, 0), w);
  }
  SquareText(X(0.5), Y(0) + 38, "middle", "confidence", w);
  SquareText(kLeft + 6, kTop + 14, "start", "right", w);
  SquareLine("ideal", X(0), Y(0), X(1), Y(1), w);
}

// A point's area is its share of the answers; its line is its distance from the ideal.
void Bins(const Calibration& calibration, Writer& w) {
  const char* kind = calibration.candidate() ? "new-mark" : "old-mark";
  for (const Calibration::Bin& bin : calibration.bins()) {
    if (bin.count() == 0) continue;
    const double share =
        static_cast<double>(bin.count()) / static_cast<double>(calibration.count());
    const double x = X(bin.mean_confidence());
    SquareLine("distance", x, Y(bin.mean_confidence()), x, Y(bin.accuracy()), w);
    w.Raw("<circle").Attribute("class", kind).Raw(" cx=\"").Number(x).Raw("\" cy=\"");
    w.Number(Y(bin.accuracy())).Raw("\" r=\"").Number(3 + 11 * std::sqrt(share)).Raw("\"/>");
  }
}

void WriteArm(const Calibration& calibration, Writer& w) {
  const bool candidate = calibration.candidate();
  w.Raw("<div><h3><span").Attribute("class", candidate ? "dot new" : "dot");
  w.Raw(" aria-hidden=\"true\"></span>").Text(candidate ? "Candidate" : "Baseline");
  w.Raw("</h3><p>").Text(Verdict(calibration)).Raw("</p>");
  OpenFigure({candidate ? "Reliability of the candidate" : "Reliability of the baseline",
              Described(calibration)},
             kSide, /*square=*/true, w);
  Grid(w);
  Bins(calibration, w);
  CloseFigure(
      absl::StrCat("Expected calibration error ", Percent(calibration.expected_calibration_error()),
                   ", Brier score ", absl::StrFormat("%.3f", calibration.brier_score()), ", ",
                   Counted(calibration.count(), "answer", "answers")),
      w);
  w.Raw("</div>");
}

}  // namespace

void WriteCalibrations(const Page& page, Writer& w) {
  if (page.report().calibrations().empty()) return;
  w.Raw(
      "<section aria-labelledby=\"calibration\"><h2 id=\"calibration\">Calibration</h2><p>How sure "
      "the models were, by their log-probabilities, and how often that was right. On the diagonal "
      "both agree; beneath it a model promises too much. Larger points hold more answers.</p>"
      "<div class=\"pair\">");
  for (const Calibration& calibration : page.report().calibrations()) {
    if (calibration.count() > 0) WriteArm(calibration, w);
  }
  w.Raw("</div></section>\n");
}

}  // namespace tunegate::evaluations::html
