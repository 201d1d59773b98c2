#include "server/evaluations/csv_report.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/errors.h"
#include "common/evidence/answers/grading.h"
#include "common/utf8.h"

namespace tunegate::evaluations {
namespace {

constexpr size_t kPieceBytes = 32 * 1024;
constexpr size_t kMostPieceBytes = 64 * 1024;

std::string_view YesNo(bool value) { return value ? "true" : "false"; }

std::string Milliseconds(const v1::Result::Answer& answer) {
  if (!answer.has_response_time()) return "";
  const auto& time = answer.response_time();
  return absl::StrFormat("%.3f", static_cast<double>(time.seconds()) * 1e3 + time.nanos() / 1e6);
}

// A share with the digits that matter to a spreadsheet, always with a point.
std::string ShareText(double share) { return absl::StrFormat("%.6g", share); }

// Lines, gathered into pieces.
class CsvWriter {
 public:
  explicit CsvWriter(const ByteSink& sink) : sink_(sink) {}

  // A cell whose text is from outside.
  CsvWriter& Cell(std::string_view text) { return Append(CsvCell(text)); }
  // A cell of ours that needs no quoting.
  CsvWriter& Plain(std::string_view text) { return Append(text); }

  absl::Status EndLine() {
    buffer_.append("\r\n");
    first_ = true;
    return buffer_.size() >= kPieceBytes ? Flush() : absl::OkStatus();
  }

  absl::Status Flush() {
    for (size_t at = 0; at < buffer_.size(); at += kMostPieceBytes) {
      TG_RETURN_IF_ERROR(sink_(std::string_view(buffer_).substr(at, kMostPieceBytes)));
    }
    buffer_.clear();
    return absl::OkStatus();
  }

 private:
  CsvWriter& Append(std::string_view cell) {
    if (!first_) buffer_.push_back(',');
    first_ = false;
    buffer_.append(cell);
    return *this;
  }

  const ByteSink& sink_;
  std::string buffer_;
  bool first_ = true;
};

std::string SlicesText(const v1::Result& result) {
  const std::map<std::string, std::string> sorted(result.slices().begin(), result.slices().end());
  std::string text;
  for (const auto& [key, value] : sorted) {
    absl::StrAppend(&text, text.empty() ? "" : "; ", key, "=", value);
  }
  return text;
}

absl::Status WriteLine(const Grader& grader, const v1::Result& result, std::string_view variant,
                       const v1::Result::Answer& answer, CsvWriter& csv) {
  const bool missing = answer.has_failure();
  const auto judged = [&](bool value) { return missing ? std::string_view() : YesNo(value); };
  csv.Cell(result.example_id()).Plain(std::to_string(result.repeat())).Plain(variant);
  csv.Cell(result.query()).Cell(result.expected()).Cell(answer.text());
  csv.Plain(judged(answer.json_valid())).Plain(judged(answer.schema_valid()));
  for (size_t i = 0; i < grader.scored_count(); ++i) {
    const auto found = answer.right().find(grader.fields()[i].id);
    csv.Plain(judged(found != answer.right().end() && found->second));
  }
  csv.Plain(judged(answer.overall_right())).Plain(YesNo(result.changed()));
  csv.Plain(Milliseconds(answer)).Plain(std::to_string(answer.attempts()));
  csv.Cell(answer.answering_model()).Cell(answer.finish_reason()).Plain(YesNo(answer.refused()));
  csv.Cell(answer.failure().reason()).Cell(answer.provider_request_id());
  csv.Cell(SlicesText(result));
  csv.Plain(answer.has_confidence() ? ShareText(answer.confidence()) : "");
  csv.Cell(answer.reused_from());
  for (size_t i = 0; i < grader.scored_count(); ++i) {
    const auto found = answer.scores().find(grader.fields()[i].id);
    csv.Plain(missing || found == answer.scores().end() ? "" : ShareText(found->second));
  }
  return csv.EndLine();
}

// "kind_right"; of bare text "answer_right".
void WriteFieldHeads(const Grader& grader, const char* what, CsvWriter& csv) {
  for (size_t i = 0; i < grader.scored_count(); ++i) {
    const std::string& id = grader.fields()[i].id;
    csv.Cell(absl::StrCat(id.empty() ? "answer" : id, what));
  }
}

absl::Status WriteHeader(const Grader& grader, CsvWriter& csv) {
  for (const char* name : {"example_id", "repeat", "variant", "query", "expected", "answer",
                           "json_valid", "schema_valid"}) {
    csv.Plain(name);
  }
  WriteFieldHeads(grader, "_right", csv);
  for (const char* name :
       {"right", "changed", "response_time_ms", "attempts", "answering_model", "finish_reason",
        "refused", "failure", "provider_request_id", "slices", "confidence", "reused_from"}) {
    csv.Plain(name);
  }
  WriteFieldHeads(grader, "_score", csv);
  return csv.EndLine();
}

}  // namespace

std::string CsvCell(std::string_view text) {
  std::string cell = ToValidUtf8(text);
  constexpr std::string_view kStartsFormula = "=+-@\t\r";
  if (!cell.empty() && kStartsFormula.find(cell[0]) != std::string_view::npos) {
    cell.insert(0, 1, '\'');
  }
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted.push_back('"');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

absl::Status RenderCsv(const v1::Task& task, const ResultSource& results, const ByteSink& sink) {
  TG_ASSIGN_OR_RETURN(const Grader grader, Grader::Create(task));
  CsvWriter csv(sink);
  TG_RETURN_IF_ERROR(WriteHeader(grader, csv));
  TG_RETURN_IF_ERROR(results([&](const v1::Result& result) {
    if (result.has_baseline()) {
      TG_RETURN_IF_ERROR(WriteLine(grader, result, "baseline", result.baseline(), csv));
    }
    if (result.has_candidate()) {
      TG_RETURN_IF_ERROR(WriteLine(grader, result, "candidate", result.candidate(), csv));
    }
    return absl::OkStatus();
  }));
  return csv.Flush();
}

}  // namespace tunegate::evaluations
