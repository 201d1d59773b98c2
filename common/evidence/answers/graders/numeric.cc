#include <algorithm>
#include <cmath>
#include <limits>

#include "common/evidence/answers/graders/graders.h"

namespace tunegate::graders {
namespace {

class Numeric : public ValueGrader {
 public:
  Numeric(double absolute, double relative) : absolute_(absolute), relative_(relative) {}

  std::string_view name() const override { return "numeric"; }

  double Score(const Sample& sample) const override {
    if (!sample.right.IsNumber() || !sample.answered.IsNumber()) return 0;
    const double right = sample.right.NumberOr(0);
    const double answered = sample.answered.NumberOr(0);
    if (!std::isfinite(right) || !std::isfinite(answered)) return 0;
    // Whole numbers beyond 2^53 are compared as such, not as doubles.
    if (sample.right == sample.answered) return 1;
    return Within(right, answered) ? 1 : 0;
  }

 private:
  bool Within(double right, double answered) const {
    if (absolute_ == 0 && relative_ == 0) return false;
    // Of halves, so that the distance of two huge numbers is still a number.
    const double distance = std::fabs(right / 2 - answered / 2);
    const double slack = 4 * std::numeric_limits<double>::epsilon() *
                         std::max(std::fabs(right / 2), std::fabs(answered / 2));
    const double allowed = std::max(absolute_ / 2, relative_ * std::fabs(right / 2));
    return allowed > 0 && distance <= allowed + slack;
  }

  const double absolute_;
  const double relative_;
};

}  // namespace

std::unique_ptr<const ValueGrader> NewNumeric(double absolute_tolerance,
                                              double relative_tolerance) {
  return std::make_unique<Numeric>(absolute_tolerance, relative_tolerance);
}

}  // namespace tunegate::graders
