// AnswerTemplate: a text with placeholders, as OpenAI's graders have them. `{{sample.output_text}}`
// is the whole answer, `{{sample.output_json.FIELD}}` a field of it, `{{item.FIELD}}` that field of
// the right answer; white space inside the braces is free. A field's string stands as it is,
// another value as JSON, a missing one as nothing. The right answer of a task of bare text is
// `{{item.label}}`.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_ANSWER_TEMPLATE_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_ANSWER_TEMPLATE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "common/evidence/answers/graders/value_grader.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::graders {

// Thread-safe once parsed; copyable.
class AnswerTemplate {
 public:
  // Bounds what an answer of a megabyte can become.
  static constexpr int kMaxPlaceholders = 16;

  // INVALID_ARGUMENT (BAD_TEMPLATE) for a placeholder that is not closed, that is none of these, or
  // that names no field of the task.
  static absl::StatusOr<AnswerTemplate> Parse(std::string_view text, const v1::Task& task);

  std::string Expand(const Sample& sample) const;

 private:
  enum class Source { kText, kOutputText, kOutputField, kItemField };
  struct Part {
    Source source = Source::kText;
    std::string text;  // itself, or the field's id
  };
  static absl::StatusOr<Part> ParsePlaceholder(std::string_view inside, const v1::Task& task);

  std::vector<Part> parts_;
};

}  // namespace tunegate::graders

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_ANSWER_TEMPLATE_H_
