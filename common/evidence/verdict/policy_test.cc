#include "common/evidence/verdict/policy.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "common/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tunegate::decisions {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

v1::Task SomeTask() {
  v1::Task task;
  task.set_name("tasks/t");
  auto& intent = *task.add_fields();
  intent.set_id("intent");
  intent.set_scored(true);
  intent.mutable_category()->add_values("A");
  task.add_fields()->set_id("note");
  return task;
}

// A policy of one criterion.
v1::Policy With(void (*change)(v1::Policy::Criterion&)) {
  v1::Policy policy;
  auto& criterion = *policy.add_criteria();
  criterion.set_id("c");
  criterion.set_metric("overall_accuracy");
  criterion.set_at_least(0.5);
  change(criterion);
  return policy;
}

std::vector<std::string> FaultsOf(const v1::Policy& policy, const v1::Task* task = nullptr) {
  const absl::Status status = ValidatePolicy(policy, task);
  if (!status.ok()) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(DetailsOf(status).reason, "INVALID_POLICY");
  }
  std::vector<std::string> fields;
  for (const auto& [field, description] : DetailsOf(status).field_violations) {
    EXPECT_FALSE(description.empty());
    fields.push_back(field);
  }
  return fields;
}

TEST(PolicyTest, TheDefaultsAreTheGuidesAndValid) {
  const v1::Policy& policy = DefaultPolicy();
  EXPECT_TRUE(ValidatePolicy(policy, nullptr).ok());
  ASSERT_EQ(policy.criteria_size(), 4);
  EXPECT_DOUBLE_EQ(policy.criteria(0).improvement().target(), 0.10);
  EXPECT_DOUBLE_EQ(policy.criteria(1).at_least(), 0.85);
  EXPECT_DOUBLE_EQ(policy.criteria(2).no_worse_than(), 0.05);
  EXPECT_DOUBLE_EQ(policy.criteria(3).no_worse_than(), 0.25);
  EXPECT_DOUBLE_EQ(policy.confidence(), 0.95);
  EXPECT_EQ(policy.min_examples(), 50);
}

TEST(PolicyTest, WhatIsNotSetComesFromTheTaskThenFromTheProduct) {
  v1::Task task = SomeTask();
  task.mutable_default_policy()->set_min_examples(80);
  v1::Policy own;
  own.set_confidence(0.9);
  const v1::Policy complete = CompletePolicy(own, &task);
  EXPECT_DOUBLE_EQ(complete.confidence(), 0.9);
  EXPECT_EQ(complete.min_examples(), 80);
  EXPECT_EQ(complete.criteria_size(), 4);
  EXPECT_EQ(PolicyDigest(CompletePolicy({}, nullptr)), PolicyDigest(DefaultPolicy()));
}

TEST(PolicyTest, APolicyWithCriteriaKeepsItsOwnAndCountsPoints) {
  const v1::Policy complete =
      CompletePolicy(With([](auto& c) { c.mutable_improvement()->set_target(0.2); }), nullptr);
  ASSERT_EQ(complete.criteria_size(), 1);
  EXPECT_EQ(complete.criteria(0).improvement().basis(), v1::Policy::BASIS_POINTS);
}

TEST(PolicyTest, EveryFaultIsNamedAtOnce) {
  v1::Policy policy;
  policy.set_confidence(kNan);
  policy.set_min_examples(-1);
  policy.add_criteria()->set_id("Bad id");
  auto& second = *policy.add_criteria();
  second.set_id("x");
  second.set_metric("f1");
  second.set_slice("typo");
  second.set_at_least(-0.1);
  EXPECT_THAT(FaultsOf(policy),
              UnorderedElementsAre("policy.confidence", "policy.min_examples",
                                   "policy.criteria[0].id", "policy.criteria[0].metric",
                                   "policy.criteria[0].rule", "policy.criteria[1].metric",
                                   "policy.criteria[1].slice", "policy.criteria[1].at_least"));
}

TEST(PolicyTest, NanNegativeAndInfiniteFiguresAreRefused) {
  EXPECT_THAT(FaultsOf(With([](auto& c) { c.set_at_least(kNan); })),
              ElementsAre("policy.criteria[0].at_least"));
  EXPECT_THAT(FaultsOf(With([](auto& c) { c.set_at_least(1.01); })),
              ElementsAre("policy.criteria[0].at_least"));
  EXPECT_THAT(FaultsOf(With([](auto& c) { c.set_no_worse_than(-0.01); })),
              ElementsAre("policy.criteria[0].no_worse_than"));
  EXPECT_THAT(FaultsOf(With([](auto& c) { c.set_no_worse_than(kNan); })),
              ElementsAre("policy.criteria[0].no_worse_than"));
  for (const double target : {0.0, -0.1, 1.5, kNan, HUGE_VAL, 1e-9}) {
    v1::Policy policy = With([](auto& c) { c.mutable_improvement(); });
    policy.mutable_criteria(0)->mutable_improvement()->set_target(target);
    EXPECT_THAT(FaultsOf(policy), ElementsAre("policy.criteria[0].improvement.target")) << target;
  }
  for (const double margin : {-0.1, 1.0, kNan}) {
    v1::Policy policy = With([](auto& c) { c.mutable_improvement()->set_target(0.1); });
    policy.mutable_criteria(0)->mutable_improvement()->set_superiority_margin(margin);
    EXPECT_THAT(FaultsOf(policy), ElementsAre("policy.criteria[0].improvement.superiority_margin"));
  }
  for (const double confidence : {0.5, 1.0, -0.95, 95.0, kNan}) {
    v1::Policy policy;
    policy.set_confidence(confidence);
    EXPECT_THAT(FaultsOf(policy), ElementsAre("policy.confidence")) << confidence;
  }
}

