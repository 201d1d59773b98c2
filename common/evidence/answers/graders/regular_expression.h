// Regular expressions (PCRE2) that neither a hostile pattern nor a hostile answer can make run on.
//
// A search is counted in steps: items of the pattern that are tried, and eight characters that one
// item passes over. Backtracking tries items again, so catastrophic patterns use their steps up.
// One item may also look far ahead without passing over anything: a back reference, or a counted
// repeat. In patterns with those an item costs a further step for each 64 bytes of the text. At
// kMaxSteps the search is given up, and what was not found by then is not there; an ordinary
// pattern needs a few steps a character and so searches a megabyte to its end. At the worst a
// search takes some tenths of a second and 32 MB.
#ifndef TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_REGULAR_EXPRESSION_H_
#define TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_REGULAR_EXPRESSION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "common/evidence/answers/graders/value_grader.h"

namespace tunegate::graders {

// Thread-safe once compiled; cheap to copy.
class Pattern {
 public:
  static constexpr size_t kMaxBytes = 4096;
  static constexpr int64_t kMaxSteps = 4'000'000;

  // PCRE2's syntax on UTF-8; \w, \d and \b know Unicode. INVALID_ARGUMENT (BAD_PATTERN) with the
  // offset in characters and PCRE2's reason.
  static absl::StatusOr<Pattern> Compile(std::string_view pattern);

  // Whether the pattern is found anywhere in `text`; ill-formed UTF-8 is made valid first.
  bool FoundIn(std::string_view text) const;

 private:
  struct Code;
  explicit Pattern(std::shared_ptr<const Code> code) : code_(std::move(code)) {}
  std::shared_ptr<const Code> code_;
};

// Strings in which the pattern is found.
std::unique_ptr<const ValueGrader> NewRegularExpression(Pattern pattern);
// The same where each right value is the pattern. The value itself scores 1 even if it does not
// match itself.
std::unique_ptr<const ValueGrader> NewRightPattern();

}  // namespace tunegate::graders

#endif  // TUNEGATE_COMMON_EVIDENCE_ANSWERS_GRADERS_REGULAR_EXPRESSION_H_
