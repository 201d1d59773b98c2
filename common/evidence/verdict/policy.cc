#include "common/evidence/verdict/policy.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/digest.h"
#include "common/errors.h"
#include "common/json.h"
#include "common/statistics/parts_per_million.h"
#include "common/utf8.h"

namespace tunegate::decisions {
namespace {

using Criterion = v1::Policy::Criterion;

constexpr int kMaxCriteria = 50;
constexpr int kMostExamples = 1'000'000;
constexpr double kMostRatio = 100;
constexpr size_t kMaxIdLength = 64;
constexpr size_t kMaxSliceBytes = 256;
constexpr size_t kMaxShown = 80;
constexpr std::string_view kAccuracy = ".accuracy";
constexpr std::string_view kLatencyRatio = "latency_ratio";

bool IsWord(std::string_view text) {
  if (text.empty() || text.size() > kMaxIdLength || text[0] < 'a' || text[0] > 'z') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string Shown(std::string_view text) {
  return absl::StrCat("\"", Abbreviate(ToValidUtf8(text), kMaxShown), "\"");
}

// Collects the faults of one policy.
class Checker {
 public:
  Checker(const v1::Policy& policy, const v1::Task* task, std::string_view path)
      : policy_(policy), task_(task), path_(path) {}

  absl::Status Check() && {
    if (policy_.confidence() != 0 && !(policy_.confidence() > 0.5 && policy_.confidence() < 1)) {
      Fault("confidence", "must lie between 0.5 and 1, e.g. 0.95; 0 takes the default");
    }
    if (policy_.min_examples() < 0 || policy_.min_examples() > kMostExamples) {
      Fault("min_examples", "must be 0 (the default) to 1,000,000");
    }
    if (policy_.criteria_size() > kMaxCriteria) {
      Fault("criteria", absl::StrCat("has ", policy_.criteria_size(), " criteria; at most ",
                                     kMaxCriteria, " are judged"));
    }
    for (int i = 0; i < std::min(policy_.criteria_size(), kMaxCriteria); ++i) {
      CheckCriterion(policy_.criteria(i), absl::StrCat("criteria[", i, "]."));
    }
    if (faults_.empty()) return absl::OkStatus();
    Error error = InvalidArgument(
        "INVALID_POLICY",
        absl::StrCat(
            "the policy cannot be judged: ", faults_[0].first, " ", faults_[0].second,
            faults_.size() == 1 ? "" : absl::StrCat(" (and ", faults_.size() - 1, " more)")));
    for (const auto& [field, description] : faults_) {
      static_cast<void>(std::move(error).Field(field, description));
    }
    return error;
  }

 private:
  void Fault(const std::string& field, std::string description) {
    faults_.emplace_back(absl::StrCat(path_, ".", field), std::move(description));
  }

  void CheckCriterion(const Criterion& criterion, const std::string& at) {
    if (!IsWord(criterion.id())) {
      Fault(at + "id", absl::StrCat(Shown(criterion.id()),
                                    " is no id: use 1 to 64 of a-z, 0-9, _ and -, a letter first"));
    } else if (!ids_.insert(criterion.id()).second) {
      Fault(at + "id", absl::StrCat(Shown(criterion.id()), " is taken by an earlier criterion"));
    }
    CheckMetric(criterion.metric(), at + "metric");
    CheckSlice(criterion, at + "slice");
    CheckRule(criterion, at);
  }

  void CheckMetric(const std::string& metric, const std::string& at) {
    static const auto* const kKnown = new std::set<std::string_view>{
        "overall_accuracy", "json_valid_rate", "schema_valid_rate", kLatencyRatio};
    if (kKnown->contains(metric)) return;
    constexpr char kExpected[] =
        "is no metric: use overall_accuracy, FIELD.accuracy, json_valid_rate, schema_valid_rate or "
        "latency_ratio";
    if (!std::string_view(metric).ends_with(kAccuracy) || metric.size() == kAccuracy.size()) {
      return Fault(at, absl::StrCat(Shown(metric), " ", kExpected));
    }
    if (task_ == nullptr) return;
    const std::string_view field =
        std::string_view(metric).substr(0, metric.size() - kAccuracy.size());
    const auto names = [&](const v1::Task::Field& f) { return f.scored() && f.id() == field; };
    if (std::none_of(task_->fields().begin(), task_->fields().end(), names)) {
      Fault(at, absl::StrCat(Shown(metric), " names no scored field of ", task_->name()));
    }
  }

  void CheckSlice(const Criterion& criterion, const std::string& at) {
    const std::string& slice = criterion.slice();
    if (slice.empty()) return;
    const size_t equals = slice.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == slice.size() ||
        slice.size() > kMaxSliceBytes) {
      Fault(at, absl::StrCat(Shown(slice), " is no slice: write KEY=VALUE, e.g. noise=typo"));
    } else if (criterion.metric() == kLatencyRatio) {
      Fault(at, "latency_ratio is measured over all examples; leave the slice out");
    }
  }

  void CheckRule(const Criterion& criterion, const std::string& at) {
    const bool ratio = criterion.metric() == kLatencyRatio;
    switch (criterion.rule_case()) {
      case Criterion::kImprovement:
        if (ratio) return Fault(at + "improvement", "latency_ratio takes no_worse_than");
        return CheckImprovement(criterion.improvement(), at + "improvement.");
      case Criterion::kAtLeast:
        if (ratio) return Fault(at + "at_least", "latency_ratio takes no_worse_than");
        if (!(criterion.at_least() >= 0 && criterion.at_least() <= 1)) {
          Fault(at + "at_least", "must be a share from 0 to 1, e.g. 0.85 for 85 %");
        }
        return;
      case Criterion::kNoWorseThan: {
        const double most = ratio ? kMostRatio : 1;
        if (!(criterion.no_worse_than() >= 0 && criterion.no_worse_than() <= most)) {
          Fault(at + "no_worse_than", ratio ? "must be 0 to 100, e.g. 0.25 for x1.25"
                                            : "must be a fraction from 0 to 1, e.g. 0.05 for 5 "
                                              "points");
        }
        return;
      }
      case Criterion::RULE_NOT_SET:
        return Fault(at + "rule", "is missing: set improvement, at_least or no_worse_than");
    }
  }

  void CheckImprovement(const v1::Policy::Improvement& improvement, const std::string& at) {
    const double target = improvement.target();
    if (!(target > 0 && target <= 1)) {
      Fault(at + "target", "must be a fraction above 0, at most 1, e.g. 0.10 for 10 points");
    } else if (stats::ToPartsPerMillion(target) == 0) {
      Fault(at + "target", "is finer than a millionth, which nothing measures");
    }
    if (!(improvement.superiority_margin() >= 0 && improvement.superiority_margin() < 1)) {
      Fault(at + "superiority_margin", "must be a fraction from 0 to below 1, e.g. 0.02");
    }
    if (!v1::Policy::Basis_IsValid(improvement.basis())) {
      Fault(at + "basis", "must be BASIS_POINTS, BASIS_RELATIVE or BASIS_ERROR_REDUCTION");
    }
  }

  const v1::Policy& policy_;
  const v1::Task* const task_;
  const std::string path_;
  std::set<std::string> ids_;
  std::vector<std::pair<std::string, std::string>> faults_;
};

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

absl::Status ValidatePolicy(const v1::Policy& policy, const v1::Task* task, std::string_view path) {
  return Checker(policy, task, path).Check();
}

std::string PolicyCanonicalJson(const v1::Policy& policy) {
  json::Value criteria = json::Array();
  for (const Criterion& criterion : policy.criteria()) criteria.Append(ToJson(criterion));
  return json::WriteCanonical(json::Object({{"confidence", policy.confidence()},
                                            {"criteria", std::move(criteria)},
                                            {"min_examples", policy.min_examples()}}));
}

std::string PolicyDigest(const v1::Policy& policy) {
  return Sha256Hex(PolicyCanonicalJson(policy));
}

}  // namespace tunegate::decisions
