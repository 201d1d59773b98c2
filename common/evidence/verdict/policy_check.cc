// ValidatePolicy: every fault of a policy at once.
#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/verdict/policy.h"
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
constexpr size_t kMaxClusterKeyBytes = 100;  // longer keys are cut in reports
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
    CheckClusterKey();
    if (policy_.has_max_reuse_age()) CheckMaxReuseAge();
    if (!v1::Policy::Interval_IsValid(policy_.interval())) {
      Fault("interval", "must be INTERVAL_TANGO, INTERVAL_NEWCOMBE or INTERVAL_BONETT_PRICE");
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

  void CheckClusterKey() {
    const std::string& key = policy_.cluster_key();
    if (key.size() > kMaxClusterKeyBytes || !IsValidUtf8(key) ||
        key.find('=') != std::string::npos) {
      Fault("cluster_key",
            absl::StrCat(Shown(key), " is no slice key: use at most ", kMaxClusterKeyBytes,
                         " bytes without =, e.g. family, or none"));
    }
  }

  void CheckMaxReuseAge() {
    constexpr int64_t kMostSeconds = 315'576'000'000;  // as google.protobuf.Duration
    constexpr int32_t kNanosPerSecond = 1'000'000'000;
    const auto& age = policy_.max_reuse_age();
    const bool in_range = age.seconds() >= 0 && age.seconds() <= kMostSeconds && age.nanos() >= 0 &&
                          age.nanos() < kNanosPerSecond;
    if (!in_range || (age.seconds() == 0 && age.nanos() == 0)) {
      Fault("max_reuse_age", "must be longer than 0, e.g. 86400s for a day; unset: 7 days");
    }
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

}  // namespace

absl::Status ValidatePolicy(const v1::Policy& policy, const v1::Task* task, std::string_view path) {
  return Checker(policy, task, path).Check();
}

}  // namespace tunegate::decisions
