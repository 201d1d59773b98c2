#include "common/evidence/verdict/judge.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/evidence/report/figures.h"
#include "common/evidence/verdict/evidence.h"
#include "common/evidence/verdict/policy.h"
#include "common/evidence/verdict/rules.h"
#include "common/statistics/non_inferiority.h"

namespace tunegate::decisions {
namespace {

using Criterion = v1::Policy::Criterion;

// Not measured: SKIPPED, or INCONCLUSIVE where the policy insists.
void Skip(const Criterion& criterion, std::string why, Judged& judged) {
  judged.result.set_outcome(criterion.required_when_missing() ? v1::Decision::OUTCOME_INCONCLUSIVE
                                                              : v1::Decision::OUTCOME_SKIPPED);
  absl::StrAppend(&why, criterion.required_when_missing()
                            ? " The policy insists on this criterion."
                            : " The policy does not insist on this criterion.");
  judged.result.set_explanation(std::move(why));
}

void JudgeLatencyCriterion(const Criterion& criterion, const JudgeContext& context,
                           Judged& judged) {
  judged.result.set_required(1 + criterion.no_worse_than());
  if (context.batch) {
    return Skip(criterion, "Answers came in batches: response times were not measured.", judged);
  }
  if (!context.report->has_latency_ratio()) {
    judged.result.set_outcome(v1::Decision::OUTCOME_INCONCLUSIVE);
    judged.result.set_explanation(absl::StrCat(
        "Too few pairs were asked side by side on open connections to compare response times; at "
        "least ",
        stats::kMinTimedPairs, " are needed to judge them."));
    return;
  }
  const auto median = [](const v1::Report::ArmUsage& usage) {
    return evaluations::SecondsOf(usage.response_time().p50());
  };
  judged.result.set_baseline(median(context.report->baseline_usage()));
  judged.result.set_candidate(median(context.report->candidate_usage()));
  JudgeLatency(criterion.no_worse_than(), context.report->latency_ratio(), context, judged);
}

// What a criterion asks for, also where it cannot be judged.
double RequiredOf(const Criterion& criterion) {
  switch (criterion.rule_case()) {
    case Criterion::kImprovement:
      return criterion.improvement().target();
    case Criterion::kAtLeast:
      return criterion.at_least();
    case Criterion::kNoWorseThan:
      return -criterion.no_worse_than();
    case Criterion::RULE_NOT_SET:
      break;
  }
  return 0;
}

void JudgeMeasured(const Criterion& criterion, const v1::Report::Metric& metric,
                   const ShareEvidence& evidence, const JudgeContext& context, Judged& judged) {
  if (metric.baseline().sample_count() > 0) {
    judged.result.set_baseline(evidence.baseline_share());
  }
  if (metric.candidate().sample_count() > 0) {
    judged.result.set_candidate(evidence.candidate_share());
  }
  switch (criterion.rule_case()) {
    case Criterion::kImprovement:
      return JudgeImprovement(criterion.improvement(), evidence, metric.paired(), context, judged);
    case Criterion::kAtLeast:
      return JudgeAtLeast(criterion.at_least(), evidence, context, judged);
    case Criterion::kNoWorseThan:
      return JudgeNoWorse(criterion.no_worse_than(), evidence, context, judged);
    case Criterion::RULE_NOT_SET:
      break;
  }
}

}  // namespace

const v1::Report::Metric* FindMetric(const v1::Report& report, std::string_view id,
                                     std::string_view slice) {
  for (const v1::Report::Metric& metric : report.metrics()) {
    if (metric.id() == id && metric.slice() == slice) return &metric;
  }
  return nullptr;
}

ShareEvidence EvidenceOf(const v1::Report::Metric& metric, const JudgeContext& context) {
  return ShareEvidence(*context.report, metric, context.repeated, context.interval);
}

Judged JudgeCriterion(const Criterion& criterion, const JudgeContext& context) {
  Judged judged;
  judged.result.set_criterion_id(criterion.id());
  judged.result.set_metric(criterion.metric());
  judged.result.set_slice(criterion.slice());
  if (criterion.metric() == "latency_ratio") {
    JudgeLatencyCriterion(criterion, context, judged);
    return judged;
  }
  judged.result.set_required(RequiredOf(criterion));
  const v1::Report::Metric* metric =
      FindMetric(*context.report, criterion.metric(), criterion.slice());
  if (metric == nullptr) {
    Skip(criterion,
         criterion.slice().empty()
             ? absl::StrCat(criterion.metric(), " was not measured.")
             : absl::StrCat("No example is of the slice ", criterion.slice(), "."),
         judged);
    return judged;
  }
  const ShareEvidence evidence = EvidenceOf(*metric, context);
  if (!criterion.slice().empty() && evidence.example_count() < kMinSliceExamples) {
    const std::string count =
        evaluations::Counted(evidence.example_count(), "example is", "examples are");
    JudgeMeasured(criterion, *metric, evidence, context, judged);
    judged.fail_p_value.reset();
    judged.result.clear_examples_needed();
    Skip(criterion,
         absl::StrCat("Only ", count, " of the slice ", criterion.slice(), "; with fewer than ",
                      kMinSliceExamples, " its figures describe and do not judge."),
         judged);
    return judged;
  }
  JudgeMeasured(criterion, *metric, evidence, context, judged);
  return judged;
}

}  // namespace tunegate::decisions
