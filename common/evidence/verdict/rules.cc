#include "common/evidence/verdict/rules.h"

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"

namespace tunegate::decisions {

stats::Outcome OutcomeOf(const v1::Policy::Criterion& criterion, const ShareEvidence& evidence,
                         double confidence) {
  switch (criterion.rule_case()) {
    case v1::Policy::Criterion::kImprovement:
      return ImprovementOutcome(criterion.improvement(), evidence, confidence);
    case v1::Policy::Criterion::kAtLeast:
      return AtLeastOutcome(criterion.at_least(), evidence, confidence);
    case v1::Policy::Criterion::kNoWorseThan:
      return NoWorseOutcome(criterion.no_worse_than(), evidence, confidence);
    case v1::Policy::Criterion::RULE_NOT_SET:
      break;
  }
  return stats::Outcome::kInconclusive;
}

stats::Outcome SurvivingOutcome(const ShareEvidence& evidence,
                                const std::function<stats::Outcome(Missing)>& outcome_of) {
  const stats::Outcome observed = outcome_of(Missing::kLeftOut);
  if (evidence.missing() == 0 || observed == stats::Outcome::kInconclusive) return observed;
  if (observed == stats::Outcome::kPass) {
    return outcome_of(Missing::kAgainstCandidate) == stats::Outcome::kPass
               ? observed
               : stats::Outcome::kInconclusive;
  }
  const stats::Outcome best = outcome_of(Missing::kForCandidate);
  const bool holds = best == stats::Outcome::kFail || best == stats::Outcome::kInfeasible;
  return holds ? observed : stats::Outcome::kInconclusive;
}

v1::Decision::Outcome ToProto(stats::Outcome outcome) {
  switch (outcome) {
    case stats::Outcome::kPass:
      return v1::Decision::OUTCOME_PASS;
    case stats::Outcome::kFail:
      return v1::Decision::OUTCOME_FAIL;
    case stats::Outcome::kInfeasible:
      return v1::Decision::OUTCOME_INFEASIBLE;
    case stats::Outcome::kInconclusive:
      break;
  }
  return v1::Decision::OUTCOME_INCONCLUSIVE;
}

v1::Estimate MakeEstimate(double value, const stats::Interval& interval, double confidence,
                          int64_t sample_count, const char* method) {
  v1::Estimate estimate;
  estimate.set_value(value);
  estimate.set_lower(interval.lower);
  estimate.set_upper(interval.upper);
  estimate.set_confidence(confidence);
  estimate.set_sample_count(sample_count);
  estimate.set_method(method);
  return estimate;
}

int64_t SmallestSettledSize(int64_t from, const std::function<bool(double size)>& settled) {
  constexpr int64_t kMost = 10'000'000;
  if (from >= kMost || !settled(static_cast<double>(kMost))) return 0;
  int64_t low = from, high = kMost;
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (settled(static_cast<double>(middle)) ? high : low) = middle;
  }
  return high;
}

std::string MissingSentence(const ShareEvidence& evidence, stats::Outcome observed,
                            stats::Outcome outcome) {
  if (evidence.missing() == 0) return "";
  const std::string came = absl::StrCat(
      " ", evaluations::Counted(evidence.missing(), "answer", "answers"), " never came");
  if (outcome != observed) {
    return came + ": counted the other way they would change the outcome, so it is open.";
  }
  return observed == stats::Outcome::kInconclusive
             ? came + "."
             : came + ": the outcome is the same whatever they would have been.";
}

std::string MarginWords(double margin) {
  const int decimals = evaluations::DecimalsToTell(margin, 0);
  const std::string percent = evaluations::Percent(margin, decimals);
  return absl::StrCat(percent.substr(0, percent.find(' ')), " points");
}

std::string TooLittleConfidence(double report_confidence, double needed) {
  return absl::StrCat("The interval was made with ", evaluations::Percent(report_confidence),
                      " confidence, and this look at the test set needs ",
                      evaluations::Percent(needed), ": it cannot be judged.");
}

}  // namespace tunegate::decisions
