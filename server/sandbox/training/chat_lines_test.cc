#include "server/sandbox/training/chat_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::sandbox {
namespace {

using ::testing::HasSubstr;

constexpr char kGood[] =
    R"({"messages":[{"role":"system","content":"s"},{"role":"user","content":"q"},)"
    R"({"role":"assistant","content":"a"}]})";

std::string ObjectionTo(const std::string& line) {
  const auto lines = ParseChatLines(std::string(kGood) + "\n" + line + "\n");
  return lines.ok() ? "" : std::string(lines.status().message());
}

TEST(ChatLinesTest, ReadsQueryAndAnswer) {
  const auto lines = ParseChatLines(std::string(kGood) + "\r\n" + kGood + "\n\n \n");
  ASSERT_TRUE(lines.ok()) << lines.status();
  ASSERT_EQ(lines->examples.size(), 2u);
  EXPECT_EQ(lines->examples[0].query, "q");
  EXPECT_EQ(lines->examples[0].answer, "a");
  EXPECT_GT(lines->tokens, 0);
}

TEST(ChatLinesTest, LearnsFromTheLastAnswerThatHasWeight) {
  const auto lines = ParseChatLines(
      R"({"messages":[{"role":"user","content":"q1"},{"role":"assistant","content":"a1"},)"
      R"({"role":"user","content":[{"type":"text","text":"q"},{"type":"text","text":"2"}]},)"
      R"({"role":"assistant","content":"a2","weight":0}]})");
  ASSERT_TRUE(lines.ok()) << lines.status();
  EXPECT_EQ(lines->examples[0].query, "q1");
  EXPECT_EQ(lines->examples[0].answer, "a1");
}

TEST(ChatLinesTest, NamesTheLineAndWhatIsWrong) {
  EXPECT_THAT(ObjectionTo("{\"messages\":"), HasSubstr("Line 2: it is not valid JSON"));
  EXPECT_THAT(ObjectionTo("[]"), HasSubstr("Line 2: expected an object"));
  EXPECT_THAT(ObjectionTo("{}"), HasSubstr("'messages' is missing"));
  EXPECT_THAT(ObjectionTo(R"({"messages":[]})"), HasSubstr("not empty"));
  EXPECT_THAT(ObjectionTo(std::string("\n") + kGood), HasSubstr("Line 2: it is empty"));
}

TEST(ChatLinesTest, RefusesRolesAndWeightsThatDoNotExist) {
  EXPECT_THAT(ObjectionTo(R"({"messages":[{"role":"asistant","content":"a"}]})"),
              HasSubstr("Line 2: message 1: role 'asistant' does not exist"));
  EXPECT_THAT(ObjectionTo(R"({"messages":[{"role":"assistant","content":"a","weight":0.5}]})"),
              HasSubstr("'weight' must be 0 or 1"));
  EXPECT_THAT(ObjectionTo(R"({"messages":[{"role":"user","content":"a","weight":1}]})"),
              HasSubstr("only for assistant"));
  EXPECT_THAT(ObjectionTo(R"({"messages":[{"role":"user","content":7}]})"), HasSubstr("'content'"));
}

TEST(ChatLinesTest, TheAssistantHasTheLastWord) {
  EXPECT_THAT(ObjectionTo(R"({"messages":[{"role":"assistant","content":"a"},)"
                          R"({"role":"user","content":"q"}]})"),
              HasSubstr("the last message must be from the assistant"));
}

}  // namespace
}  // namespace tunegate::sandbox
