#include "common/evidence/verdict/policy.h"

#include <utility>

#include "common/digest.h"
#include "common/evidence/report/interval_method.h"
#include "common/json.h"
#include "common/statistics/paired_difference.h"

namespace tunegate::decisions {
namespace {

using Criterion = v1::Policy::Criterion;

Criterion& Add(v1::Policy& policy, const char* id, const char* metric) {
  Criterion& criterion = *policy.add_criteria();
  criterion.set_id(id);
  criterion.set_metric(metric);
  return criterion;
}

// Takes from `defaults` what `policy` does not set.
void FillFrom(const v1::Policy& defaults, v1::Policy& policy) {
  if (policy.criteria().empty()) *policy.mutable_criteria() = defaults.criteria();
  if (policy.confidence() == 0) policy.set_confidence(defaults.confidence());
  if (policy.min_examples() == 0) policy.set_min_examples(defaults.min_examples());
  if (policy.cluster_key().empty()) policy.set_cluster_key(defaults.cluster_key());
  if (!policy.has_max_reuse_age() && defaults.has_max_reuse_age()) {
    *policy.mutable_max_reuse_age() = defaults.max_reuse_age();
  }
  if (policy.interval() == v1::Policy::INTERVAL_UNSPECIFIED) {
    policy.set_interval(defaults.interval());
  }
}

std::string_view BasisName(v1::Policy::Basis basis) {
  switch (basis) {
    case v1::Policy::BASIS_RELATIVE:
      return "relative";
    case v1::Policy::BASIS_ERROR_REDUCTION:
      return "error_reduction";
    default:
      return "points";
  }
}

json::Value ToJson(const v1::Policy::Improvement& improvement) {
  json::Value value =
      json::Object({{"basis", BasisName(improvement.basis())}, {"target", improvement.target()}});
  if (improvement.superiority_margin() != 0) {
    value.Set("superiority_margin", improvement.superiority_margin());
  }
  return value;
}

json::Value ToJson(const Criterion& criterion) {
  json::Value value = json::Object({{"id", criterion.id()}, {"metric", criterion.metric()}});
  if (!criterion.slice().empty()) value.Set("slice", criterion.slice());
  if (criterion.required_when_missing()) value.Set("required_when_missing", true);
  switch (criterion.rule_case()) {
    case Criterion::kImprovement:
      value.Set("improvement", ToJson(criterion.improvement()));
      break;
    case Criterion::kAtLeast:
      value.Set("at_least", criterion.at_least());
      break;
    case Criterion::kNoWorseThan:
      value.Set("no_worse_than", criterion.no_worse_than());
      break;
    case Criterion::RULE_NOT_SET:
      break;
  }
  return value;
}

}  // namespace

const v1::Policy& DefaultPolicy() {
  static const auto* const kPolicy = [] {
    auto* policy = new v1::Policy();
    policy->set_confidence(kDefaultConfidence);
    policy->set_min_examples(kDefaultMinExamples);
    auto& improvement = *Add(*policy, "improvement", "overall_accuracy").mutable_improvement();
    improvement.set_target(0.10);
    improvement.set_basis(v1::Policy::BASIS_POINTS);
    Add(*policy, "absolute_accuracy", "overall_accuracy").set_at_least(0.85);
    Add(*policy, "structure", "schema_valid_rate").set_no_worse_than(0.05);
    Add(*policy, "latency", "latency_ratio").set_no_worse_than(0.25);
    return policy;
  }();
  return *kPolicy;
}

v1::Policy CompletePolicy(const v1::Policy& policy, const v1::Task* task) {
  v1::Policy complete = policy;
  if (task != nullptr) FillFrom(task->default_policy(), complete);
  FillFrom(DefaultPolicy(), complete);
  for (Criterion& criterion : *complete.mutable_criteria()) {
    if (criterion.has_improvement() &&
        criterion.improvement().basis() == v1::Policy::BASIS_UNSPECIFIED) {
      criterion.mutable_improvement()->set_basis(v1::Policy::BASIS_POINTS);
    }
  }
  return complete;
}

absl::Duration MaxReuseAge(const v1::Policy& policy) {
  if (!policy.has_max_reuse_age()) return kDefaultMaxReuseAge;
  return absl::Seconds(policy.max_reuse_age().seconds()) +
         absl::Nanoseconds(policy.max_reuse_age().nanos());
}

std::string PolicyCanonicalJson(const v1::Policy& policy) {
  json::Value criteria = json::Array();
  for (const Criterion& criterion : policy.criteria()) criteria.Append(ToJson(criterion));
  json::Value value = json::Object({{"confidence", policy.confidence()},
                                    {"criteria", std::move(criteria)},
                                    {"min_examples", policy.min_examples()}});
  if (!policy.cluster_key().empty()) value.Set("cluster_key", policy.cluster_key());
  const stats::DifferenceMethod method = evaluations::MethodOf(policy.interval());
  if (method != stats::DifferenceMethod::kTango) value.Set("interval", stats::NameOf(method));
  if (MaxReuseAge(policy) != kDefaultMaxReuseAge) {
    value.Set("max_reuse_age_seconds", absl::ToDoubleSeconds(MaxReuseAge(policy)));
  }
  return json::WriteCanonical(value);
}

std::string PolicyDigest(const v1::Policy& policy) {
  return Sha256Hex(PolicyCanonicalJson(policy));
}

}  // namespace tunegate::decisions
