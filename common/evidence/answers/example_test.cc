#include "common/evidence/answers/example.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/errors.h"

namespace tunegate::datasets {
namespace {

using ::testing::HasSubstr;

TEST(Example, WrittenLinesReadBack) {
  const std::string line = WriteExample("Classify.", "¿Qué \"tal\"?", "GIFT", {{"noise", "typo"}});
  const auto example = ParseExample(line, 12);
  ASSERT_TRUE(example.ok()) << example.status();
  EXPECT_EQ(example->id, "0000012");
  EXPECT_EQ(example->system, "Classify.");
  EXPECT_EQ(example->query, "¿Qué \"tal\"?");
  EXPECT_EQ(example->expected, "GIFT");
  EXPECT_EQ(example->slices.at("noise"), "typo");
  ASSERT_EQ(example->turns.size(), 1u);
  EXPECT_EQ(json::Write(example->turns[0]), R"({"role":"user","content":"¿Qué \"tal\"?"})");
}

TEST(Example, LineHoldsOnlyOpenAisKeysWithoutSlices) {
  EXPECT_EQ(WriteExample("S", "q", "a"),
            R"({"messages":[{"role":"system","content":"S"},{"role":"user","content":"q"},)"
            R"({"role":"assistant","content":"a"}]})");
  EXPECT_EQ(WriteExample("", "q", "a"),
            R"({"messages":[{"role":"user","content":"q"},{"role":"assistant","content":"a"}]})");
}

TEST(Example, SeveralTurnsAreKeptWithoutWeights) {
  const auto example = ParseExample(
      R"({"messages":[{"role":"developer","content":"S"},{"role":"user","content":"one"},)"
      R"({"role":"assistant","content":"two","weight":0},)"
      R"({"role":"user","content":[{"type":"text","text":"thr"},{"type":"text","text":"ee"}]},)"
      R"({"role":"assistant","content":"four"}],"metadata":{"n":3,"hard":true}})",
      1);
  ASSERT_TRUE(example.ok()) << example.status();
  EXPECT_EQ(example->system, "S");
  EXPECT_EQ(example->query, "three");
  EXPECT_EQ(example->turns.size(), 3u);
  EXPECT_EQ(example->turns[1].Find("weight"), nullptr);
  EXPECT_EQ(example->slices.at("n"), "3");
  EXPECT_EQ(example->slices.at("hard"), "true");
}

TEST(Example, BadLinesAreNamed) {
  const auto examples = ReadExamples(WriteExample("", "q", "a") + "\n{\"messages\":[]}\n");
  EXPECT_EQ(DetailsOf(examples.status()).reason, "BAD_EXAMPLE");
  EXPECT_THAT(std::string(examples.status().message()), HasSubstr("line 2: "));
}

TEST(Example, LastLineNeedsNoLineFeedAndMayHaveCarriageReturns) {
  const std::string line = WriteExample("", "q", "a");
  const auto examples = ReadExamples(line + "\r\n" + line);
  ASSERT_TRUE(examples.ok()) << examples.status();
  EXPECT_EQ(examples->size(), 2u);
  EXPECT_EQ(examples->back().line, 2);
}

}  // namespace
}  // namespace tunegate::datasets
