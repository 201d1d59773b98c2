// Policies: the product's defaults, what a policy must be, and the digest that freezes it.
#ifndef TUNEGATE_COMMON_EVIDENCE_VERDICT_POLICY_H_
#define TUNEGATE_COMMON_EVIDENCE_VERDICT_POLICY_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "tunegate/v1/policy.pb.h"
#include "tunegate/v1/task.pb.h"

namespace tunegate::decisions {

inline constexpr double kDefaultConfidence = 0.95;
inline constexpr int kDefaultMinExamples = 50;
// Slices with fewer examples are described, not judged.
inline constexpr int kMinSliceExamples = 30;

// The product's: overall accuracy better by 10 points ("improvement"), overall accuracy at least
// 0.85 ("absolute_accuracy"), schema-valid rate not worse by more than 5 points ("structure"),
// median response time not slower by more than a quarter ("latency"); 95 %, at least 50 examples.
const v1::Policy& DefaultPolicy();

// `policy` with the task's in place of what it does not set, and the product's where neither does:
// criteria as a whole (a policy with any keeps its own), confidence, min_examples, and POINTS for
// an unspecified basis. `task` may be null. Does not validate.
v1::Policy CompletePolicy(const v1::Policy& policy, const v1::Task* task);

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
// when it is not 0. Fields that come later appear only when they are set, so that old digests hold.
std::string PolicyCanonicalJson(const v1::Policy& policy);

// Lower-case hexadecimal SHA-256 of PolicyCanonicalJson(policy). Of a completed policy.
std::string PolicyDigest(const v1::Policy& policy);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_COMMON_EVIDENCE_VERDICT_POLICY_H_
