#include "client/cli/line.h"

#include <algorithm>

#include "client/cli/printable.h"

namespace tunegate::cli {
namespace {

std::string_view ColourOf(Style style) {
  switch (style) {
    case Style::kStrong:
      return "\x1b[1m";
    case Style::kFaint:
      return "\x1b[2m";
    case Style::kGood:
      return "\x1b[32m";
    case Style::kBad:
      return "\x1b[31m";
    case Style::kWarning:
      return "\x1b[33m";
    case Style::kPlain:
      break;
  }
  return "";
}

}  // namespace

Line& Line::Add(std::string_view text, Style style) {
  if (text.empty()) return *this;
  pieces_.push_back({Printable(text), style});
  width_ += DisplayWidth(pieces_.back().text);
  return *this;
}

Line& Line::Append(const Line& other) {
  pieces_.insert(pieces_.end(), other.pieces_.begin(), other.pieces_.end());
  width_ += other.width_;
  return *this;
}

Line& Line::PadTo(int column, int gap) {
  const int spaces = width_ == 0 ? column : std::max(column - width_, gap);
  return Add(std::string(std::max(spaces, 0), ' '));
}

std::string Line::Plain() const {
  std::string out;
  for (const Piece& piece : pieces_) out.append(piece.text);
  return out;
}

std::string Line::Render(int width, bool colour) const {
  const bool cut = width_ > width;
  int left = cut ? std::max(width - 3, 0) : width;
  std::string out;
  for (const Piece& piece : pieces_) {
    const std::string_view text = FirstColumns(piece.text, left);
    const std::string_view code = colour ? ColourOf(piece.style) : "";
    out.append(code).append(text).append(code.empty() ? "" : "\x1b[0m");
    left -= DisplayWidth(text);
    if (text.size() < piece.text.size()) break;
  }
  if (cut) out.append("...");
  out.erase(out.find_last_not_of(' ') + 1);
  return out;
}

}  // namespace tunegate::cli
