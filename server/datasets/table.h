// Tables as text: CSV as RFC 4180 has it, and TSV without quoting.
#ifndef TUNEGATE_SERVER_DATASETS_TABLE_H_
#define TUNEGATE_SERVER_DATASETS_TABLE_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/datasets/findings.h"

namespace tunegate::datasets {

enum class Dialect {
  kCsv,  // comma; cells in double quotes may hold commas, line feeds and doubled quotes
  kTsv,  // tab; a cell ends at a tab or line feed, quotes are text
};

// Where a cell starts: at its first character, or at its opening quote.
struct CellStart {
  int64_t line = 0;    // from 1
  int32_t column = 0;  // from 1, in code points
};

struct Row {
  int64_t line = 0;  // of its first character, from 1
  std::vector<std::string> cells;
  std::vector<CellStart> starts;  // of each cell
  bool broken = false;            // a finding was reported for it
};

// Calls `visit` for every row that is not empty, in order. A byte order mark is skipped; \n, \r\n
// and, in CSV, a lone \r end a row. Faults (invalid UTF-8, a quote that is not closed ...) are
// reported to `sink` with line and column (in code points), and the row is visited as broken.
void ReadTable(std::string_view bytes, Dialect dialect, const FindingSink& sink,
               const std::function<void(Row)>& visit);

}  // namespace tunegate::datasets

#endif  // TUNEGATE_SERVER_DATASETS_TABLE_H_