TEST(PolicyTest, LatencyTakesOnlyAMarginOverAllExamples) {
  EXPECT_THAT(FaultsOf(With([](auto& c) { c.set_metric("latency_ratio"); })),
              ElementsAre("policy.criteria[0].at_least"));
  EXPECT_THAT(FaultsOf(With([](auto& c) {
                c.set_metric("latency_ratio");
                c.set_no_worse_than(0.25);
                c.set_slice("noise=typo");
              })),
              ElementsAre("policy.criteria[0].slice"));
  EXPECT_TRUE(FaultsOf(With([](auto& c) {
                c.set_metric("latency_ratio");
                c.set_no_worse_than(1.5);
              })).empty());
}

TEST(PolicyTest, AFieldMustBeScoredInTheTask) {
  const v1::Task task = SomeTask();
  EXPECT_TRUE(FaultsOf(With([](auto& c) { c.set_metric("intent.accuracy"); }), &task).empty());
  EXPECT_THAT(FaultsOf(With([](auto& c) { c.set_metric("note.accuracy"); }), &task),
              ElementsAre("policy.criteria[0].metric"));
  EXPECT_TRUE(FaultsOf(With([](auto& c) { c.set_metric("any.accuracy"); })).empty());
  EXPECT_THAT(FaultsOf(With([](auto& c) { c.set_metric(".accuracy"); })),
              ElementsAre("policy.criteria[0].metric"));
}

TEST(PolicyTest, SlicesAreKeyAndValue) {
  for (const char* slice : {"noise", "=typo", "noise=", "="}) {
    v1::Policy policy = With([](auto&) {});
    policy.mutable_criteria(0)->set_slice(slice);
    EXPECT_THAT(FaultsOf(policy), ElementsAre("policy.criteria[0].slice")) << slice;
  }
  EXPECT_TRUE(FaultsOf(With([](auto& c) { c.set_slice("noise=a=b"); })).empty());
}

TEST(PolicyTest, IdsAreUnique) {
  v1::Policy policy = With([](auto&) {});
  *policy.add_criteria() = policy.criteria(0);
  EXPECT_THAT(FaultsOf(policy), ElementsAre("policy.criteria[1].id"));
}

TEST(PolicyTest, ThePathIsTheCallers) {
  const absl::Status status =
      ValidatePolicy(With([](auto& c) { c.set_at_least(2); }), nullptr, "evaluation.policy");
  EXPECT_EQ(DetailsOf(status).field_violations[0].first, "evaluation.policy.criteria[0].at_least");
}

TEST(PolicyTest, ClusterKeysAreSliceKeys) {
  v1::Policy policy;
  for (const char* good : {"", "none", "family", "user id"}) {
    policy.set_cluster_key(good);
    EXPECT_THAT(FaultsOf(policy), ElementsAre()) << good;
  }
  for (const std::string& bad :
       {std::string("family=x"), std::string(101, 'k'), std::string("\xff")}) {
    policy.set_cluster_key(bad);
    EXPECT_THAT(FaultsOf(policy), ElementsAre("policy.cluster_key")) << bad;
  }
}

TEST(PolicyTest, ReuseNeedsAnAgeAboveNothing) {
  v1::Policy policy;
  EXPECT_EQ(MaxReuseAge(policy), absl::Hours(168));
  policy.mutable_max_reuse_age()->set_nanos(1);
  EXPECT_THAT(FaultsOf(policy), ElementsAre());
  EXPECT_EQ(MaxReuseAge(policy), absl::Nanoseconds(1));
  const std::pair<int64_t, int32_t> bad_ages[] = {
      {0, 0}, {-1, 0}, {0, -1}, {1, 1'000'000'000}, {400'000'000'000, 0}};
  for (const auto& [seconds, nanos] : bad_ages) {
    policy.mutable_max_reuse_age()->set_seconds(seconds);
    policy.mutable_max_reuse_age()->set_nanos(nanos);
    EXPECT_THAT(FaultsOf(policy), ElementsAre("policy.max_reuse_age")) << seconds << " " << nanos;
  }
}

