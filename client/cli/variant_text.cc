#include "client/cli/variant_text.h"

#include <algorithm>

#include "client/cli/format.h"
#include "tunegate/v1/common.pb.h"

namespace tunegate::cli {

std::string WhoAnswers(const v1::Variant& variant, const Models& answering) {
  std::string asked = variant.model().empty() ? "the base model" : variant.model();
  std::string answered;
  for (const std::string& model : answering) answered += (answered.empty() ? "" : " and ") + model;
  if (answered.empty() || answered == asked) return asked;
  if (variant.model().empty()) return answered;
  // `jobs/x` names what a job made: its model's own name says more and is no surprise.
  if (asked.starts_with("jobs/")) return answered + " (" + asked + ")";
  return answered + " (asked for " + asked + ")";
}

std::string DescribeVariant(const v1::Variant& variant, const Models& answering) {
  std::string text = variant.provider();
  text += (text.empty() ? "" : " ") + WhoAnswers(variant, answering) + ", ";
  text += variant.has_system_prompt() ? "own prompt" : "task's prompt";
  if (variant.examples_size() > 0) text += ", " + Counted(variant.examples_size(), "example");
  text += ", temperature " + Figure(variant.temperature());
  if (variant.strict_schema()) text += ", schema enforced";
  return text;
}

}  // namespace tunegate::cli
