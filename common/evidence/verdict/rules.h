// The rules that a criterion may have, each over evidence that was measured: their outcomes alone,
// and their outcomes with figures and words (outcome, figures, explanation and examples_needed of a
// result, and a slice's fail_p_value).
#ifndef TUNEGATE_COMMON_EVIDENCE_VERDICT_RULES_H_
#define TUNEGATE_COMMON_EVIDENCE_VERDICT_RULES_H_

#include <cstdint>
#include <functional>
#include <string>

#include "common/evidence/verdict/evidence.h"
#include "common/evidence/verdict/judge.h"
#include "common/statistics/interval.h"
#include "common/statistics/outcome.h"
#include "tunegate/v1/common.pb.h"
#include "tunegate/v1/decision.pb.h"
#include "tunegate/v1/policy.pb.h"

namespace tunegate::decisions {

// The outcome alone, with missing answers survived (see SurvivingOutcome): what can be asked often.
// Not of latency_ratio.
stats::Outcome OutcomeOf(const v1::Policy::Criterion& criterion, const ShareEvidence& evidence,
                         double confidence);
stats::Outcome ImprovementOutcome(const v1::Policy::Improvement& rule,
                                  const ShareEvidence& evidence, double confidence);
stats::Outcome AtLeastOutcome(double threshold, const ShareEvidence& evidence, double confidence);
stats::Outcome NoWorseOutcome(double margin, const ShareEvidence& evidence, double confidence);

// The candidate is better by a target. `paired` is the report's, for its p-value.
void JudgeImprovement(const v1::Policy::Improvement& rule, const ShareEvidence& evidence,
                      const v1::Report::Paired& paired, const JudgeContext& context,
                      Judged& judged);
// The candidate's share reaches a threshold.
void JudgeAtLeast(double threshold, const ShareEvidence& evidence, const JudgeContext& context,
                  Judged& judged);
// The candidate's share is not below the baseline's by more than a margin.
void JudgeNoWorse(double margin, const ShareEvidence& evidence, const JudgeContext& context,
                  Judged& judged);
// The candidate's median response time is at most 1 + margin times the baseline's. `ratio` was
// measured.
void JudgeLatency(double margin, const v1::Estimate& ratio, const JudgeContext& context,
                  Judged& judged);

// --- what they share ---

// `outcome_of` with missing answers left out, unless a PASS does not hold with all of them counted
// against the candidate, or a FAIL or INFEASIBLE with all of them counted for it: INCONCLUSIVE.
stats::Outcome SurvivingOutcome(const ShareEvidence& evidence,
                                const std::function<stats::Outcome(Missing)>& outcome_of);
v1::Decision::Outcome ToProto(stats::Outcome outcome);
v1::Estimate MakeEstimate(double value, const stats::Interval& interval, double confidence,
                          int64_t sample_count, const char* method);
// The smallest size at which `settled` holds, between `from` and ten million, where it holds from
// there on; 0 when it never does.
int64_t SmallestSettledSize(int64_t from, const std::function<bool(double size)>& settled);
// What missing answers did to the outcome, as a sentence with a space in front; empty without any.
std::string MissingSentence(const ShareEvidence& evidence, stats::Outcome observed,
                            stats::Outcome outcome);
// A margin without a sign: "5.0 points".
std::string MarginWords(double margin);
// Why a clustered interval cannot be judged at this confidence.
std::string TooLittleConfidence(double report_confidence, double needed);

}  // namespace tunegate::decisions

#endif  // TUNEGATE_COMMON_EVIDENCE_VERDICT_RULES_H_
