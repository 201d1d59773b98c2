#include "common/evidence/report/worst_slices.h"

#include <algorithm>
#include <tuple>

namespace tunegate::evaluations {
namespace {

constexpr size_t kMostNamed = 5;
constexpr int64_t kLeastExamples = 10;

const v1::Estimate& JudgedArm(const v1::Report::Metric& metric) {
  return metric.has_candidate() ? metric.candidate() : metric.baseline();
}

}  // namespace

std::vector<std::string> WorstSlices(const v1::Report& report) {
  const v1::Report::Metric* all = nullptr;
  std::vector<const v1::Report::Metric*> slices;
  for (const v1::Report::Metric& metric : report.metrics()) {
    if (metric.id() != "overall_accuracy") continue;
    if (metric.slice().empty()) {
      all = &metric;
    } else if (JudgedArm(metric).sample_count() >= kLeastExamples) {
      slices.push_back(&metric);
    }
  }
  if (all == nullptr) return {};
  std::erase_if(slices, [all](const v1::Report::Metric* slice) {
    return JudgedArm(*slice).value() >= JudgedArm(*all).value();
  });
  // Stable: ties keep the report's order, by key and value.
  std::stable_sort(slices.begin(), slices.end(), [](const auto* a, const auto* b) {
    const auto rank = [](const v1::Estimate& e) { return std::make_tuple(e.upper(), e.value()); };
    return rank(JudgedArm(*a)) < rank(JudgedArm(*b));
  });
  if (slices.size() > kMostNamed) slices.resize(kMostNamed);
  std::vector<std::string> names;
  for (const v1::Report::Metric* slice : slices) names.push_back(slice->slice());
  return names;
}

}  // namespace tunegate::evaluations
