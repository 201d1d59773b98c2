#include "common/evidence/answers/grading.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/errors.h"
#include "common/evidence/answers/answer_form.h"
#include "common/evidence/answers/response_schema.h"
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

GradedField MakeField(const v1::Task::Field& field) {
  GradedField made;
  made.id = field.id();
  made.scored = field.scored();
  made.grader = field.has_category() || field.has_set() ? "exact" : "folded";
  if (field.has_category()) {
    made.kind = Kind::kCategory;
    made.values.assign(field.category().values().begin(), field.category().values().end());
  } else if (field.has_set()) {
    made.kind = Kind::kSet;
    made.values.assign(field.set().values().begin(), field.set().values().end());
  }
  return made;
}

// Headline, then scored, then others.
int Rank(const v1::Task::Field& field) {
  if (!field.scored()) return 2;
  return field.headline() ? 0 : 1;
}

// The strings of a set, sorted, each once. False when it is no array of strings.
bool ReadItems(const json::Value& value, std::vector<std::string>& items) {
  if (!value.IsArray()) return false;
  items.clear();
  items.reserve(value.Elements().size());
  for (const json::Value& element : value.Elements()) {
    if (!element.IsString()) return false;
    items.push_back(element.String());
  }
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return true;
}

bool SameText(const Expected::Value& expected, std::string_view answer) {
  const std::string_view trimmed = Trimmed(answer);
  // Folding costs a walk through ICU: most right answers are right to the byte.
  if (trimmed == expected.text) return true;
  return FoldForMatching(trimmed) == expected.folded;
}

bool SameValue(Kind kind, const Expected::Value& expected, const json::Value& answer) {
  switch (kind) {
    case Kind::kCategory:
      return answer.IsString() && answer.String() == expected.text;
    case Kind::kText:
      return answer.IsString() && SameText(expected, answer.String());
    case Kind::kSet:
      break;
  }
  std::vector<std::string> items;
  return ReadItems(answer, items) && items == expected.items;
}

std::string ForPeople(const json::Value& value) {
  if (value.IsNull()) return "";
  if (value.IsString()) return value.String();
  std::vector<std::string> items;
  if (ReadItems(value, items)) return absl::StrJoin(items, ", ");
  return json::Write(value);
}

// What a right answer's field must be, or nullptr when `value` is that.
const char* FaultOf(const GradedField& field, const json::Value& value) {
  if (field.kind == Kind::kSet) {
    std::vector<std::string> items;
    return ReadItems(value, items) ? nullptr : "must be an array of strings";
  }
  return value.IsString() ? nullptr : "must be a string";
}

}  // namespace

bool IsRefusalOrCut(const store::v1::CallRecord& call) {
  return call.refused() || call.finish_reason() == "length" ||
         call.finish_reason() == "content_filter";
}

absl::StatusOr<Grader> Grader::Create(const v1::Task& task) {
  Grader grader;
  grader.bare_text_ = tasks::IsBareText(task);
  std::vector<const v1::Task::Field*> ordered;
  for (const v1::Task::Field& field : task.fields()) ordered.push_back(&field);
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const auto* a, const auto* b) { return Rank(*a) < Rank(*b); });
  for (const v1::Task::Field* field : ordered) {
    grader.fields_.push_back(MakeField(*field));
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
  json::Value answer;
  if (bare_text_) {
    answer = json::Object({{"", json::Value(Trimmed(text))}});
  } else {
    absl::StatusOr<json::Value> parsed = json::Parse(text);
    if (!parsed.ok() || !parsed->IsObject()) {
      return InvalidArgument(kReason, "the right answer is not a JSON object: check the example")
          .Field("expected", Abbreviate(ToValidUtf8(text), 200));
    }
    answer = *std::move(parsed);
  }
  Expected expected;
  for (size_t i = 0; i < fields_.size(); ++i) {
    const GradedField& field = fields_[i];
    const json::Value& value = answer[field.id];
    const char* fault = FaultOf(field, value);
    Expected::Value& made = expected.values.emplace_back();
    if (fault == nullptr && field.kind == Kind::kSet) {
      ReadItems(value, made.items);
    } else if (fault == nullptr) {
      made.text = field.kind == Kind::kText ? std::string(Trimmed(value.String())) : value.String();
      if (field.kind == Kind::kText) made.folded = FoldForMatching(made.text);
      made.category = CategoryIndex(i, made.text);
      if (field.kind == Kind::kCategory && made.category < 0) fault = "is not one of the values";
    }
    if (fault != nullptr && field.scored) {
      return InvalidArgument(kReason,
                             absl::StrCat("the right answer's field '", field.id, "' ", fault))
          .Field(absl::StrCat("expected.", field.id), Abbreviate(ForPeople(value), 200));
    }
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
  for (size_t i = 0; i < fields_.size(); ++i) graded.scores[i] = graded.right[i] ? 1 : 0;
  return graded;
}

void Grader::GradeJson(const Expected& expected, std::string_view text, bool cut,
                       Graded& graded) const {
  const absl::StatusOr<json::Value> answer = json::Parse(text);
  if (!answer.ok()) return;
  graded.json_valid = true;
  graded.schema_valid = schema_->ValidateValue(*answer).ok();
  if (cut) return;
  graded.overall_right = true;
  for (size_t i = 0; i < fields_.size(); ++i) {
    const json::Value& value = (*answer)[fields_[i].id];
    graded.right[i] = SameValue(fields_[i].kind, expected.values[i], value);
    if (fields_[i].kind == Kind::kCategory && value.IsString()) {
      graded.category[i] = CategoryIndex(i, value.String());
    }
    if (fields_[i].scored && !graded.right[i]) graded.overall_right = false;
  }
}

void Grader::GradeBareText(const Expected& expected, std::string_view text, bool cut,
                           Graded& graded) const {
  const std::string_view answer = Trimmed(text);
  const GradedField& field = fields_[0];
  if (field.kind == Kind::kCategory) {
    const int category = CategoryIndex(0, answer);
    graded.schema_valid = category >= 0;
    if (cut) return;
    graded.category[0] = category;
    graded.right[0] = answer == expected.values[0].text;
  } else {
    graded.schema_valid = !answer.empty();
    if (cut) return;
    graded.right[0] = SameText(expected.values[0], answer);
  }
  graded.overall_right = graded.right[0];
}

std::string Grader::AnsweredText(const store::v1::CallRecord& call, size_t field) const {
  if (call.has_failure() || call.refused()) return "";
  if (bare_text_) return ToValidUtf8(Trimmed(call.text()));
  const absl::StatusOr<json::Value> answer = json::Parse(call.text());
  return answer.ok() ? ForPeople((*answer)[fields_[field].id]) : "";
}

std::string Grader::ExpectedText(const Expected& expected, size_t field) const {
  const Expected::Value& value = expected.values[field];
  return fields_[field].kind == Kind::kSet ? absl::StrJoin(value.items, ", ") : value.text;
}

}  // namespace tunegate::evaluations
