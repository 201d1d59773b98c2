#include "common/evidence/certificate/evidence_lines.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/errors.h"
#include "common/evidence/certificate/message_json.h"
#include "common/json.h"

namespace tunegate::certificates {
namespace {

using store::v1::CallRecord;
using store::v1::EvaluationRecord;

constexpr char kFormat[] = "tunegate.evidence.v1";

Error BadEvidence(std::string_view why) { return InvalidArgument("BAD_EVIDENCE", why); }

// The same with the reason of evidence; JSON and messages have their own.
absl::Status AsEvidence(const absl::Status& status) {
  return status.ok() ? status : BadEvidence(std::string(status.message()));
}

std::string Line(const json::Value& value) { return json::WriteCanonical(value) + "\n"; }

// A text member, as this line's own form has it.
absl::Status TakeText(const json::Value& line, std::string_view name, std::string& into) {
  const json::Value& value = line[name];
  if (!value.IsString()) {
    return BadEvidence(absl::StrCat("'", std::string(name), "' is missing or no string"));
  }
  into = value.String();
  return absl::OkStatus();
}

absl::Status CheckMembers(const json::Value& line, std::initializer_list<std::string_view> known) {
  if (!line.IsObject()) return BadEvidence("the line is no JSON object");
  for (const auto& [name, value] : line.Members()) {
    bool found = false;
    for (const std::string_view member : known) found = found || name == member;
    if (!found) return BadEvidence(absl::StrCat("'", name, "' is no member of evidence"));
  }
  return absl::OkStatus();
}

}  // namespace

EvidenceHeader MakeEvidenceHeader(const v1::Task& task, const EvaluationRecord& record) {
  EvidenceHeader header;
  header.task.set_name(task.name());
  header.task.set_system_prompt(task.system_prompt());
  header.task.set_language_code(task.language_code());
  *header.task.mutable_fields() = task.fields();

  const v1::Evaluation& from = record.resource();
  v1::Evaluation& to = *header.record.mutable_resource();
  to.set_name(from.name());
  to.set_task(from.task());
  to.set_dataset(from.dataset());
  *to.mutable_baseline() = from.baseline();
  if (from.has_candidate()) *to.mutable_candidate() = from.candidate();
  *to.mutable_policy() = from.policy();
  to.set_policy_digest(from.policy_digest());
  to.set_repeat_count(from.repeat_count());
  to.set_seed(from.seed());
  to.set_look(from.look());
  *to.mutable_related_datasets() = from.related_datasets();
  to.set_system_prompt(from.system_prompt());
  to.set_mode(from.mode());
  to.set_reuse_answers(from.reuse_answers());
  header.record.set_baseline_model(record.baseline_model());
  header.record.set_candidate_model(record.candidate_model());
  header.record.set_dataset_sha256(record.dataset_sha256());
  header.record.set_baseline_maybe_repeated_calls(record.baseline_maybe_repeated_calls());
  header.record.set_candidate_maybe_repeated_calls(record.candidate_maybe_repeated_calls());
  return header;
}

std::string WriteHeaderLine(const EvidenceHeader& header) {
  return Line(json::Object(
      {{"format", kFormat}, {"task", ToJson(header.task)}, {"record", ToJson(header.record)}}));
}

absl::StatusOr<EvidenceHeader> ReadHeaderLine(std::string_view line) {
  const absl::StatusOr<json::Value> parsed = json::Parse(line);
  if (!parsed.ok()) return AsEvidence(parsed.status());
  if ((*parsed)["format"].String() != kFormat) {
    return BadEvidence(
        absl::StrCat("this is no evidence that this version reads (format ", kFormat,
                     "): make it with  tunegate eval report NAME --format evidence"));
  }
  TG_RETURN_IF_ERROR(CheckMembers(*parsed, {"format", "task", "record"}));
  EvidenceHeader header;
  TG_RETURN_IF_ERROR(AsEvidence(FromJson((*parsed)["task"], &header.task, "task")));
  TG_RETURN_IF_ERROR(AsEvidence(FromJson((*parsed)["record"], &header.record, "record")));
  return header;
}

std::string WriteExampleLine(const datasets::Example& example,
                             const std::vector<CallRecord>& calls) {
  json::Value slices = json::Object();
  for (const auto& [key, value] : example.slices) slices.Set(key, value);
  json::Value answers = json::Array();
  for (const CallRecord& call : calls) {
    json::Value answer = ToJson(call);
    answer.Remove("example");  // the line says it
    answers.Append(std::move(answer));
  }
  return Line(json::Object({{"example", example.line},
                            {"query", example.query},
                            {"expected", example.expected},
                            {"slices", std::move(slices)},
                            {"calls", std::move(answers)}}));
}

absl::StatusOr<EvidenceExample> ReadExampleLine(std::string_view line) {
  const absl::StatusOr<json::Value> parsed = json::Parse(line);
  if (!parsed.ok()) return AsEvidence(parsed.status());
  TG_RETURN_IF_ERROR(CheckMembers(*parsed, {"example", "query", "expected", "slices", "calls"}));
  EvidenceExample read;
  datasets::Example& example = read.example;
  example.line = (*parsed)["example"].IntegerOr(0);
  if (example.line < 1) return BadEvidence("'example' is missing or no line of a dataset");
  example.id = absl::StrFormat("%07d", example.line);
  TG_RETURN_IF_ERROR(TakeText(*parsed, "query", example.query));
  TG_RETURN_IF_ERROR(TakeText(*parsed, "expected", example.expected));
  for (const auto& [key, value] : (*parsed)["slices"].Members()) {
    TG_RETURN_IF_ERROR(TakeText((*parsed)["slices"], key, example.slices[key]));
  }
  const std::vector<json::Value>& calls = (*parsed)["calls"].Elements();
  for (size_t i = 0; i < calls.size(); ++i) {
    CallRecord& call = read.calls.emplace_back();
    TG_RETURN_IF_ERROR(AsEvidence(FromJson(calls[i], &call, absl::StrCat("calls[", i, "]"))));
    call.set_example(example.line);
  }
  return read;
}

}  // namespace tunegate::certificates
