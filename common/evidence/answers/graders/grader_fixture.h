// What the tests of graders share.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_GRADER_FIXTURE_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_GRADER_FIXTURE_H_

#include <string_view>

#include "common/evidence/answers/graders/value_grader.h"
#include "common/json.h"

namespace tunegate::graders::fixture {

inline double Score(const ValueGrader& grader, const json::Value& right,
                    const json::Value& answered) {
  const json::Value item = json::Object({{"field", right}});
  const json::Value output = json::Object({{"field", answered}});
  return grader.Score({.right = right,
                       .answered = answered,
                       .output_text = answered.String(),
                       .output_json = output,
                       .item = item});
}

// JSON as tests write it: what does not parse is a string.
inline json::Value Json(std::string_view text) {
  const auto parsed = json::Parse(text);
  return parsed.ok() ? *parsed : json::Value(text);
}

inline double ScoreText(const ValueGrader& grader, std::string_view right,
                        std::string_view answered) {
  return Score(grader, Json(right), Json(answered));
}

}  // namespace tunegate::graders::fixture

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_GRADER_FIXTURE_H_
