#include "server/sandbox/keyword/shape_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

using ::testing::ElementsAre;

// "name=a|b" for choices, "name" for others.
std::vector<std::string> Read(const char* prompt) {
  std::vector<std::string> described;
  for (const AnswerField& field : FieldsFromPrompt(prompt, Lexicon::Spanish())) {
    std::string text = field.name;
    std::string separator = "=";
    for (const json::Value& value : field.values) {
      text += separator + value.String();
      separator = "|";
    }
    described.push_back(text);
  }
  return described;
}

TEST(ShapeReaderTest, ReadsTheGuidesPrompt) {
  EXPECT_THAT(
      Read("You are a Product Intent Classifier. Analyze user queries and return structured "
           "intent with type (GIFT/PERSONAL_USE/BUSINESS/COMPARISON/URGENT), budget tier, "
           "category, recipient, context tags, and priority features. Return only valid JSON."),
      ElementsAre("intent_type=GIFT|PERSONAL_USE|BUSINESS|COMPARISON|URGENT",
                  "budget_tier=economic|mid_range|premium|unspecified", "category", "recipient",
                  "context_tags", "priority_features"));
}

TEST(ShapeReaderTest, ReadsListsOfOtherTasks) {
  EXPECT_THAT(Read("Answer with JSON: counter is one of returns, delivery, payment."),
              ElementsAre("counter=returns|delivery|payment"));
  EXPECT_THAT(Read("mood: \"good\" | \"bad\"; size (s, m or l)"),
              ElementsAre("mood=good|bad", "size=s|m|l"));
  EXPECT_THAT(Read("Classify. label: support.about, support.price, chat.joke."),
              ElementsAre("label=support.about|support.price|chat.joke"));
}

TEST(ShapeReaderTest, ProseIsNoList) {
  EXPECT_TRUE(Read("You are helpful, kind and brief.").empty());
  EXPECT_TRUE(Read("Answer with the type of animal.").empty());
  EXPECT_TRUE(Read("").empty());
}

TEST(ShapeReaderTest, ResponseFormatDecides) {
  const Lexicon& lexicon = Lexicon::Spanish();
  const char* prompt = "color: red, blue";
  EXPECT_FALSE(ReadShape({}, prompt, lexicon)->json);
  EXPECT_TRUE(ReadShape({}, "JSON with color: red, blue", lexicon)->json);
  EXPECT_TRUE(ReadShape(*json::Parse(R"({"type":"json_object"})"), prompt, lexicon)->json);
  const auto shape =
      ReadShape(*json::Parse(R"({"type":"json_schema","json_schema":{"name":"n","schema":
                       {"type":"object","properties":{"x":{"type":"string"}}}}})"),
                prompt, lexicon);
  ASSERT_TRUE(shape.ok()) << shape.status();
  EXPECT_TRUE(shape->from_schema);
  EXPECT_EQ(shape->fields.front().name, "x");
}

TEST(ShapeReaderTest, UnknownFormatsAreRefused) {
  const Lexicon& lexicon = Lexicon::Spanish();
  EXPECT_FALSE(ReadShape(*json::Parse(R"({"type":"xml"})"), "", lexicon).ok());
  EXPECT_FALSE(ReadShape(*json::Parse(R"({"type":"json_schema"})"), "", lexicon).ok());
  EXPECT_FALSE(ReadShape(*json::Parse(R"({"type":"json_schema","json_schema":{"name":"n",
                                          "schema":{"type":"string"}}})"),
                         "", lexicon)
                   .ok());
}

}  // namespace
}  // namespace tunegate::sandbox