TEST(PolicyTest, AnUnknownIntervalIsRefused) {
  v1::Policy policy;
  policy.set_interval(v1::Policy::INTERVAL_NEWCOMBE);
  EXPECT_THAT(FaultsOf(policy), ElementsAre());
  policy.set_interval(static_cast<v1::Policy::Interval>(77));
  EXPECT_THAT(FaultsOf(policy), ElementsAre("policy.interval"));
}

TEST(PolicyTest, HowToCompareComesFromTheTaskWhereThePolicySaysNothing) {
  v1::Task task = SomeTask();
  task.mutable_default_policy()->set_cluster_key("customer");
  task.mutable_default_policy()->set_interval(v1::Policy::INTERVAL_BONETT_PRICE);
  task.mutable_default_policy()->mutable_max_reuse_age()->set_seconds(60);
  const v1::Policy taken = CompletePolicy({}, &task);
  EXPECT_EQ(taken.cluster_key(), "customer");
  EXPECT_EQ(taken.interval(), v1::Policy::INTERVAL_BONETT_PRICE);
  EXPECT_EQ(MaxReuseAge(taken), absl::Minutes(1));
  v1::Policy own;
  own.set_cluster_key("none");
  own.set_interval(v1::Policy::INTERVAL_TANGO);
  EXPECT_EQ(CompletePolicy(own, &task).cluster_key(), "none");
  EXPECT_EQ(CompletePolicy(own, &task).interval(), v1::Policy::INTERVAL_TANGO);
  EXPECT_FALSE(CompletePolicy({}, nullptr).has_max_reuse_age());
}

// The canonical form is for ever: digests are stored beside evaluations. Should this test fail, the
// change is wrong, not the test. The digest was computed with sha256sum.
TEST(PolicyDigestTest, TheFormNeverChanges) {
  EXPECT_EQ(PolicyCanonicalJson(DefaultPolicy()),
            R"({"confidence":0.95,"criteria":[)"
            R"({"id":"improvement","improvement":{"basis":"points","target":0.1},)"
            R"("metric":"overall_accuracy"},)"
            R"({"at_least":0.85,"id":"absolute_accuracy","metric":"overall_accuracy"},)"
            R"({"id":"structure","metric":"schema_valid_rate","no_worse_than":0.05},)"
            R"({"id":"latency","metric":"latency_ratio","no_worse_than":0.25}],)"
            R"("min_examples":50})");
  EXPECT_EQ(PolicyDigest(DefaultPolicy()),
            "38f04cf2dcf7d5b720628b0062b31a43920e2aee2eb9db1addf3eff2de49099c");
}

// What came after the first digests stands in the form only where it differs from what was before.
TEST(PolicyDigestTest, LaterFieldsAppearOnlyWhereTheyChangeSomething) {
  v1::Policy policy = DefaultPolicy();
  policy.set_interval(v1::Policy::INTERVAL_TANGO);
  policy.mutable_max_reuse_age()->set_seconds(7 * 24 * 3600);
  EXPECT_EQ(PolicyDigest(policy), PolicyDigest(DefaultPolicy()));
  policy.clear_criteria();
  policy.set_interval(v1::Policy::INTERVAL_NEWCOMBE);
  policy.set_cluster_key("family");
  policy.mutable_max_reuse_age()->set_seconds(86'400);
  EXPECT_EQ(PolicyCanonicalJson(policy),
            R"({"cluster_key":"family","confidence":0.95,"criteria":[],)"
            R"("interval":"newcombe10","max_reuse_age_seconds":86400,"min_examples":50})");
}

TEST(PolicyDigestTest, EveryFieldCounts) {
  const auto base = With([](auto& c) { c.mutable_improvement()->set_target(0.1); });
  const std::string digest = PolicyDigest(base);
  v1::Policy other = base;
  other.mutable_criteria(0)->mutable_improvement()->set_superiority_margin(0.01);
  EXPECT_NE(PolicyDigest(other), digest);
  other = base;
  other.mutable_criteria(0)->set_slice("a=b");
  EXPECT_NE(PolicyDigest(other), digest);
  other = base;
  other.mutable_criteria(0)->set_required_when_missing(true);
  EXPECT_NE(PolicyDigest(other), digest);
  other = base;
  other.mutable_criteria(0)->mutable_improvement()->set_basis(v1::Policy::BASIS_RELATIVE);
  EXPECT_NE(PolicyDigest(other), digest);
  other = base;
  other.set_cluster_key("none");
  EXPECT_NE(PolicyDigest(other), digest);
  other = base;
  other.set_interval(v1::Policy::INTERVAL_BONETT_PRICE);
  EXPECT_NE(PolicyDigest(other), digest);
  other = base;
  other.mutable_max_reuse_age()->set_seconds(1);
  EXPECT_NE(PolicyDigest(other), digest);
}

}  // namespace
}  // namespace tunegate::decisions
