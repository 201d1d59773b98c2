// ValueGrader: from a field's right value and what was answered to a score in [0, 1]. One file a
// grader stands in this room; make_grader.h builds the one that a task's field names.
//
// What every grader keeps (grader_contract_test.cc):
//  * The right value itself scores 1, unless the task says what is right without it: a pattern of
//    its own, or a definition in OpenAI's JSON. Every score is in [0, 1], and never NaN.
//  * A value of another JSON type than the grader compares scores 0.
//  * It never fails, and its time is bounded whatever was answered: linear in the lengths, apart
//    from what common_subsequence.h and regular_expression.h say of theirs.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_VALUE_GRADER_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_VALUE_GRADER_H_

#include <string>
#include <string_view>

#include "common/json.h"

namespace tunegate::graders {

// The id under which templates name the value of a task whose only field has none.
inline constexpr std::string_view kBareTextId = "label";

// One answer beside the right one. It owns nothing.
struct Sample {
  const json::Value& right;     // the field's right value
  const json::Value& answered;  // its answered value; null when it is missing

  // The answers as a whole, for graders that compare more than the field.
  std::string_view output_text;    // perhaps ill-formed UTF-8; bare text without outer white space
  const json::Value& output_json;  // the same, read; null for bare text
  const json::Value& item;         // the right answer: an object by field id, "" for bare text
};

// Thread-safe: graders hold no state.
class ValueGrader {
 public:
  virtual ~ValueGrader() = default;

  // As Task.Grader names its kinds: "exact", "set_f1" ...
  virtual std::string_view name() const = 0;
  // True when scores also lie between 0 and 1.
  virtual bool partial() const { return false; }
  // Why `right`, which is of the field's JSON type, cannot be a right value ("must be ..."); empty
  // when it can.
  virtual std::string FaultOf(const json::Value& /*right*/) const { return ""; }
  // In [0, 1].
  virtual double Score(const Sample& sample) const = 0;
};

}  // namespace tunegate::graders

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_VALUE_GRADER_H_
