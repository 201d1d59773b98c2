#include <algorithm>
#include <iterator>

#include "common/evidence/answers/graders/graders.h"
#include "common/evidence/answers/graders/string_set.h"

namespace tunegate::graders {
namespace {

class SetF1 : public ValueGrader {
 public:
  std::string_view name() const override { return "set_f1"; }
  bool partial() const override { return true; }

  // 2 |both| / (|right| + |answered|), which is the harmonic mean of precision and recall.
  double Score(const Sample& sample) const override {
    const auto right = ReadStringSet(sample.right);
    const auto answered = ReadStringSet(sample.answered);
    if (!right.has_value() || !answered.has_value()) return 0;
    if (right->empty() && answered->empty()) return 1;
    std::vector<std::string> both;
    std::set_intersection(right->begin(), right->end(), answered->begin(), answered->end(),
                          std::back_inserter(both));
    return 2.0 * static_cast<double>(both.size()) /
           static_cast<double>(right->size() + answered->size());
  }
};

}  // namespace

std::unique_ptr<const ValueGrader> NewSetF1() { return std::make_unique<SetF1>(); }

}  // namespace tunegate::graders
