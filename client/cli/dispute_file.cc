#include "client/cli/dispute_file.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/cli/usage.h"
#include "common/evidence/answers/lines.h"
#include "common/json.h"

namespace tunegate::cli {
namespace {

constexpr char kExample[] = "example", kQuery[] = "query", kAnswers[] = "answers",
               kRight[] = "right", kAnswerColumn[] = "answer ";

std::string LineText(int64_t line) { return absl::StrCat("line ", line); }

// JSON as it stands in a file for people, or the text itself.
std::string TextOf(const json::Value& value) {
  if (value.IsNull()) return "";
  return value.IsString() ? value.String() : json::Write(value);
}

json::Value ValueOf(const std::string& answer, bool bare_text) {
  if (bare_text) return json::Value(answer);
  const auto parsed = json::Parse(answer);
  return parsed.ok() ? *parsed : json::Value(answer);
}

std::string WriteJsonLines(const std::vector<Dispute>& disputes, bool bare_text) {
  std::string bytes;
  for (const Dispute& dispute : disputes) {
    json::Value answers = json::Array();
    for (const std::string& answer : dispute.answers) answers.Append(ValueOf(answer, bare_text));
    const json::Value line = json::Object({{kExample, dispute.example},
                                           {kQuery, dispute.query},
                                           {kAnswers, std::move(answers)},
                                           {kRight, dispute.right}});
    absl::StrAppend(&bytes, json::Write(line), "\n");
  }
  return bytes;
}

// A cell in quotes where it must be, its own doubled. One that a spreadsheet would take for a
// formula is given an apostrophe, which is taken off again when it is read.
std::string Cell(std::string_view text) {
  std::string cell(text);
  if (cell.find_first_of("=+-@'") == 0) cell.insert(0, "'");
  if (cell.find_first_of("\t\r\n\"") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

std::string WithoutApostrophe(std::string cell) {
  if (cell.size() > 1 && cell[0] == '\'') cell.erase(0, 1);
  return cell;
}

std::string WriteTable(const std::vector<Dispute>& disputes) {
  size_t most = 0;
  for (const Dispute& dispute : disputes) most = std::max(most, dispute.answers.size());
  std::string bytes = absl::StrCat(kExample, "\t", kQuery, "\t");
  for (size_t i = 0; i < most; ++i) absl::StrAppend(&bytes, kAnswerColumn, ChoiceText(i), "\t");
  absl::StrAppend(&bytes, kRight, "\n");
  for (const Dispute& dispute : disputes) {
    absl::StrAppend(&bytes, dispute.example, "\t", Cell(dispute.query), "\t");
    for (size_t i = 0; i < most; ++i) {
      absl::StrAppend(&bytes, i < dispute.answers.size() ? Cell(dispute.answers[i]) : "", "\t");
    }
    absl::StrAppend(&bytes, Cell(dispute.right), "\n");
  }
  return bytes;
}

struct TableRow {
  int64_t line = 0;  // where it begins
  std::vector<std::string> cells;
};

// Reads a table from its begin to its end, a cell at a time.
class TableReader {
 public:
  TableReader(std::string_view bytes, Faults& faults) : bytes_(bytes), faults_(faults) {}

  std::vector<TableRow> Rows() && {
    std::vector<TableRow> rows;
    while (at_ < bytes_.size()) {
      TableRow row{line_, {}};
      while (ReadCell(row)) {
      }
      ++line_;
      if (row.cells.size() > 1 || !row.cells[0].empty()) rows.push_back(std::move(row));
    }
    return rows;
  }

 private:
  // True when another cell of the row follows.
  bool ReadCell(TableRow& row) {
    std::string cell;
    if (at_ < bytes_.size() && bytes_[at_] == '"') cell = ReadQuoted(row.line);
    const size_t end = std::min(bytes_.find_first_of("\t\n", at_), bytes_.size());
    cell += bytes_.substr(at_, end - at_);
    const bool more = end < bytes_.size() && bytes_[end] == '\t';
    if (!more && cell.ends_with('\r')) cell.pop_back();
    row.cells.push_back(std::move(cell));
    at_ = std::min(end + 1, bytes_.size());
    return more;
  }

  // What stands between quotes; goes on behind them.
  std::string ReadQuoted(int64_t row_line) {
    std::string text;
    for (++at_; at_ < bytes_.size(); ++at_) {
      if (bytes_[at_] == '\n') ++line_;
      if (bytes_[at_] == '"') {
        const bool doubled = at_ + 1 < bytes_.size() && bytes_[at_ + 1] == '"';
        if (!doubled) {
          ++at_;
          return text;
        }
        ++at_;
      }
      text += bytes_[at_];
    }
    faults_.emplace_back(LineText(row_line), "a quote is opened and not closed; close it");
    return text;
  }

  const std::string_view bytes_;
  Faults& faults_;
  size_t at_ = 0;
  int64_t line_ = 1;
};

// Where the columns of a table are.
struct Columns {
  size_t example = 0, query = 0, right = 0;
  std::vector<size_t> answers;
};

bool FindColumns(const std::vector<TableRow>& rows, Columns& columns, Faults& faults) {
  constexpr size_t kNowhere = static_cast<size_t>(-1);
  columns.example = columns.query = columns.right = kNowhere;
  for (size_t i = 0; !rows.empty() && i < rows[0].cells.size(); ++i) {
    const std::string& name = rows[0].cells[i];
    if (name == kExample) columns.example = i;
    if (name == kQuery) columns.query = i;
    if (name == kRight) columns.right = i;
    if (name.starts_with(kAnswerColumn)) columns.answers.push_back(i);
  }
  if (std::max({columns.example, columns.query, columns.right}) != kNowhere) return true;
  faults.emplace_back("line 1",
                      "expected a header with the columns example, query and right, as `tunegate "
                      "eval disputed` writes it");
  return false;
}

std::vector<Dispute> ReadTableDisputes(std::string_view bytes, Faults& faults) {
  const std::vector<TableRow> rows = TableReader(bytes, faults).Rows();
  std::vector<Dispute> disputes;
  Columns columns;
  if (!FindColumns(rows, columns, faults)) return disputes;
  for (size_t i = 1; i < rows.size(); ++i) {
    const auto cell = [&](size_t column) {
      return column < rows[i].cells.size() ? WithoutApostrophe(rows[i].cells[column]) : "";
    };
    Dispute& dispute = disputes.emplace_back();
    dispute.line = rows[i].line;
    dispute.example = cell(columns.example);
    dispute.query = cell(columns.query);
    dispute.right = cell(columns.right);
    for (const size_t column : columns.answers) {
      if (!cell(column).empty()) dispute.answers.push_back(cell(column));
    }
  }
  return disputes;
}

std::vector<Dispute> ReadJsonLines(std::string_view bytes, Faults& faults) {
  std::vector<Dispute> disputes;
  datasets::ForEachLine(bytes, [&](std::string_view text, int64_t number) {
    if (text.find_first_not_of(" \t") == std::string_view::npos) return;
    const auto parsed = json::Parse(text);
    if (!parsed.ok() || !parsed->IsObject()) {
      faults.emplace_back(LineText(number),
                          parsed.ok() ? "expected a JSON object, as `tunegate eval disputed` "
                                        "writes them"
                                      : std::string(parsed.status().message()));
      return;
    }
    Dispute& dispute = disputes.emplace_back();
    dispute.line = number;
    dispute.example = TextOf((*parsed)[kExample]);
    dispute.query = TextOf((*parsed)[kQuery]);
    dispute.right = TextOf((*parsed)[kRight]);
    for (const json::Value& answer : (*parsed)[kAnswers].Elements()) {
      dispute.answers.push_back(TextOf(answer));
    }
  });
  return disputes;
}

}  // namespace

absl::StatusOr<DisputeFormat> DisputeFormatOf(std::string_view flag, const std::string& file) {
  if (file.ends_with(".jsonl")) return DisputeFormat::kJsonLines;
  if (file.ends_with(".tsv")) return DisputeFormat::kTable;
  return UsageError(flag, "expected a file whose name ends in .jsonl or .tsv, got '" + file + "'");
}

std::string WriteDisputes(const std::vector<Dispute>& disputes, DisputeFormat format,
                          bool bare_text) {
  return format == DisputeFormat::kTable ? WriteTable(disputes)
                                         : WriteJsonLines(disputes, bare_text);
}

std::vector<Dispute> ReadDisputes(std::string_view bytes, DisputeFormat format, Faults& faults) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  return format == DisputeFormat::kTable ? ReadTableDisputes(bytes, faults)
                                         : ReadJsonLines(bytes, faults);
}

}  // namespace tunegate::cli
