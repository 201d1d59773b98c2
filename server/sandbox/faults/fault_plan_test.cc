#include "server/sandbox/faults/fault_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

using ::testing::HasSubstr;

std::string Refusal(const char* text) {
  const auto plan = ParseFaultPlan(*json::Parse(text));
  return plan.ok() ? "" : std::string(plan.status().message());
}

TEST(FaultPlanTest, ReadsRulesAndDials) {
  const auto plan = ParseFaultPlan(*json::Parse(
      R"({"chat_latency_ms":20,"train_ms_per_step":3,"rules":[
          {"on":"POST /files","every":2,"after":3,"times":4,
           "do":{"status":429,"error":{"code":"insufficient_quota"},"headers":{"Retry-After":"1"},
                 "cut_after_bytes":0,"reset":"after","delay_ms":5}}]})"));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->chat_latency, absl::Milliseconds(20));
  EXPECT_EQ(plan->train_time_per_step, absl::Milliseconds(3));
  const FaultRule& rule = plan->rules.at(0);
  EXPECT_EQ(rule.every, 2);
  EXPECT_EQ(rule.after, 3);
  EXPECT_EQ(rule.times, 4);
  EXPECT_EQ(rule.effect.status, 429);
  EXPECT_EQ(rule.effect.cut_after_bytes, 0u);
  EXPECT_EQ(rule.effect.reset, FaultEffect::Reset::kAfter);
}

TEST(FaultPlanTest, EmptyPlanChangesNothing) {
  const auto plan = ParseFaultPlan(json::Object());
  ASSERT_TRUE(plan.ok());
  EXPECT_TRUE(plan->rules.empty());
  EXPECT_FALSE(plan->chat_latency.has_value());
}

TEST(FaultPlanTest, MistakesAreNamedByPath) {
  EXPECT_THAT(Refusal(R"({"rule":[]})"), HasSubstr("rule: unknown; expected one of"));
  EXPECT_THAT(Refusal(R"({"rules":{}})"), HasSubstr("rules: expected an array"));
  EXPECT_THAT(Refusal(R"({"chat_latency_ms":-1})"), HasSubstr("chat_latency_ms"));
  EXPECT_THAT(Refusal(R"({"rules":[{"do":{}}]})"), HasSubstr("rules[0].on: missing"));
  EXPECT_THAT(Refusal(R"({"rules":[{"on":"*"}]})"), HasSubstr("rules[0].do: expected an object"));
  EXPECT_THAT(Refusal(R"({"rules":[{"on":"*","every":0,"do":{}}]})"), HasSubstr("rules[0].every"));
  EXPECT_THAT(Refusal(R"({"rules":[{"on":"*","do":{"stauts":1}}]})"),
              HasSubstr("rules[0].do.stauts: unknown"));
  EXPECT_THAT(Refusal(R"({"rules":[{"on":"*","do":{"status":99}}]})"),
              HasSubstr("rules[0].do.status: expected an HTTP status"));
  EXPECT_THAT(Refusal(R"({"rules":[{"on":"*","do":{"reset":"now"}}]})"), HasSubstr("'before'"));
  EXPECT_THAT(Refusal(R"({"rules":[{"on":"*","do":{"remove":[1]}}]})"), HasSubstr("strings"));
}

}  // namespace
}  // namespace tunegate::sandbox
