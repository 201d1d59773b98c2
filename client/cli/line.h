// Line: one line of a screen, made of pieces with a style. What is added is made printable, so that
// no text of a model or provider reaches the terminal unclean; colours come last and count nothing.
#ifndef TUNEGATE_CLIENT_CLI_LINE_H_
#define TUNEGATE_CLIENT_CLI_LINE_H_

#include <string>
#include <string_view>
#include <vector>

#include "client/cli/terminal.h"

namespace tunegate::cli {

// Meanings, not colours; each is also said in words wherever it is used.
enum class Style { kPlain, kStrong, kFaint, kGood, kBad, kWarning };

// Not thread-safe.
class Line {
 public:
  Line() = default;
  Line(std::string_view text, Style style = Style::kPlain) { Add(text, style); }  // NOLINT
  Line(const char* text) : Line(std::string_view(text)) {}                        // NOLINT
  Line(const std::string& text) : Line(std::string_view(text)) {}                 // NOLINT

  Line& Add(std::string_view text, Style style = Style::kPlain);
  Line& Append(const Line& other);
  // Spaces up to `column` (0-based); at least `gap` of them when there is text already.
  Line& PadTo(int column, int gap = 2);

  int width() const { return width_; }
  bool empty() const { return pieces_.empty(); }
  // Without colours and uncut.
  std::string Plain() const;
  // Cut to `width` columns; in colour where `colour`.
  std::string Render(int width, bool colour) const;
  std::string Render(const Terminal& terminal) const {
    return Render(terminal.columns, terminal.colour);
  }

 private:
  struct Piece {
    std::string text;
    Style style;
  };
  std::vector<Piece> pieces_;
  int width_ = 0;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_LINE_H_
