#include "server/datasets/table_import.h"

#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/answers/answer_form.h"
#include "common/evidence/answers/example.h"
#include "common/json.h"
#include "common/utf8.h"

namespace tunegate::datasets {
namespace {

using ImportSpec = v1::ImportDatasetRequest::ImportSpec;

constexpr std::string_view kUser = "user";
constexpr std::string_view kAssistant = "assistant";
constexpr std::string_view kSystem = "system";
constexpr std::string_view kLabel = "label:";

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kWhiteSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

bool IsField(const v1::Task& task, std::string_view target) {
  return !target.empty() && tasks::FindField(task, target) != nullptr;
}

bool IsTarget(const v1::Task& task, std::string_view target) {
  const bool label = target.starts_with(kLabel) && target.size() > kLabel.size();
  return target == kUser || target == kAssistant || target == kSystem || label ||
         IsField(task, target);
}

std::string Targets(const v1::Task& task) {
  std::string targets = "user, assistant, system, label:KEY";
  for (const v1::Task::Field& field : task.fields()) {
    if (!field.id().empty()) absl::StrAppend(&targets, ", ", field.id());
  }
  return targets;
}

// What a set of targets lacks to make an example; empty when nothing is missing.
std::string Missing(const v1::Task& task, const std::set<std::string>& targets) {
  if (!targets.contains(std::string(kUser))) return "no column has the target \"user\"";
  if (targets.contains(std::string(kAssistant))) return "";
  if (tasks::IsBareText(task)) return "no column has the target \"assistant\"";
  for (const v1::Task::Field& field : task.fields()) {
    // The others may be empty: "", [] or null.
    const bool has_empty_value = !field.has_category() && !field.has_number();
    if (!targets.contains(field.id()) && (field.scored() || !has_empty_value)) {
      return absl::StrCat("no column has the target \"assistant\" or, for this field, \"",
                          field.id(), "\"");
    }
  }
  return "";
}

// "3" as a 0-based index.
std::optional<size_t> ColumnNumber(std::string_view text) {
  size_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number - 1;
}

class Importer {
 public:
  Importer(const v1::Task& task, const ImportSpec& spec, const FindingSink& sink,
           const std::function<void(std::string, int64_t)>& emit)
      : task_(task), spec_(spec), sink_(sink), emit_(emit) {}

  void Visit(const Row& row) {
    if (hopeless_) return;
    if (!planned_) {
      Plan(row);
      planned_ = true;
      if (!spec_.headerless()) return;
    }
    if (!hopeless_ && !row.broken && CheckCellCount(row)) Convert(row);
  }

 private:
  void Report(const Rule& rule, int64_t line, std::string_view path, std::string_view message) {
    sink_(MakeFinding(rule, {.line = line, .path = path}, message));
  }

  // Where each target's column is, by the first row.
  void Plan(const Row& row) {
    cell_count_ = row.cells.size();
    if (spec_.columns().empty()) {
      PlanByHeader(row);
    } else {
      for (const auto& mapping : spec_.columns()) PlanColumn(mapping, row);
    }
    std::set<std::string> targets;
    for (const auto& [target, column] : columns_) {
      targets.insert(target);
      keeps_labels_ |= target.starts_with(kLabel);
    }
    if (const std::string missing = Missing(task_, targets); !hopeless_ && !missing.empty()) {
      Report(rules::kTargetMissing, row.line, "", missing);
      hopeless_ = true;
    }
    if (keeps_labels_ && spec_.dataset().split() != v1::Dataset::SPLIT_TEST) {
      keeps_labels_ = false;
      Report(rules::kLabelsDropped, 0, "", "the columns with the target label:KEY are left out");
    }
  }

  void PlanByHeader(const Row& row) {
    if (spec_.headerless()) return;  // the missing targets are reported
    for (size_t i = 0; i < row.cells.size(); ++i) {
      const std::string name(Trimmed(row.cells[i]));
      if (!IsTarget(task_, name)) continue;
      if (!columns_.emplace(name, i).second) {
        Report(rules::kColumnTwice, row.line, name,
               absl::StrCat("the header has '", name, "' twice"));
        hopeless_ = true;
      }
    }
  }

