#include "common/evidence/answers/pinned_model.h"

#include <algorithm>

namespace tunegate::evaluations {
namespace {

constexpr std::string_view kFineTuned = "ft:";
// Digits stand for digits.
constexpr std::string_view kDate = "-0000-00-00";

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool EndsInDate(std::string_view model) {
  if (model.size() <= kDate.size()) return false;
  const std::string_view end = model.substr(model.size() - kDate.size());
  const bool shaped = std::equal(end.begin(), end.end(), kDate.begin(), [](char c, char form) {
    return form == '0' ? IsDigit(c) : c == form;
  });
  if (!shaped) return false;
  const int month = (end[6] - '0') * 10 + (end[7] - '0');
  const int day = (end[9] - '0') * 10 + (end[10] - '0');
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

}  // namespace

bool IsPinnedModel(std::string_view model) {
  return (model.starts_with(kFineTuned) && model.size() > kFineTuned.size()) || EndsInDate(model);
}

}  // namespace tunegate::evaluations
