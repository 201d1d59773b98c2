#include "server/datasets/table.h"

#include <utility>

#include "common/utf8.h"

namespace tunegate::datasets {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class TableReader {
 public:
  TableReader(std::string_view bytes, Dialect dialect, const FindingSink& sink,
              const std::function<void(Row)>& visit)
      : bytes_(bytes), csv_(dialect == Dialect::kCsv), sink_(sink), visit_(visit) {}

  void Run() {
    if (bytes_.starts_with("\xFF\xFE") || bytes_.starts_with("\xFE\xFF")) {
      sink_(MakeFinding(rules::kWrongEncoding, {}, "the file is UTF-16"));
      return;
    }
    if (bytes_.starts_with(kByteOrderMark)) here_.at = here_.line_start = kByteOrderMark.size();
    while (!AtEnd()) ReadRow();
  }

 private:
  struct Position {
    size_t at = 0;
    int64_t line = 1;
    size_t line_start = 0;
  };

  bool AtEnd() const { return here_.at >= bytes_.size(); }
  bool At(char c) const { return !AtEnd() && bytes_[here_.at] == c; }
  bool AtSeparator() const { return At(csv_ ? ',' : '\t'); }
  bool AtRowEnd() const {
    if (AtEnd() || At('\n')) return true;
    if (!At('\r')) return false;
    // In TSV a lone \r is text.
    return csv_ || here_.at + 1 == bytes_.size() || bytes_[here_.at + 1] == '\n';
  }

  // Steps over one byte, or over "\r\n".
  void Advance() {
    const bool line_ends = AtRowEnd();
    here_.at += bytes_.substr(here_.at, 2) == "\r\n" ? 2 : 1;
    if (!line_ends) return;
    ++here_.line;
    here_.line_start = here_.at;
  }

  int32_t ColumnOf(const Position& where) const {
    const std::string_view before = bytes_.substr(where.line_start, where.at - where.line_start);
    // Ill-formed bytes before it count as a character each.
    return static_cast<int32_t>(CodePointCount(ToValidUtf8(before)) + 1);
  }

  void Report(const Rule& rule, const Position& where, std::string_view message) {
    sink_(MakeFinding(rule, {.line = where.line, .column = ColumnOf(where)}, message));
    row_.broken |= rule.severity == rules::kError;
  }

  void ReadRow() {
    row_ = Row{};
    row_.line = here_.line;
    gave_up_ = false;
    const size_t start = here_.at;
    cell_ = here_;
    column_ = ColumnOf(here_);
    AddCell();
    while (!gave_up_ && AtSeparator()) {
      ++here_.at;
      AddCell();
    }
    const bool empty = here_.at == start;
    if (!gave_up_ && !AtEnd()) Advance();
    if (!empty) visit_(std::move(row_));
  }

  void AddCell() {
    // From cell to cell, so that a long row is counted once and not once a cell.
    column_ = here_.line_start == cell_.line_start
                  ? column_ + static_cast<int32_t>(
                                  CodePointCount(bytes_.substr(cell_.at, here_.at - cell_.at)))
                  : ColumnOf(here_);
    cell_ = here_;
    row_.starts.push_back({cell_.line, column_});
    row_.cells.push_back(ReadCell());
  }

  std::string ReadCell() {
    const Position start = here_;
    std::string cell = csv_ && At('"') ? ReadQuoted() : ReadPlain();
    const std::string_view raw = bytes_.substr(start.at, here_.at - start.at);
    if (const size_t valid = ValidUtf8Prefix(raw); valid < raw.size() && !gave_up_) {
      Position bad = start;
      for (; bad.at < start.at + valid; ++bad.at) {
        if (bytes_[bad.at] != '\n') continue;
        ++bad.line;
        bad.line_start = bad.at + 1;
      }
      Report(rules::kInvalidUtf8, bad, "this byte starts no UTF-8 character");
    }
    return cell;
  }

  std::string ReadPlain() {
    const size_t start = here_.at;
    bool stray = false;
    for (; !AtRowEnd() && !AtSeparator(); ++here_.at) {
      if (!csv_ || stray || !At('"')) continue;
      stray = true;
      Report(rules::kStrayQuote, here_, "a quote stands inside a cell that is not quoted");
    }
    return std::string(bytes_.substr(start, here_.at - start));
  }

  // At the opening quote.
  std::string ReadQuoted() {
    const Position open = here_;
    std::string cell;
    for (++here_.at; !AtEnd();) {
      if (!At('"')) {
        const size_t before = here_.at;
        Advance();
        cell += bytes_.substr(before, here_.at - before);
        continue;
      }
      ++here_.at;
      if (!At('"')) return cell + ReadAfterQuote();
      cell += '"';
      ++here_.at;
    }
    GiveUp(open);
    return cell;
  }

  std::string ReadAfterQuote() {
    if (AtRowEnd() || AtSeparator()) return "";
    Report(rules::kTextAfterQuote, here_, "text follows the closing quote of a cell");
    return ReadPlain();
  }

  // A quote that nothing closes has taken in the rest of the file: goes on after its line.
  void GiveUp(const Position& open) {
    here_ = open;
    Report(rules::kQuoteNotClosed, here_, "the quote that opens here is not closed");
    while (!AtRowEnd()) ++here_.at;
    if (!AtEnd()) Advance();
    gave_up_ = true;
  }

  const std::string_view bytes_;
  const bool csv_;
  const FindingSink& sink_;
  const std::function<void(Row)>& visit_;
  Position here_;
  Position cell_;       // where the last cell started
  int32_t column_ = 0;  // of cell_
  Row row_;
  bool gave_up_ = false;
};

}  // namespace

void ReadTable(std::string_view bytes, Dialect dialect, const FindingSink& sink,
               const std::function<void(Row)>& visit) {
  TableReader(bytes, dialect, sink, visit).Run();
}

}  // namespace tunegate::datasets