  void PlanColumn(const v1::ImportDatasetRequest::ColumnMapping& mapping, const Row& row) {
    std::optional<size_t> column;
    for (size_t i = 0; i < row.cells.size() && !spec_.headerless(); ++i) {
      if (Trimmed(row.cells[i]) != mapping.column()) continue;
      if (column.has_value()) {
        Report(rules::kColumnTwice, row.line, mapping.column(),
               absl::StrCat("the header has '", mapping.column(), "' twice"));
        hopeless_ = true;
      }
      column = i;
    }
    if (!column.has_value()) column = ColumnNumber(mapping.column());
    if (column.has_value() && *column < row.cells.size()) {
      columns_.emplace(mapping.target(), *column);
      return;
    }
    Report(rules::kColumnMissing, row.line, mapping.column(),
           absl::StrCat("the table has no column '", mapping.column(), "'; it has ",
                        row.cells.size(), spec_.headerless() ? "" : ": " + Header(row)));
    hopeless_ = true;
  }

  static std::string Header(const Row& row) {
    std::string names;
    for (const std::string& cell : row.cells) {
      absl::StrAppend(&names, names.empty() ? "" : ", ", std::string(Trimmed(cell)));
    }
    return Abbreviate(names, 200);
  }

  bool CheckCellCount(const Row& row) {
    if (row.cells.size() == cell_count_) return true;
    Report(rules::kCellCount, row.line, "",
           absl::StrCat("the row has ", row.cells.size(), " cells, the first row ", cell_count_));
    return false;
  }

  std::string_view Cell(const Row& row, std::string_view target) const {
    const auto found = columns_.find(std::string(target));
    return found != columns_.end() ? Trimmed(row.cells[found->second]) : "";
  }

  // The cell of a target that must have a value; reports an empty one.
  std::optional<std::string_view> Required(const Row& row, std::string_view target) {
    const std::string_view cell = Cell(row, target);
    if (!cell.empty()) return cell;
    Report(rules::kEmptyCell, row.line, target,
           absl::StrCat("the cell of \"", std::string(target), "\" is empty"));
    return std::nullopt;
  }

  void Convert(const Row& row) {
    const std::optional<std::string_view> query = Required(row, kUser);
    const std::optional<std::string> answer = Answer(row);
    if (!query.has_value() || !answer.has_value()) return;
    std::string_view system = Cell(row, kSystem);
    if (system.empty()) system = task_.system_prompt();
    emit_(WriteExample(system, *query, *answer, Slices(row)), row.line);
  }

  std::optional<std::string> Answer(const Row& row) {
    if (columns_.contains(std::string(kAssistant))) {
      const auto cell = Required(row, kAssistant);
      return cell.has_value() ? std::optional<std::string>(*cell) : std::nullopt;
    }
    std::map<std::string, json::Value> values;
    bool complete = true;
    for (const v1::Task::Field& field : task_.fields()) {
      if (!columns_.contains(field.id())) continue;
      std::optional<json::Value> value = FieldValue(row, field);
      complete &= value.has_value();
      if (value.has_value()) values[field.id()] = *std::move(value);
    }
    return complete ? std::optional<std::string>(tasks::WriteAnswer(task_, values)) : std::nullopt;
  }

  // What the field's cell says; nothing, and a finding, when it cannot be that.
  std::optional<json::Value> FieldValue(const Row& row, const v1::Task::Field& field) {
    if (field.has_set()) return Elements(Cell(row, field.id()));
    if (!field.has_category() && !field.has_number() && !field.has_json()) {
      return json::Value(Cell(row, field.id()));
    }
    const std::optional<std::string_view> cell = Required(row, field.id());
    if (!cell.has_value()) return std::nullopt;
    if (field.has_category()) return json::Value(*cell);
    absl::StatusOr<json::Value> value = json::Parse(*cell);
    if (field.has_number() && !(value.ok() && value->IsNumber())) {
      ReportCell(rules::kNotANumber, row, field.id(),
                 absl::StrCat("'", Abbreviate(*cell, 60), "' is no number"));
      return std::nullopt;
    }
    if (!value.ok()) {
      ReportCell(
          rules::kCellNotJson, row, field.id(),
          absl::StrCat("the cell is no JSON: in it, ", std::string(value.status().message())));
      return std::nullopt;
    }
    return *std::move(value);
  }

