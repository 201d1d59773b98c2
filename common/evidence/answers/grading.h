// Grader: what an answer is worth. Built once from a task, it reads each right answer once and then
// grades calls against it.
//
//   TG_ASSIGN_OR_RETURN(const Grader grader, Grader::Create(task));
//   TG_ASSIGN_OR_RETURN(const Expected expected, grader.Prepare(example.expected));
//   const Graded graded = grader.Grade(expected, call);
//
// The rules, for a task whose answers are JSON:
//  * Each field has a grader (graders/make_grader.h), which gives what is answered a score in
//    [0, 1]; the field is right when its score, to the nearest millionth, reaches the grader's
//    threshold. A field that is missing or of another JSON type than its kind's scores 0.
//  * Without a grader of its own, a category is right when it is the same string; a set when it
//    holds the same strings, in any order and however often; a text when both are the same without
//    case, accents and outer white space; a number and JSON when they have the same value.
//  * An answer that is not exactly one JSON value (prose around it, a code fence, bad UTF-8) is
//    wrong in every field. So are a refusal, and an answer that was cut (`finish_reason` "length"
//    or "content_filter"), even where what is left of it parses.
//  * Members that the task does not know and faults in fields that are not scored make an answer
//    schema-invalid, not wrong.
//  * A call that failed after all retries is missing: neither right nor wrong.
// For a task of bare text the trimmed answer is the value, read as JSON for a number or JSON field;
// json_valid is then always false and not reported, and schema_valid says that the text is a value
// the field can take.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADING_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADING_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evidence/answers/graders/make_grader.h"
#include "common/json.h"
#include "tunegate/store/v1/records.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::evaluations {

// One field of a task, in the order of reports: the headline first, then scored ones, then others,
// each as in the task.
struct GradedField {
  enum class Kind { kCategory, kSet, kText, kNumber, kJson };
  std::string id;  // empty for bare text
  Kind kind = Kind::kText;
  bool scored = false;
  std::vector<std::string> values;  // of a category or a closed set
  // How answers are compared, as Task.Grader names its kinds: "exact", "folded", "set_f1" ...
  std::string grader;
  // True: its scores also lie between 0 and 1, and their mean says more than the accuracy.
  bool partial = false;
};

// A right answer, made ready to compare with. Indices are those of Grader::fields().
struct Expected {
  struct Value {
    int category = -1;  // index into GradedField::values
  };
  std::vector<Value> values;
  json::Value answer;  // the fields' right values by id; a bare text's id is ""
};

// What one answer is worth. Vectors have one element for each of Grader::fields().
struct Graded {
  bool missing = false;  // no answer came: the rest is false and empty
  bool json_valid = false;
  bool schema_valid = false;
  bool overall_right = false;  // all scored fields are
  std::vector<bool> right;     // also of fields that are not scored
  // The field's score in [0, 1], in whole millionths; `right` says whether it suffices.
  std::vector<double> scores;
  // The category that was answered, as an index into GradedField::values; -1 for any other value,
  // for none, and for fields of another kind.
  std::vector<int> category;
};

// Thread-safe once created; cheap to copy.
class Grader {
 public:
  // INVALID_ARGUMENT: (NOTHING_TO_SCORE) for a task without a scored field, (INVALID_GRADER) with
  // the fields for graders that cannot be made. ValidateTask lets neither be stored.
  static absl::StatusOr<Grader> Create(const v1::Task& task);

  // Headline first; never empty.
  const std::vector<GradedField>& fields() const { return fields_; }
  // How many of them are scored; these come first.
  size_t scored_count() const { return scored_count_; }
  bool bare_text() const { return bare_text_; }

  // INVALID_ARGUMENT (BAD_EXPECTED_ANSWER) when `text` is no answer of the task: not JSON, a scored
  // field missing or of another type, a category outside the list, a value that its grader refuses.
  absl::StatusOr<Expected> Prepare(std::string_view text) const;

  // Never fails: whatever a model says has a grade. Its time is linear in the answer's length, or
  // bounded where a grader's is not (graders/value_grader.h).
  Graded Grade(const Expected& expected, const store::v1::CallRecord& call) const;

  // What the answer says in a field, for people: the string, a set's items joined by ", ", other
  // JSON as it is. Empty when there is no such member or no readable answer. Valid UTF-8.
  std::string AnsweredText(const store::v1::CallRecord& call, size_t field) const;
  // The same of a right answer.
  std::string ExpectedText(const Expected& expected, size_t field) const;

 private:
  Grader() = default;
  // What of an answer is graded: its fields, by id, and its text.
  struct Answer {
    const json::Value& fields;
    std::string_view text;
  };
  void GradeJson(const Expected& expected, std::string_view text, bool cut, Graded& graded) const;
  void GradeBareText(const Expected& expected, std::string_view text, bool cut,
                     Graded& graded) const;
  void GradeFields(const Expected& expected, const Answer& answer, Graded& graded) const;
  int CategoryIndex(size_t field, std::string_view value) const;

  std::vector<GradedField> fields_;
  std::vector<graders::FieldGrader> graders_;  // of fields_
  size_t scored_count_ = 0;
  bool bare_text_ = false;
  std::optional<json::Schema> schema_;
  std::vector<std::map<std::string, int, std::less<>>> category_index_;
};

// True when the call's answer does not count whatever it says: a refusal, or cut by the provider.
bool IsRefusalOrCut(const store::v1::CallRecord& call);

}  // namespace tunegate::evaluations

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADING_H_
