#include "server/evaluations/html/drawing.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"

namespace tunegate::evaluations::html {
namespace {

void NameDrawing(const FigureText& text, Writer& w) {
  const std::string id = absl::StrCat("drawing-", w.NewNumber());
  w.Attribute("aria-labelledby", id + "-name").Attribute("aria-describedby", id + "-shows");
  w.Raw("><title").Attribute("id", id + "-name").Raw(">").Text(text.title).Raw("</title><desc");
  w.Attribute("id", id + "-shows").Raw(">").Text(text.description).Raw("</desc>");
}

}  // namespace

void OpenFigure(const FigureText& text, double height, bool square, Writer& w) {
  w.Raw("<figure").Attribute("class", square ? "chart square" : "chart").Raw(">");
  if (!square) return OpenDrawing(text, height, w);
  w.Raw("<svg role=\"img\" viewBox=\"0 0 ").Number(height).Raw(" ").Number(height).Raw("\"");
  NameDrawing(text, w);
}

void CloseFigure(std::string_view caption, Writer& w) {
  w.Raw("</svg>");
  if (!caption.empty()) w.Raw("<figcaption>").Text(caption).Raw("</figcaption>");
  w.Raw("</figure>");
}

void OpenDrawing(const FigureText& text, double height, Writer& w) {
  w.Raw("<svg role=\"img\" height=\"").Number(height).Raw("\"");
  NameDrawing(text, w);
}

double Scale::X(double value) const {
  if (std::isnan(value)) return 0;
  const double inside = std::clamp(value, begin_, end_);  // an infinite bound ends at the edge
  return (inside - begin_) / (end_ - begin_) * 100;
}

std::string_view AnchorAt(double x) { return x > 68 ? "end" : x < 32 ? "start" : "middle"; }

void VerticalLine(std::string_view kind, double x, double y1, double y2, Writer& w) {
  w.Raw("<line").Attribute("class", kind).PercentAttribute("x1", x).PercentAttribute("x2", x);
  w.Raw(" y1=\"").Number(y1).Raw("\" y2=\"").Number(y2).Raw("\"/>");
}

void Whisker(std::string_view kind, const Scale& scale, double lower, double value, double upper,
             double y, double radius, Writer& w) {
  w.Raw("<line").Attribute("class", kind).PercentAttribute("x1", scale.X(lower));
  w.PercentAttribute("x2", scale.X(upper)).Raw(" y1=\"").Number(y).Raw("\" y2=\"").Number(y);
  w.Raw("\"/><circle").Attribute("class", kind).PercentAttribute("cx", scale.X(value));
  w.Raw(" cy=\"").Number(y).Raw("\" r=\"").Number(radius).Raw("\"/>");
}

void TextAt(std::string_view kind, double x, double y, std::string_view anchor,
            std::string_view text, Writer& w) {
  w.Raw("<text").Attribute("class", kind).PercentAttribute("x", x).Raw(" y=\"").Number(y);
  w.Raw("\"").Attribute("text-anchor", anchor).Raw(">").Text(text).Raw("</text>");
}

}  // namespace tunegate::evaluations::html
