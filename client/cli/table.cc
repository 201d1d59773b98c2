#include "client/cli/table.h"

#include <algorithm>
#include <numeric>

#include "client/cli/printable.h"

namespace tunegate::cli {
namespace {

constexpr int kGap = 2;
// No column is made narrower than this in favour of others.
constexpr int kNarrowest = 8;

}  // namespace

void Table::Row(std::vector<Line> cells) {
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<int> Table::Widths(int available) const {
  std::vector<int> widths;
  for (size_t i = 0; i < columns_.size(); ++i) {
    int width = DisplayWidth(columns_[i].title);
    for (const auto& row : rows_) width = std::max(width, row[i].width());
    widths.push_back(width);
  }
  const int gaps = kGap * (static_cast<int>(columns_.size()) - 1);
  // What does not fit is taken from the widest of the columns that yield, then of all of them.
  for (const bool only_yielding : {true, false}) {
    while (std::accumulate(widths.begin(), widths.end(), gaps) > available) {
      int* widest = nullptr;
      for (size_t i = 0; i < widths.size(); ++i) {
        if (only_yielding && !columns_[i].yields) continue;
        if (widest == nullptr || widths[i] > *widest) widest = &widths[i];
      }
      if (widest == nullptr || *widest <= kNarrowest) break;
      --*widest;
    }
  }
  return widths;
}

Line Table::Aligned(const std::vector<Line>& cells, const std::vector<int>& widths,
                    int indent) const {
  Line line{std::string(indent, ' ')};
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line.Add(std::string(kGap, ' '));
    const Line& whole = cells[i];
    const bool fits = whole.width() <= widths[i];
    const Line cell = fits ? whole : Line(CutToWidth(whole.Plain(), widths[i]));
    const std::string padding(std::max(widths[i] - cell.width(), 0), ' ');
    if (columns_[i].right) line.Add(padding);
    line.Append(cell);
    if (!columns_[i].right && i + 1 < cells.size()) line.Add(padding);
  }
  return line;
}

void Table::PrintAligned(std::ostream& out, const Terminal& terminal, int indent) const {
  const std::vector<int> widths = Widths(terminal.columns - indent);
  std::vector<Line> titles;
  for (const Column& column : columns_) titles.emplace_back(column.title, Style::kStrong);
  out << Aligned(titles, widths, indent).Render(terminal) << "\n";
  for (const auto& row : rows_) out << Aligned(row, widths, indent).Render(terminal) << "\n";
}

void Table::Print(std::ostream& out, const Terminal& terminal) const {
  if (terminal.interactive) return PrintAligned(out, terminal);
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) out << (i > 0 ? "\t" : "") << row[i].Plain();
    out << "\n";
  }
}

}  // namespace tunegate::cli
