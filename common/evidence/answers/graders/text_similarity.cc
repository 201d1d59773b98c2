#include "common/evidence/answers/graders/graders.h"

namespace tunegate::graders {
namespace {

class TextSimilarity : public ValueGrader {
 public:
  explicit TextSimilarity(Measure measure) : measure_(measure) {}

  std::string_view name() const override { return "text_similarity"; }
  bool partial() const override { return true; }
  double Score(const Sample& sample) const override {
    if (!sample.right.IsString() || !sample.answered.IsString()) return 0;
    return measure_(sample.right.String(), sample.answered.String());
  }

 private:
  const Measure measure_;
};

}  // namespace

std::unique_ptr<const ValueGrader> NewTextSimilarity(Measure measure) {
  return std::make_unique<TextSimilarity>(measure);
}

}  // namespace tunegate::graders
