// What the tests of decisions share: evaluations of answers by counts, decided by small policies.
#ifndef TUNEGATE_COMMON_EVIDENCE_VERDICT_DECIDE_FIXTURE_H_
#define TUNEGATE_COMMON_EVIDENCE_VERDICT_DECIDE_FIXTURE_H_

#include <functional>
#include <string>

#include "common/evidence/answers/report_fixture.h"
#include "common/evidence/report/report_builder.h"
#include "common/evidence/verdict/decide.h"
#include "common/evidence/verdict/policy.h"
#include "gtest/gtest.h"

namespace tunegate::decisions::fixture {

using evaluations::fixture::AskCells;
using evaluations::fixture::Asked;
using evaluations::fixture::Cells;

// The fixture's candidate takes half as long again as its baseline: here both take the same.
inline Asked AtEqualSpeed(Asked asked) {
  for (store::v1::CallRecord& call : asked.calls) call.set_response_time_us(20'000);
  return asked;
}

struct Setup {
  v1::Policy policy = DefaultPolicy();
  int look = 1;
  int repeats = 1;
  double report_confidence = 0.95;
};

inline v1::Evaluation Evaluate(const Asked& asked, const Setup& setup = {}) {
  evaluations::ReportOptions options;
  options.has_candidate = true;
  options.confidence = setup.report_confidence;
  options.repeat_count = setup.repeats;
  options.cluster_key = setup.policy.cluster_key();
  options.interval = setup.policy.interval();
  const auto report = evaluations::BuildReport(evaluations::fixture::TicketTask(), asked.examples,
                                               asked.calls, options);
  EXPECT_TRUE(report.ok()) << report.status();
  v1::Evaluation evaluation;
  evaluation.set_name("evaluations/e");
  evaluation.set_task("tasks/ticket");
  evaluation.set_state(v1::Evaluation::STATE_SUCCEEDED);
  evaluation.mutable_baseline()->set_model("old");
  evaluation.mutable_candidate()->set_model("new");
  evaluation.set_look(setup.look);
  *evaluation.mutable_policy() = setup.policy;
  evaluation.set_policy_digest(PolicyDigest(setup.policy));
  evaluation.set_repeat_count(setup.repeats);
  *evaluation.mutable_report() = *report;
  return evaluation;
}

inline v1::Decision DecideOn(const Asked& asked, const Setup& setup = {}) {
  const v1::Evaluation evaluation = Evaluate(asked, setup);
  const auto decision = Decide({&evaluation, setup.policy});
  EXPECT_TRUE(decision.ok()) << decision.status();
  return *decision;
}

inline v1::Decision DecideOnCells(const Cells& cells, const Setup& setup = {}) {
  return DecideOn(AtEqualSpeed(AskCells(cells)), setup);
}

inline v1::Policy OneCriterion(const std::function<void(v1::Policy::Criterion&)>& change) {
  v1::Policy policy;
  auto& criterion = *policy.add_criteria();
  criterion.set_id("c");
  criterion.set_metric("overall_accuracy");
  change(criterion);
  return CompletePolicy(policy, nullptr);
}

inline v1::Policy ImprovementOf(double target, v1::Policy::Basis basis = v1::Policy::BASIS_POINTS) {
  return OneCriterion([&](auto& c) {
    c.mutable_improvement()->set_target(target);
    c.mutable_improvement()->set_basis(basis);
  });
}

inline v1::Policy NoWorseOnSlice(const std::string& slice, double margin) {
  return OneCriterion([&](auto& c) {
    c.set_slice(slice);
    c.set_no_worse_than(margin);
  });
}

// The examples in turn to `count` families, f0 first.
inline Asked InFamilies(Asked asked, int64_t count) {
  for (auto& example : asked.examples) {
    example.slices["family"] = absl::StrCat("f", (example.line - 1) % count);
  }
  return asked;
}

// The candidate never answered the examples of these lines.
inline Asked WithoutCandidateAnswers(Asked asked, int64_t from, int64_t to) {
  for (store::v1::CallRecord& call : asked.calls) {
    const bool candidate = call.arm() == store::v1::CallRecord::ARM_CANDIDATE;
    if (candidate && call.example() >= from && call.example() <= to)
      call = evaluations::fixture::Failed(call);
  }
  return asked;
}

}  // namespace tunegate::decisions::fixture

#endif  // TUNEGATE_COMMON_EVIDENCE_VERDICT_DECIDE_FIXTURE_H_
