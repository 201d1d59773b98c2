// Policies: the product's defaults, what a policy must be, and the digest that freezes it.
#ifndef TUNEGATE_COMMON_EVIDENCE_VERDICT_POLICY_H_
#define TUNEGATE_COMMON_EVIDENCE_VERDICT_POLICY_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tunegate/v1/policy.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::decisions {

inline constexpr double kDefaultConfidence = 0.95;
inline constexpr int kDefaultMinExamples = 50;
inline constexpr absl::Duration kDefaultMaxReuseAge = absl::Hours(7 * 24);
// Slices with fewer examples are described, not judged.
inline constexpr int kMinSliceExamples = 30;

// The product's: overall accuracy better by 10 points ("improvement"), overall accuracy at least
// 0.85 ("absolute_accuracy"), schema-valid rate not worse by more than 5 points ("structure"),
// median response time not slower by more than a quarter ("latency"); 95 %, at least 50 examples.
const v1::Policy& DefaultPolicy();

// `policy` with the task's in place of what it does not set, and the product's where neither does:
// criteria as a whole (a policy with any keeps its own), confidence, min_examples, cluster_key,
// max_reuse_age, interval, and POINTS for an unspecified basis. What the product would set to mean
// the same as not set stays unset, so that digests of policies from before a field was there still
// hold: cluster_key, max_reuse_age (see MaxReuseAge) and interval. `task` may be null. Does not
// validate.
v1::Policy CompletePolicy(const v1::Policy& policy, const v1::Task* task);

// The oldest answer that may be reused: the policy's max_reuse_age, or 7 days.
absl::Duration MaxReuseAge(const v1::Policy& policy);

// OK, or INVALID_ARGUMENT (INVALID_POLICY) with one field violation for each fault, all of them,
// under `path` ("evaluation.policy.criteria[1].at_least"). With a task, metrics must name scored
// fields of it. Zeroes that CompletePolicy fills are accepted.
absl::Status ValidatePolicy(const v1::Policy& policy, const v1::Task* task,
                            std::string_view path = "policy");

// The policy as canonical JSON (RFC 8785): what the digest is of, and what others recompute it
// from. Its form is for ever:
//   {"confidence":C,"criteria":[{"id":..,"metric":..,RULE}, ..],"min_examples":M}
// with "slice" and "required_when_missing" only where set, and as RULE one of
//   "at_least":X   "no_worse_than":X   "improvement":{"basis":B,"target":X}
// where B is "points", "relative" or "error_reduction" and "superiority_margin" stands in it only
// when it is not 0. Fields that came later appear only where they differ from their defaults, so
// that old digests hold, beside the others:
//   "cluster_key":K   "interval":"newcombe10" or "bonett-price"   "max_reuse_age_seconds":S
std::string PolicyCanonicalJson(const v1::Policy& policy);

// Lower-case hexadecimal SHA-256 of PolicyCanonicalJson(policy). Of a completed policy.
std::string PolicyDigest(const v1::Policy& policy);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_COMMON_EVIDENCE_VERDICT_POLICY_H_
