// Drawings: SVG inside the page, with what a screen reader says of it, and the one scale that plots
// of intervals share. Nothing here knows a report.
#ifndef TUNEGATE_SERVER_EVALUATIONS_HTML_DRAWING_H_
#define TUNEGATE_SERVER_EVALUATIONS_HTML_DRAWING_H_

#include <string>
#include <string_view>

#include "server/evaluations/html/writer.h"

namespace tunegate::evaluations::html {

// Opens <figure class="chart"> with an <svg role="img"> whose title and description name it; its
// width is its parent's. With `square` the drawing keeps its shape: `height` by `height` units,
// scaled. End it with CloseFigure.
struct FigureText {
  std::string title;
  std::string description;
};
void OpenFigure(const FigureText& text, double height, bool square, Writer& w);
// Writes the caption where there is one.
void CloseFigure(std::string_view caption, Writer& w);
// The <svg> alone, for a cell of a table.
void OpenDrawing(const FigureText& text, double height, Writer& w);

// From values to per cent of the width. What lies outside is drawn at the edge.
class Scale {
 public:
  Scale(double begin, double end) : begin_(begin), end_(end > begin ? end : begin + 1) {}
  double X(double value) const;
  double begin() const { return begin_; }
  double end() const { return end_; }

 private:
  double begin_, end_;
};

// Where a text at this place must lean so that it fits even on a phone.
std::string_view AnchorAt(double x);

// A vertical line from y1 to y2.
void VerticalLine(std::string_view kind, double x, double y1, double y2, Writer& w);
// A whisker with a point: the interval and what was measured.
void Whisker(std::string_view kind, const Scale& scale, double lower, double value, double upper,
             double y, double radius, Writer& w);
// A text at (x per cent, y).
void TextAt(std::string_view kind, double x, double y, std::string_view anchor,
            std::string_view text, Writer& w);

}  // namespace tunegate::evaluations::html

#endif  // TUNEGATE_SERVER_EVALUATIONS_HTML_DRAWING_H_
