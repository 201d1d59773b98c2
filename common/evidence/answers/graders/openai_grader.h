// Graders in OpenAI's own JSON: `string_check` and `text_similarity`, run here.
//
// string_check: `eq` and `ne` compare input and reference as they are; `like` asks whether the
// input holds the reference, `ilike` the same without regard to case. text_similarity: `input` is
// graded against `reference` by `evaluation_metric` (similarity.h). Both texts are templates
// (answer_template.h).
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_OPENAI_GRADER_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_OPENAI_GRADER_H_

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/evidence/answers/graders/value_grader.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::graders {

struct OpenAiGrader {
  std::unique_ptr<const ValueGrader> grader;
  double pass_threshold = 1;  // its own, in (0, 1]
};

// INVALID_ARGUMENT (BAD_OPENAI_GRADER) that names the member at fault and what was expected; also
// for types that only the provider can run and for members that would be ignored here.
absl::StatusOr<OpenAiGrader> ReadOpenAiGrader(std::string_view definition, const v1::Task& task);

}  // namespace tunegate::graders

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_OPENAI_GRADER_H_
