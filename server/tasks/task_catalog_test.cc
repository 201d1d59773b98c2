#include "server/tasks/task_catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/json.h"

namespace tunegate::tasks {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const v1::Task& ProductIntent() { return *FindBuiltInTask("tasks/product_intent"); }

TEST(TaskCatalog, ProductIntentComesWithTheProduct) {
  ASSERT_NE(FindBuiltInTask("tasks/product_intent"), nullptr);
  EXPECT_EQ(FindBuiltInTask("tasks/other"), nullptr);
  EXPECT_EQ(ProductIntent().generator(), "product_intent");
  EXPECT_EQ(ProductIntent().language_code(), "es");
}

TEST(TaskCatalog, FieldsAreTheGuidesInItsOrder) {
  std::vector<std::string> ids;
  std::vector<std::string> scored;
  for (const auto& field : ProductIntent().fields()) {
    ids.push_back(field.id());
    if (field.scored()) scored.push_back(field.id());
  }
  EXPECT_THAT(ids, ElementsAre("intent_type", "category", "budget_tier", "recipient",
                               "context_tags", "priority_features"));
  EXPECT_THAT(scored, ElementsAre("intent_type", "budget_tier"));
  EXPECT_TRUE(ProductIntent().fields(0).headline());
}

TEST(TaskCatalog, PromptNamesEveryScoredValue) {
  for (const auto& field : ProductIntent().fields()) {
    if (!field.scored()) continue;
    for (const std::string& value : field.category().values()) {
      EXPECT_THAT(ProductIntent().system_prompt(), HasSubstr(value));
    }
  }
}

// The guide's own example of training data.
TEST(TaskCatalog, GuidesExampleFollowsTheSchema) {
  const auto schema = json::Schema::Compile(ProductIntent().response_schema());
  ASSERT_TRUE(schema.ok()) << schema.status();
  const char* answer =
      R"({"intent_type":"GIFT","category":"unspecified","budget_tier":"mid_range",)"
      R"("recipient":"mother","context_tags":["gift","birthday","special"],)"
      R"("priority_features":["thoughtful","age_appropriate","memorable"]})";
  EXPECT_TRUE(schema->Validate(answer).ok()) << schema->Validate(answer);
}

TEST(TaskCatalog, PolicyHasTheGuidesTargets) {
  const v1::Policy& policy = ProductIntent().default_policy();
  ASSERT_EQ(policy.criteria_size(), 4);
  EXPECT_DOUBLE_EQ(policy.criteria(0).improvement().target(), 0.10);
  EXPECT_EQ(policy.criteria(0).improvement().basis(), v1::Policy::BASIS_POINTS);
  EXPECT_DOUBLE_EQ(policy.criteria(1).at_least(), 0.85);
  EXPECT_DOUBLE_EQ(policy.criteria(2).no_worse_than(), 0.05);
  EXPECT_DOUBLE_EQ(policy.criteria(3).no_worse_than(), 0.25);
}

TEST(TaskCatalog, UnreadableTextNamesLineAndColumn) {
  const auto task = ParseTaskText("display_name: \"x\"\nfield { id: \"a\" }");
  EXPECT_THAT(std::string(task.status().message()), HasSubstr("line 2, column"));
}

}  // namespace
}  // namespace tunegate::tasks