  void ReportCell(const Rule& rule, const Row& row, const std::string& target,
                  std::string_view message) {
    const CellStart& start = row.starts[columns_.at(target)];
    sink_(MakeFinding(rule, {.line = start.line, .column = start.column, .path = target}, message));
  }

  static json::Value Elements(std::string_view cell) {
    json::Value elements = json::Array();
    while (!cell.empty()) {
      const size_t end = cell.find(';');
      const std::string_view element = Trimmed(cell.substr(0, end));
      if (!element.empty()) elements.Append(element);
      cell.remove_prefix(end == std::string_view::npos ? cell.size() : end + 1);
    }
    return elements;
  }

  std::map<std::string, std::string> Slices(const Row& row) const {
    std::map<std::string, std::string> slices;
    if (!keeps_labels_) return slices;
    for (const auto& [target, column] : columns_) {
      const std::string_view cell = Trimmed(row.cells[column]);
      if (target.starts_with(kLabel) && !cell.empty()) {
        slices[target.substr(kLabel.size())] = cell;
      }
    }
    return slices;
  }

  const v1::Task& task_;
  const ImportSpec& spec_;
  const FindingSink& sink_;
  const std::function<void(std::string, int64_t)>& emit_;
  bool planned_ = false;
  bool hopeless_ = false;  // the columns cannot be found: rows mean nothing
  bool keeps_labels_ = false;
  size_t cell_count_ = 0;
  std::map<std::string, size_t> columns_;  // by target
};

}  // namespace

absl::Status CheckColumns(const v1::Task& task, const ImportSpec& spec) {
  if (spec.columns().empty()) return absl::OkStatus();
  std::vector<std::pair<std::string, std::string>> faults;
  std::set<std::string> targets;
  for (int i = 0; i < spec.columns_size(); ++i) {
    const auto& mapping = spec.columns(i);
    const std::string at = absl::StrCat("spec.columns[", i, "]");
    if (mapping.column().empty()) {
      faults.emplace_back(at + ".column", "is empty; give the header's text or a 1-based number");
    } else if (spec.headerless() && !ColumnNumber(mapping.column()).has_value()) {
      faults.emplace_back(at + ".column",
                          absl::StrCat("'", mapping.column(), "' is no 1-based number, which a ",
                                       "table without a header needs"));
    }
    if (!IsTarget(task, mapping.target())) {
      faults.emplace_back(at + ".target", absl::StrCat("'", mapping.target(), "' is no target; ",
                                                       "expected one of ", Targets(task)));
    } else if (!targets.insert(mapping.target()).second) {
      faults.emplace_back(at + ".target",
                          absl::StrCat("'", mapping.target(), "' is another column's target too"));
    }
  }
  if (const std::string missing = Missing(task, targets); faults.empty() && !missing.empty()) {
    faults.emplace_back("spec.columns", missing);
  }
  if (faults.empty()) return absl::OkStatus();
  Error error = InvalidArgument("INVALID_IMPORT",
                                absl::StrCat(faults.front().first, ": ", faults.front().second));
  for (const auto& [field, fault] : faults) std::move(error).Field(field, fault);
  return error;
}

void ImportTable(const v1::Task& task, const ImportSpec& spec, Dialect dialect,
                 std::string_view bytes, const FindingSink& sink,
                 const std::function<void(std::string, int64_t)>& emit) {
  Importer importer(task, spec, sink, emit);
  ReadTable(bytes, dialect, sink, [&](Row row) { importer.Visit(row); });
}

}  // namespace tunegate::datasets
