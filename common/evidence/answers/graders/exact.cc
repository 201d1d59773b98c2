#include "common/evidence/answers/graders/graders.h"
#include "common/evidence/answers/graders/json_containment.h"
#include "common/evidence/answers/graders/string_set.h"

namespace tunegate::graders {
namespace {

class Exact : public ValueGrader {
 public:
  std::string_view name() const override { return "exact"; }
  double Score(const Sample& sample) const override {
    return SameJson(sample.right, sample.answered) ? 1 : 0;
  }
};

class ExactSet : public ValueGrader {
 public:
  std::string_view name() const override { return "exact"; }
  double Score(const Sample& sample) const override {
    const auto right = ReadStringSet(sample.right);
    return right.has_value() && right == ReadStringSet(sample.answered) ? 1 : 0;
  }
};

}  // namespace

std::unique_ptr<const ValueGrader> NewExact() { return std::make_unique<Exact>(); }
std::unique_ptr<const ValueGrader> NewExactSet() { return std::make_unique<ExactSet>(); }

}  // namespace tunegate::graders
