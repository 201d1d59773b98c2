#include "server/evaluations/run/call_request.h"

#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "server/tasks/task_catalog.h"

namespace tunegate::evaluations {
namespace {

using Messages = std::vector<std::pair<std::string, std::string>>;

const v1::Task& Task() { return tasks::BuiltInTasks().front(); }

datasets::Example Example(const std::string& query, const std::string& system = "") {
  const auto example =
      datasets::ParseExample(datasets::WriteExample(system, query, R"({"intent":"GIFT"})"), 1);
  return example.value();
}

CallRequest Request(const v1::Variant& variant, std::string_view system = "task prompt") {
  return CallRequest(variant, "model-1", system, Task());
}

TEST(CallRequestTest, TheTasksPromptStandsBeforeTheQuery) {
  const providers::ChatCall call = Request(v1::Variant()).For(Example("busco un regalo"));
  EXPECT_EQ(call.model, "model-1");
  EXPECT_EQ(call.messages, (Messages{{"system", "task prompt"}, {"user", "busco un regalo"}}));
  EXPECT_EQ(call.temperature, 0.0);
  EXPECT_TRUE(call.response_format.empty());
}

TEST(CallRequestTest, TheVariantsPromptReplacesTheTasksEvenWhenItIsEmpty) {
  v1::Variant variant;
  variant.set_system_prompt("mine");
  EXPECT_EQ(Request(variant).For(Example("q")).messages,
            (Messages{{"system", "mine"}, {"user", "q"}}));
  variant.set_system_prompt("");
  EXPECT_EQ(Request(variant).For(Example("q", "own")).messages, (Messages{{"user", "q"}}));
}

TEST(CallRequestTest, TheExamplesOwnPromptStandsInWhereThereIsNoOther) {
  EXPECT_EQ(Request(v1::Variant(), "").For(Example("q", "own")).messages,
            (Messages{{"system", "own"}, {"user", "q"}}));
}

TEST(CallRequestTest, FewShotExamplesStandBetweenPromptAndQuery) {
  v1::Variant variant;
  auto* turn = variant.add_examples();
  turn->set_user("u");
  turn->set_assistant("a");
  EXPECT_EQ(
      Request(variant).For(Example("q")).messages,
      (Messages{{"system", "task prompt"}, {"user", "u"}, {"assistant", "a"}, {"user", "q"}}));
}

TEST(CallRequestTest, AStrictVariantSendsTheTasksSchema) {
  v1::Variant variant;
  variant.set_strict_schema(true);
  const std::string format = Request(variant).For(Example("q")).response_format;
  EXPECT_NE(format.find("\"type\":\"json_schema\""), std::string::npos);
  EXPECT_NE(format.find("\"strict\":true"), std::string::npos);
  EXPECT_NE(format.find("additionalProperties"), std::string::npos);
}

TEST(CallRequestTest, ASchemaWithAnyJsonIsSentWithoutStrictness) {
  v1::Task task;
  task.add_fields()->set_id("order");
  task.mutable_fields(0)->mutable_json();
  task.set_response_schema(R"({"type":"object","properties":{"order":{}}})");
  v1::Variant variant;
  variant.set_strict_schema(true);
  const std::string format = CallRequest(variant, "m", "s", task).For(Example("q")).response_format;
  EXPECT_NE(format.find("\"strict\":false"), std::string::npos) << format;
}

TEST(CallRequestTest, LogprobsAreAskedForWhereTheVariantWantsThem) {
  v1::Variant variant;
  EXPECT_FALSE(Request(variant).For(Example("q")).logprobs);
  variant.set_logprobs(true);
  EXPECT_TRUE(Request(variant).For(Example("q")).logprobs);
}

TEST(CallRequestTest, DigestsAreTheSameForTheSameQuestionAndOnlyForIt) {
  v1::Variant warm;
  warm.set_temperature(0.7);
  v1::Variant telling;
  telling.set_logprobs(true);
  const CallRequest one = Request(v1::Variant()), same = Request(v1::Variant());
  EXPECT_EQ(one.Digest(Example("q")), same.Digest(Example("q")));
  EXPECT_EQ(one.Digest(Example("q")).size(), 64u);
  EXPECT_NE(one.Digest(Example("q")), one.Digest(Example("r")));
  EXPECT_NE(one.Digest(Example("q")), Request(warm).Digest(Example("q")));
  EXPECT_NE(one.Digest(Example("q")), Request(v1::Variant(), "other").Digest(Example("q")));
  EXPECT_NE(one.Digest(Example("q")), Request(telling).Digest(Example("q")));
  // What is not sent does not count.
  EXPECT_EQ(one.Digest(Example("q", "own")), one.Digest(Example("q")));
  const CallRequest own = Request(v1::Variant(), "");
  EXPECT_NE(own.Digest(Example("q", "own")), own.Digest(Example("q")));
}

}  // namespace
}  // namespace tunegate::evaluations
