#include "common/evidence/answers/graders/graders.h"
#include "common/utf8.h"

namespace tunegate::graders {
namespace {

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kWhiteSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

class Folded : public ValueGrader {
 public:
  std::string_view name() const override { return "folded"; }
  double Score(const Sample& sample) const override {
    if (!sample.right.IsString() || !sample.answered.IsString()) return 0;
    const std::string_view right = Trimmed(sample.right.String());
    const std::string_view answered = Trimmed(sample.answered.String());
    // Folding costs a walk through ICU: most right answers are right to the byte.
    if (right == answered) return 1;
    return FoldForMatching(right) == FoldForMatching(answered) ? 1 : 0;
  }
};

}  // namespace

std::unique_ptr<const ValueGrader> NewFolded() { return std::make_unique<Folded>(); }

}  // namespace tunegate::graders
