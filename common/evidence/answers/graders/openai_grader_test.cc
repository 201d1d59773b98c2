#include "common/evidence/answers/graders/openai_grader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/errors.h"
#include "common/evidence/answers/graders/answer_template.h"

namespace tunegate::graders {
namespace {

using ::testing::HasSubstr;

v1::Task TicketTask() {
  v1::Task task;
  for (const char* id : {"title", "tags", "price"}) task.add_fields()->set_id(id);
  return task;
}

v1::Task BareTask() {
  v1::Task task;
  task.add_fields();
  return task;
}

// The score of an answer beside a right one, both JSON objects.
double Score(const std::string& definition, const char* right, const char* answer) {
  const auto read = ReadOpenAiGrader(definition, TicketTask());
  EXPECT_TRUE(read.ok()) << read.status();
  const json::Value item = *json::Parse(right);
  const json::Value output = *json::Parse(answer);
  return read->grader->Score({.right = item["title"],
                              .answered = output["title"],
                              .output_text = answer,
                              .output_json = output,
                              .item = item});
}

double Check(const std::string& operation, const char* input, const char* reference) {
  return Score(R"({"type":"string_check","name":"n","input":"{{sample.output_json.title}}",)"
               R"("reference":"{{item.title}}","operation":")" +
                   operation + "\"}",
               json::Write(json::Object({{"title", reference}})).c_str(),
               json::Write(json::Object({{"title", input}})).c_str());
}

TEST(StringCheckTest, DoesWhatItsOperationSays) {
  EXPECT_EQ(Check("eq", "Más luz", "Más luz"), 1);
  EXPECT_EQ(Check("eq", "Más luz", "más luz"), 0);
  EXPECT_EQ(Check("ne", "Más luz", "más luz"), 1);
  EXPECT_EQ(Check("ne", "luz", "luz"), 0);
  EXPECT_EQ(Check("like", "quiero Más luz ya", "Más luz"), 1);
  EXPECT_EQ(Check("like", "quiero más luz ya", "Más luz"), 0);
  EXPECT_EQ(Check("ilike", "quiero MÁS luz ya", "Más LUZ"), 1);
  EXPECT_EQ(Check("ilike", "quiero mas luz ya", "Más LUZ"), 0) << "accents are no case";
  EXPECT_EQ(Check("like", "luz", ""), 1) << "nothing is in everything";
}

TEST(TemplateTest, TakesFieldsOfTheAnswerAndOfTheRightAnswer) {
  constexpr char kDefinition[] =
      R"({"type":"string_check","name":"n","operation":"eq",
          "input":"{{ sample.output_json.title }}|{{sample.output_json.tags}}|{{sample.output_json.price}}",
          "reference":"{{item.title}}|{{ item.tags }}|12.5"})";
  EXPECT_EQ(Score(kDefinition, R"({"title":"luz","tags":["a"]})",
                  R"({"price":12.5,"tags":["a"],"title":"luz"})"),
            1);
  EXPECT_EQ(Score(kDefinition, R"({"title":"luz","tags":["a"]})", R"({"title":"luz"})"), 0);
}

TEST(TemplateTest, OutputTextIsTheWholeAnswer) {
  EXPECT_EQ(Score(R"({"type":"string_check","name":"n","operation":"like",
                      "input":"{{sample.output_text}}","reference":"\"title\":"})",
                  "{}", R"({"title":"luz"})"),
            1);
}

TEST(TemplateTest, BareTextIsOutputTextAndLabel) {
  const auto read = ReadOpenAiGrader(
      R"({"type":"string_check","input":"{{sample.output_text}}","reference":"{{item.label}}",
          "operation":"ilike"})",
      BareTask());
  ASSERT_TRUE(read.ok()) << read.status();
  const json::Value right = "Sí";
  const json::Value item = json::Object({{"", right}});
  const json::Value answered = "pues SÍ";
  const json::Value null;
  EXPECT_EQ(read->grader->Score({right, answered, "pues SÍ", null, item}), 1);
}

