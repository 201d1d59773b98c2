#include "server/tasks/infer_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/json.h"
#include "server/tasks/validate_task.h"

namespace tunegate::tasks {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Line(const std::string& system, const std::string& user, const std::string& answer) {
  json::Value messages = json::Array();
  if (!system.empty()) {
    messages.Append(json::Object({{"role", "system"}, {"content", system}}));
  }
  messages.Append(json::Object({{"role", "user"}, {"content", user}}));
  messages.Append(json::Object({{"role", "assistant"}, {"content", answer}}));
  return json::Write(json::Object({{"messages", messages}}));
}

std::vector<std::string> JsonLines() {
  std::vector<std::string> lines;
  for (int i = 0; i < 20; ++i) {
    lines.push_back(Line("Classify.", absl::StrCat("quiero el número ", i, " de la lista para mí"),
                         absl::StrCat(R"({"topic":")", i % 2 == 0 ? "odd" : "even",
                                      R"(","intent":")", i % 3 == 0 ? "BUY" : "ASK",
                                      R"(","tags":["x","y"],"note":"free text )", i, "\"}")));
  }
  return lines;
}

TEST(InferTask, JsonAnswersGiveFieldsWithKinds) {
  const auto inferred = InferTask(JsonLines());
  ASSERT_TRUE(inferred.ok()) << inferred.status();
  const v1::Task& task = inferred->task;
  ASSERT_EQ(task.fields_size(), 4);
  EXPECT_EQ(task.fields(0).id(), "topic");
  EXPECT_THAT(task.fields(0).category().values(), ElementsAre("even", "odd"));
  EXPECT_THAT(task.fields(1).category().values(), ElementsAre("ASK", "BUY"));
  EXPECT_THAT(task.fields(2).set().values(), ElementsAre("x", "y"));
  EXPECT_TRUE(task.fields(3).has_text());
  EXPECT_TRUE(task.fields(0).scored());
  EXPECT_TRUE(task.fields(1).headline()) << "the field called intent leads";
  EXPECT_FALSE(task.fields(3).scored());
  EXPECT_EQ(task.system_prompt(), "Classify.");
  EXPECT_EQ(task.language_code(), "es");
  EXPECT_FALSE(task.response_schema().empty());
  EXPECT_TRUE(ValidateTask(task).ok()) << ValidateTask(task);
}

TEST(InferTask, FewDistinctTextsGiveABareCategory) {
  std::vector<std::string> lines;
  for (int i = 0; i < 12; ++i) {
    lines.push_back(Line("", absl::StrCat("what is the price of item ", i, " for the shop"),
                         i % 2 == 0 ? "price" : "stock"));
  }
  const auto inferred = InferTask(lines);
  ASSERT_TRUE(inferred.ok()) << inferred.status();
  ASSERT_EQ(inferred->task.fields_size(), 1);
  EXPECT_EQ(inferred->task.fields(0).id(), "");
  EXPECT_THAT(inferred->task.fields(0).category().values(), ElementsAre("price", "stock"));
  EXPECT_EQ(inferred->task.language_code(), "en");
  EXPECT_EQ(inferred->task.response_schema(), "");
  EXPECT_TRUE(ValidateTask(inferred->task).ok());
  EXPECT_THAT(inferred->notes, Contains(HasSubstr("no system prompt")));
}

TEST(InferTask, NumbersAndOtherJsonGiveFieldsOfTheirKinds) {
  std::vector<std::string> lines;
  for (int i = 0; i < 12; ++i) {
    lines.push_back(
        Line("Extract.", absl::StrCat("order ", i),
             absl::StrCat(R"({"total":)", i, R"(.5,"lines":[)", i, R"(],"address":{"zip":")", i,
                          R"("},"paid":)", i % 2 == 0 ? "true" : "false", "}")));
  }
  const auto inferred = InferTask(lines);
  ASSERT_TRUE(inferred.ok()) << inferred.status();
  const v1::Task& task = inferred->task;
  ASSERT_EQ(task.fields_size(), 4);
  EXPECT_TRUE(task.fields(0).has_number());
  EXPECT_TRUE(task.fields(1).has_json()) << "an array of numbers is no set of texts";
  EXPECT_TRUE(task.fields(2).has_json());
  EXPECT_TRUE(task.fields(3).has_json());
  EXPECT_TRUE(task.fields(0).scored());
  EXPECT_THAT(inferred->notes, Contains(HasSubstr("'total' is a number")));
  EXPECT_THAT(inferred->notes, Contains(HasSubstr("'address' is JSON")));
  EXPECT_TRUE(ValidateTask(task).ok()) << ValidateTask(task);
}

