#include "common/evidence/answers/grading.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/errors.h"
#include "common/evidence/answers/answer_form.h"
#include "common/evidence/answers/graders/string_set.h"
#include "common/evidence/answers/response_schema.h"
#include "common/statistics/parts_per_million.h"
#include "common/utf8.h"

namespace tunegate::evaluations {
namespace {

using Kind = GradedField::Kind;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kWhiteSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

GradedField MakeField(const v1::Task::Field& field, const graders::ValueGrader& grader) {
  GradedField made;
  made.id = field.id();
  made.scored = field.scored();
  made.grader = std::string(grader.name());
  made.partial = grader.partial();
  if (field.has_category()) {
    made.kind = Kind::kCategory;
    made.values.assign(field.category().values().begin(), field.category().values().end());
  } else if (field.has_set()) {
    made.kind = Kind::kSet;
    made.values.assign(field.set().values().begin(), field.set().values().end());
  } else if (field.has_number()) {
    made.kind = Kind::kNumber;
  } else if (field.has_json()) {
    made.kind = Kind::kJson;
  }
  return made;
}

// Headline, then scored, then others.
int Rank(const v1::Task::Field& field) {
  if (!field.scored()) return 2;
  return field.headline() ? 0 : 1;
}

// What a value of the kind must be, or nullptr when `value` (null: there is none) is that.
const char* FaultOf(Kind kind, const json::Value* value) {
  switch (kind) {
    case Kind::kCategory:
    case Kind::kText:
      return value != nullptr && value->IsString() ? nullptr : "must be a string";
    case Kind::kSet:
      return value != nullptr && graders::IsStringSet(*value) ? nullptr
                                                              : "must be an array of strings";
    case Kind::kNumber:
      return value != nullptr && value->IsNumber() ? nullptr : "must be a number";
    case Kind::kJson:
      break;
  }
  return value != nullptr ? nullptr : "is missing";
}

// What a right value that is not scored and not there is taken for.
json::Value EmptyValue(Kind kind) {
  if (kind == Kind::kNumber || kind == Kind::kJson) return json::Value();
  return kind == Kind::kSet ? json::Array() : json::Value("");
}

// A bare text's value: for a number or JSON what its text says, nothing where it says none.
std::optional<json::Value> ReadBare(Kind kind, std::string_view trimmed) {
  if (kind != Kind::kNumber && kind != Kind::kJson) return json::Value(trimmed);
  absl::StatusOr<json::Value> value = json::Parse(trimmed);
  if (!value.ok()) return std::nullopt;
  return *std::move(value);
}

std::string ForPeople(const json::Value& value) {
  if (value.IsNull()) return "";
  if (value.IsString()) return value.String();
  const auto items = graders::ReadStringSet(value);
  return items.has_value() ? absl::StrJoin(*items, ", ") : json::Write(value);
}

// A field and how it is graded.
struct Draft {
  const v1::Task::Field* field;
  graders::FieldGrader grader;
};

// In the task's order.
absl::StatusOr<std::vector<Draft>> DraftFields(const v1::Task& task) {
  std::vector<Draft> drafts;
  std::vector<std::pair<std::string, std::string>> violations;
  for (int i = 0; i < task.fields_size(); ++i) {
    std::vector<graders::GraderFault> faults;
    drafts.push_back({&task.fields(i), graders::MakeGrader(task, task.fields(i), faults)});
    for (const auto& [path, what] : faults) {
      violations.emplace_back(absl::StrCat("task.fields[", i, "].", path), what);
    }
  }
  if (violations.empty()) return drafts;
  Error error = InvalidArgument(
      "INVALID_GRADER", absl::StrCat(violations.front().first, " ", violations.front().second));
  for (const auto& [path, what] : violations) std::move(error).Field(path, what);
  return error;
}

}  // namespace

bool IsRefusalOrCut(const store::v1::CallRecord& call) {
  return call.refused() || call.finish_reason() == "length" ||
         call.finish_reason() == "content_filter";
}

absl::StatusOr<Grader> Grader::Create(const v1::Task& task) {
  TG_ASSIGN_OR_RETURN(std::vector<Draft> drafts, DraftFields(task));
  std::stable_sort(drafts.begin(), drafts.end(),
                   [](const Draft& a, const Draft& b) { return Rank(*a.field) < Rank(*b.field); });
  Grader grader;
  grader.bare_text_ = tasks::IsBareText(task);
  for (Draft& draft : drafts) {
    const v1::Task::Field* field = draft.field;
    grader.fields_.push_back(MakeField(*field, *draft.grader.grader));
    grader.graders_.push_back(std::move(draft.grader));
    grader.scored_count_ += field->scored() ? 1 : 0;
    auto& index = grader.category_index_.emplace_back();
    if (!field->has_category()) continue;
    for (const std::string& value : field->category().values()) {
      index.emplace(value, static_cast<int>(index.size()));
    }
  }
  if (grader.scored_count_ == 0) {
    return InvalidArgument("NOTHING_TO_SCORE",
                           absl::StrCat("task '", task.name(),
                                        "' has no scored field; set `scored: true` on at least "
                                        "one"));
  }
  if (!grader.bare_text_) {
    TG_ASSIGN_OR_RETURN(json::Schema schema,
                        json::Schema::Compile(tasks::ResponseSchemaText(task)));
    grader.schema_ = std::move(schema);
  }
  return grader;
}

int Grader::CategoryIndex(size_t field, std::string_view value) const {
  const auto found = category_index_[field].find(value);
  return found == category_index_[field].end() ? -1 : found->second;
}

absl::StatusOr<Expected> Grader::Prepare(std::string_view text) const {
  constexpr char kReason[] = "BAD_EXPECTED_ANSWER";
  json::Value answer = json::Object();
  if (bare_text_) {
    if (auto value = ReadBare(fields_[0].kind, Trimmed(text))) answer.Set("", *std::move(value));
  } else {
    absl::StatusOr<json::Value> parsed = json::Parse(text);
    if (!parsed.ok() || !parsed->IsObject()) {
      return InvalidArgument(kReason, "the right answer is not a JSON object: check the example")
          .Field("expected", Abbreviate(ToValidUtf8(text), 200));
    }
    answer = *std::move(parsed);
  }
  Expected expected;
  expected.answer = json::Object();
  for (size_t i = 0; i < fields_.size(); ++i) {
    const GradedField& field = fields_[i];
    const json::Value* value = answer.Find(field.id);
    Expected::Value& made = expected.values.emplace_back();
    const char* wrong_type = FaultOf(field.kind, value);
    std::string fault = wrong_type != nullptr ? wrong_type : graders_[i].grader->FaultOf(*value);
    if (fault.empty() && field.kind == Kind::kCategory) {
      made.category = CategoryIndex(i, value->String());
      if (made.category < 0) fault = "is not one of the values";
    }
    if (!fault.empty() && field.scored) {
      const std::string shown = value != nullptr ? ForPeople(*value) : "";
      return InvalidArgument(kReason,
                             absl::StrCat("the right answer's field '", field.id, "' ", fault))
          .Field(absl::StrCat("expected.", field.id), Abbreviate(ToValidUtf8(shown), 200));
    }
    expected.answer.Set(field.id, wrong_type != nullptr ? EmptyValue(field.kind) : *value);
  }
  return expected;
}

Graded Grader::Grade(const Expected& expected, const store::v1::CallRecord& call) const {
  Graded graded;
  graded.right.assign(fields_.size(), false);
  graded.scores.assign(fields_.size(), 0);
  graded.category.assign(fields_.size(), -1);
  if (call.has_failure()) {
    graded.missing = true;
    return graded;
  }
  // A refusal comes in place of an answer: it is none, even if its words happen to be a value.
  if (call.refused()) return graded;
  if (bare_text_) {
    GradeBareText(expected, call.text(), IsRefusalOrCut(call), graded);
  } else {
    GradeJson(expected, call.text(), IsRefusalOrCut(call), graded);
  }
  return graded;
}

void Grader::GradeJson(const Expected& expected, std::string_view text, bool cut,
                       Graded& graded) const {
  const absl::StatusOr<json::Value> answer = json::Parse(text);
  if (!answer.ok()) return;
  graded.json_valid = true;
  graded.schema_valid = schema_->ValidateValue(*answer).ok();
  if (!cut) GradeFields(expected, {*answer, text}, graded);
}

void Grader::GradeBareText(const Expected& expected, std::string_view text, bool cut,
                           Graded& graded) const {
  const std::string_view trimmed = Trimmed(text);
  const Kind kind = fields_[0].kind;
  std::optional<json::Value> value = ReadBare(kind, trimmed);
  if (!value.has_value()) return;
  graded.schema_valid = kind == Kind::kCategory ? CategoryIndex(0, trimmed) >= 0
                        : kind == Kind::kNumber ? value->IsNumber()
                                                : !trimmed.empty();
  if (cut) return;
  const json::Value fields = json::Object({{"", *std::move(value)}});
  GradeFields(expected, {fields, trimmed}, graded);
}

void Grader::GradeFields(const Expected& expected, const Answer& answer, Graded& graded) const {
  static const json::Value null;
  graded.overall_right = true;
  for (size_t i = 0; i < fields_.size(); ++i) {
    const GradedField& field = fields_[i];
    const json::Value* value = answer.fields.Find(field.id);
    if (FaultOf(field.kind, value) == nullptr) {
      const double score =
          graders_[i].grader->Score({.right = expected.answer[field.id],
                                     .answered = *value,
                                     .output_text = answer.text,
                                     .output_json = bare_text_ ? null : answer.fields,
                                     .item = expected.answer});
      // Compared and kept in whole millionths: the same digits on every machine.
      const int64_t ppm = stats::ToPartsPerMillion(score);
      graded.scores[i] = stats::FromPartsPerMillion(ppm);
      graded.right[i] = ppm >= graders_[i].pass_ppm;
      if (field.kind == Kind::kCategory) graded.category[i] = CategoryIndex(i, value->String());
      // A grader may take more than the value's own writing for right ("Bug" for "bug").
      if (graded.right[i] && graded.category[i] < 0) {
        graded.category[i] = expected.values[i].category;
      }
    }
    if (field.scored && !graded.right[i]) graded.overall_right = false;
  }
}

std::string Grader::AnsweredText(const store::v1::CallRecord& call, size_t field) const {
  if (call.has_failure() || call.refused()) return "";
  if (bare_text_) return ToValidUtf8(Trimmed(call.text()));
  const absl::StatusOr<json::Value> answer = json::Parse(call.text());
  return answer.ok() ? ForPeople((*answer)[fields_[field].id]) : "";
}

std::string Grader::ExpectedText(const Expected& expected, size_t field) const {
  const std::string text = ForPeople(expected.answer[fields_[field].id]);
  return fields_[field].kind == Kind::kText ? std::string(Trimmed(text)) : text;
}

}  // namespace tunegate::evaluations