TEST(OpenAiSimilarityTest, GradesInputAgainstReferenceWithItsOwnThreshold) {
  constexpr char kDefinition[] =
      R"({"type":"text_similarity","name":"n","input":"{{sample.output_json.title}}",
          "reference":"{{item.title}}","evaluation_metric":"bleu","pass_threshold":0.35})";
  EXPECT_NEAR(Score(kDefinition, R"({"title":"hola mundo"})", R"({"title":"hola"})"),
              0.367879441171, 1e-11);
  EXPECT_EQ(ReadOpenAiGrader(kDefinition, TicketTask())->pass_threshold, 0.35);
}

struct BadDefinition {
  const char* definition;
  const char* says;
};
class BadDefinitionTest : public ::testing::TestWithParam<BadDefinition> {};

TEST_P(BadDefinitionTest, IsRefusedWithWhatWasExpected) {
  const absl::Status status = ReadOpenAiGrader(GetParam().definition, TicketTask()).status();
  EXPECT_EQ(DetailsOf(status).reason, "BAD_OPENAI_GRADER");
  EXPECT_THAT(std::string(status.message()), HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    OpenAiGrader, BadDefinitionTest,
    ::testing::Values(
        BadDefinition{"{", "is no JSON: line 1, column 2"},
        BadDefinition{"[]", "must be an object, found an array"},
        BadDefinition{"{}", "has no \"type\""},
        BadDefinition{R"({"type":"score_model"})",
                      "'score_model', which is not run here; expected string_check or"},
        BadDefinition{R"({"type":"string_check","name":7})", "\"name\" must be a string"},
        BadDefinition{R"({"type":"string_check","reference":"x","operation":"eq"})",
                      "has no \"input\""},
        BadDefinition{R"({"type":"string_check","input":1,"reference":"x","operation":"eq"})",
                      "\"input\" must be a string, found a number"},
        BadDefinition{R"({"type":"string_check","input":"x","reference":"x","operation":"neq"})",
                      "\"operation\" is 'neq'; expected eq, ne, like or ilike"},
        BadDefinition{R"({"type":"string_check","input":"x","reference":"x","operation":"eq",
                          "pass_threshold":1})",
                      "\"pass_threshold\" is not known; expected type, name, input"},
        BadDefinition{R"({"type":"string_check","input":"{{sample.output","reference":"x",
                          "operation":"eq"})",
                      "\"input\": '{{sample.output' opens a placeholder that no }} closes"},
        BadDefinition{R"({"type":"string_check","input":"{{sample.text}}","reference":"x",
                          "operation":"eq"})",
                      "'{{sample.text}}' is not known; expected {{sample.output_text}}"},
        BadDefinition{R"({"type":"string_check","input":"x","reference":"{{item.titel}}",
                          "operation":"eq"})",
                      "\"reference\": '{{item.titel}}' names no field of this task, which are: "
                      "title, tags, price"},
        BadDefinition{R"({"type":"text_similarity","input":"x","reference":"x",
                          "evaluation_metric":"rouge_9"})",
                      "'rouge_9'; expected one of fuzzy_match, bleu"},
        BadDefinition{R"({"type":"text_similarity","input":"x","reference":"x",
                          "evaluation_metric":"bleu","pass_threshold":0})",
                      "\"pass_threshold\" is 0; expected a number from 0.000001 to 1"},
        BadDefinition{R"({"type":"text_similarity","input":"x","reference":"x",
                          "evaluation_metric":"bleu","pass_threshold":"high"})",
                      "\"pass_threshold\" is \"high\""}));

TEST(TemplateTest, BareTextHasNoFields) {
  const auto parsed = AnswerTemplate::Parse("{{sample.output_json.title}}", BareTask());
  EXPECT_THAT(std::string(parsed.status().message()), HasSubstr("{{item.label}}"));
}

TEST(TemplateTest, HasAtMostSixteenPlaceholders) {
  std::string text;
  for (int i = 0; i < 16; ++i) text += "{{item.title}}";
  EXPECT_TRUE(AnswerTemplate::Parse(text, TicketTask()).ok());
  EXPECT_FALSE(AnswerTemplate::Parse(text + "{{item.title}}", TicketTask()).ok());
}

}  // namespace
}  // namespace tunegate::graders
