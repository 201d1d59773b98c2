// Decide: a policy over a report gives one verdict with its evidence. Arithmetic only: the same
// evaluation and policy give the same decision for ever.
//
// The rule, from policy.proto, with what it leaves open:
//  * FAIL or INFEASIBLE of one criterion gives NO_GO, else INCONCLUSIVE of one gives INCONCLUSIVE,
//    else GO. Fewer than min_examples never give GO; nor do fewer than 10 clusters, where examples
//    are clustered, nor criteria that were all SKIPPED.
//  * Thresholds are compared in integers (statistics/parts_per_million.h).
//  * Answers that never came: a PASS must hold with all of them counted against the candidate, a
//    FAIL with all of them counted for it; otherwise the criterion is INCONCLUSIVE.
//  * Slices under 30 examples are described: SKIPPED, or INCONCLUSIVE where the criterion is
//    required_when_missing. The FAILs of several slices hold after Holm's correction over them.
//  * Look k at the same questions is judged with alpha / (k (k - 1)) (statistics/multiplicity.h).
//    What was asked of no test set is no look and is not judged: it may have chosen the candidate.
//  * Response times: too few pairs that count give INCONCLUSIVE; in a batch they are not measured.
//  * A policy that was made after the first call keeps its verdict, which is then exploratory: the
//    decision is marked post_hoc, and where it says GO, what counts is INCONCLUSIVE: nothing is
//    promoted by it unless a person says so.
#ifndef TUNEGATE_COMMON_EVIDENCE_VERDICT_DECIDE_H_
#define TUNEGATE_COMMON_EVIDENCE_VERDICT_DECIDE_H_

#include "absl/status/statusor.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/evaluation.pb.h"
#include "tunegate/v1/policy.pb.h"

namespace tunegate::decisions {

struct DecideInput {
  const v1::Evaluation* evaluation = nullptr;  // SUCCEEDED, with its report
  v1::Policy policy;                           // valid and complete; its digest tells post hoc
};

// The decision's computed fields: task, evaluation, baseline, candidate, policy, post_hoc, verdict,
// effective_verdict, criteria, explanation, next_step, policy_digest, assured_gain, example_count.
// post_hoc is set when PolicyDigest(policy) is not the evaluation's policy_digest.
// FAILED_PRECONDITION (EVALUATION_NOT_FINISHED, NO_CANDIDATE, NOT_A_TEST_SET).
absl::StatusOr<v1::Decision> Decide(const DecideInput& input);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_COMMON_EVIDENCE_VERDICT_DECIDE_H_