TEST(InferTask, BareNumbersAreANumberUnlessTheyAreFewLabels) {
  std::vector<std::string> prices;
  std::vector<std::string> stars;
  for (int i = 0; i < 12; ++i) {
    prices.push_back(Line("", "what is the price", absl::StrCat(10 + i, ".95")));
    stars.push_back(Line("", "what is the rating", absl::StrCat(1 + i % 5)));
  }
  EXPECT_TRUE(InferTask(prices)->task.fields(0).has_number());
  EXPECT_THAT(InferTask(stars)->task.fields(0).category().values(),
              ElementsAre("1", "2", "3", "4", "5"));
}

TEST(InferTask, WhatIsGuessedIsNoted) {
  std::vector<std::string> lines = JsonLines();
  lines[3] = Line("Other prompt.", "otra cosa para mí", R"({"topic":"odd","intent":7})");
  const auto inferred = InferTask(lines);
  ASSERT_TRUE(inferred.ok());
  EXPECT_THAT(inferred->notes[0],
              HasSubstr("counts as right when all of these are: topic, intent"));
  EXPECT_THAT(inferred->notes, Contains(HasSubstr("2 different system prompts")));
  EXPECT_THAT(inferred->notes, Contains(HasSubstr("'intent' holds 1 values that are no strings")));
  EXPECT_THAT(inferred->notes, Contains(HasSubstr("'tags' is missing in 1 of 20")));
  EXPECT_EQ(inferred->task.system_prompt(), "Classify.");
}

struct BadLine {
  const char* line;
  const char* reason;
  const char* says;
};
class BadInput : public ::testing::TestWithParam<BadLine> {};

TEST_P(BadInput, NamesTheLine) {
  std::vector<std::string> lines = JsonLines();
  lines[6] = GetParam().line;
  const absl::Status status = InferTask(lines).status();
  EXPECT_EQ(DetailsOf(status).reason, GetParam().reason);
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 7: "));
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().says));
  ASSERT_FALSE(DetailsOf(status).field_violations.empty());
  EXPECT_EQ(DetailsOf(status).field_violations[0].first, "lines[6]");
}

INSTANTIATE_TEST_SUITE_P(
    InferTask, BadInput,
    ::testing::Values(BadLine{"{\"messages\": ", "UNREADABLE_LINE", "column"},
                      BadLine{"{\"message\": []}", "UNREADABLE_LINE", "no \"messages\""},
                      BadLine{R"({"messages":[{"role":"user","content":"x"}]})", "UNREADABLE_LINE",
                              "no assistant's text"},
                      BadLine{R"({"messages":[{"role":"assistant","content":"prose"}]})",
                              "MIXED_ANSWERS", "no JSON object"}));

TEST(InferTask, NeedsTenLinesAndTakesTenThousand) {
  std::vector<std::string> lines = JsonLines();
  lines.resize(9);
  EXPECT_EQ(DetailsOf(InferTask(lines).status()).reason, "TOO_FEW_LINES");
  lines.resize(10001);
  EXPECT_EQ(DetailsOf(InferTask(lines).status()).reason, "TOO_MANY_LINES");
}

TEST(InferTask, EmptyObjectsGiveNothingToScore) {
  const std::vector<std::string> lines(10, Line("", "hola", "{}"));
  EXPECT_EQ(DetailsOf(InferTask(lines).status()).reason, "NOTHING_TO_SCORE");
}

}  // namespace
}  // namespace tunegate::tasks
