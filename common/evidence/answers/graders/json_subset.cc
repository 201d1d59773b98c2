#include "common/evidence/answers/graders/graders.h"
#include "common/evidence/answers/graders/json_containment.h"

namespace tunegate::graders {
namespace {

class JsonSubset : public ValueGrader {
 public:
  std::string_view name() const override { return "json_subset"; }
  double Score(const Sample& sample) const override {
    return ContainsJson(sample.answered, sample.right) ? 1 : 0;
  }
};

}  // namespace

std::unique_ptr<const ValueGrader> NewJsonSubset() { return std::make_unique<JsonSubset>(); }

}  // namespace tunegate::graders
