// Table: rows in columns. On a terminal with a header and cut to its width; off a terminal one row
// a line, tab-separated, uncut and without header, for other programs.
#ifndef TUNEGATE_CLIENT_CLI_TABLE_H_
#define TUNEGATE_CLIENT_CLI_TABLE_H_

#include <ostream>
#include <string>
#include <vector>

#include "client/cli/line.h"
#include "client/cli/terminal.h"

namespace tunegate::cli {

// Not thread-safe.
class Table {
 public:
  struct Column {
    std::string title;
    bool right = false;   // numbers
    bool yields = false;  // is cut first where the table is too wide
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}

  // As many cells as columns; missing ones are empty.
  void Row(std::vector<Line> cells);
  bool empty() const { return rows_.empty(); }

  // For people or for programs, as the terminal says.
  void Print(std::ostream& out, const Terminal& terminal) const;
  // Always for people; every line begins with `indent` spaces.
  void PrintAligned(std::ostream& out, const Terminal& terminal, int indent = 0) const;

 private:
  std::vector<int> Widths(int available) const;
  Line Aligned(const std::vector<Line>& cells, const std::vector<int>& widths, int indent) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Line>> rows_;
};

}  // namespace tunegate::cli

#endif  // TUNEGATE_CLIENT_CLI_TABLE_H_
