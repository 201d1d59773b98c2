#include "common/evidence/answers/graders/make_grader.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "common/evidence/answers/graders/grader_fixture.h"

namespace tunegate::graders {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct Made {
  FieldGrader grader;
  std::vector<GraderFault> faults;
};

Made Make(const std::string& field) {
  v1::Task task;
  EXPECT_TRUE(
      google::protobuf::TextFormat::ParseFromString("fields { id: \"f\" " + field + " }", &task));
  Made made;
  made.grader = MakeGrader(task, task.fields(0), made.faults);
  EXPECT_EQ(made.grader.grader == nullptr, !made.faults.empty());
  return made;
}

TEST(MakeGraderTest, KindsHaveTheirOwnWayAndWantAllOfIt) {
  for (const auto& [kind, name] : {std::pair{"category { values: 'a' }", "exact"},
                                   {"set {}", "exact"},
                                   {"text {}", "folded"},
                                   {"number {}", "exact"},
                                   {"json {}", "exact"}}) {
    const Made made = Make(kind);
    ASSERT_THAT(made.faults, IsEmpty()) << kind;
    EXPECT_EQ(made.grader.grader->name(), name) << kind;
    EXPECT_EQ(made.grader.pass_ppm, 1'000'000) << kind;
  }
}

TEST(MakeGraderTest, EveryGraderIsMadeForTheKindsThatItFits) {
  const std::string openai =
      R"(openai_json: '{"type":"string_check","input":"x","reference":"x","operation":"eq"}')";
  for (const auto& [kind, graders] :
       {std::pair<std::string, std::vector<std::string>>{"category { values: 'a' }",
                                                         {"exact {}", "folded {}", openai}},
        {"set {}", {"exact {}", "set_f1 {}", openai}},
        {"text {}",
         {"exact {}", "folded {}", "regular_expression {}", "text_similarity {}", openai}},
        {"number {}", {"exact {}", "numeric {}", openai}},
        {"json {}", {"exact {}", "json_subset {}", openai}}}) {
    int fitting = 0;
    for (const std::string& grader :
         {std::string("exact {}"), std::string("folded {}"), std::string("set_f1 {}"),
          std::string("numeric {}"), std::string("regular_expression {}"),
          std::string("json_subset {}"), std::string("text_similarity {}"), openai}) {
      const Made made = Make(kind + " grader { " + grader + " }");
      const bool fits = std::find(graders.begin(), graders.end(), grader) != graders.end();
      EXPECT_EQ(made.faults.empty(), fits) << kind << " " << grader;
      EXPECT_TRUE(!fits || grader.starts_with(std::string(made.grader.grader->name())));
      fitting += made.faults.empty() ? 1 : 0;
    }
    EXPECT_EQ(fitting, static_cast<int>(graders.size())) << kind;
  }
}

TEST(MakeGraderTest, SetsAreComparedAsSetsWhenExactIsSpeltOut) {
  EXPECT_EQ(fixture::ScoreText(*Make("set {} grader { exact {} }").grader.grader, R"(["a","b"])",
                               R"(["b","a"])"),
            1);
}

TEST(MakeGraderTest, EveryMetricOfTheProtoIsRun) {
  const auto* metrics = v1::Task::Grader::TextSimilarity::Metric_descriptor();
  for (int i = 0; i < metrics->value_count(); ++i) {
    const Made made =
        Make("text {} grader { text_similarity { metric: " + metrics->value(i)->name() + " } }");
    EXPECT_THAT(made.faults, IsEmpty()) << metrics->value(i)->name();
  }
  // Unspecified is the fuzzy match, which knows case.
  EXPECT_EQ(fixture::Score(*Make("text {} grader { text_similarity {} }").grader.grader, "a", "A"),
            0);
  EXPECT_EQ(fixture::Score(
                *Make("text {} grader { text_similarity { metric: METRIC_COSINE } }").grader.grader,
                "a", "A"),
            1);
}

TEST(MakeGraderTest, ThresholdIsTheTasksOrElseOpenAisOrElseOne) {
  const std::string openai =
      R"(openai_json: '{"type":"text_similarity","input":"x","reference":"x",)"
      R"("evaluation_metric":"bleu","pass_threshold":0.7}')";
  EXPECT_EQ(Make("text {} grader { text_similarity {} }").grader.pass_ppm, 1'000'000);
  EXPECT_EQ(Make("text {} grader { text_similarity {} pass_threshold: 0.6 }").grader.pass_ppm,
            600'000);
  EXPECT_EQ(Make("text {} grader { " + openai + " }").grader.pass_ppm, 700'000);
  EXPECT_EQ(Make("text {} grader { " + openai + " pass_threshold: 0.9 }").grader.pass_ppm, 900'000);
  EXPECT_EQ(Make("set {} grader { pass_threshold: 0.5 }").grader.pass_ppm, 500'000);
}

struct Fault {
  const char* field;
  const char* path;
  const char* says;
};
class GraderFaultTest : public ::testing::TestWithParam<Fault> {};

TEST_P(GraderFaultTest, NamesThePathAndWhatWasExpected) {
  const Made made = Make(GetParam().field);
  ASSERT_EQ(made.faults.size(), 1u);
  EXPECT_EQ(made.faults[0].path, GetParam().path);
  EXPECT_THAT(made.faults[0].what, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    MakeGrader, GraderFaultTest,
    ::testing::Values(
        Fault{"set {} grader { numeric {} }", "grader.numeric",
              "does not fit a field of kind set; expected exact, set_f1 or openai_json"},
        Fault{"category {} grader { text_similarity {} }", "grader.text_similarity",
              "kind category; expected exact, folded or openai_json"},
        Fault{"number {} grader { numeric { absolute_tolerance: -1 } }",
              "grader.numeric.absolute_tolerance", "is -1; expected a finite number"},
        Fault{"number {} grader { numeric { relative_tolerance: nan } }",
              "grader.numeric.relative_tolerance", "is nan; expected"},
        Fault{"number {} grader { numeric { absolute_tolerance: inf } }",
              "grader.numeric.absolute_tolerance", "is inf; expected"},
        Fault{"text {} grader { regular_expression { pattern: 'a(' } }",
              "grader.regular_expression.pattern", "does not compile at character 2"},
        Fault{"text {} grader { text_similarity { metric: 99 } }", "grader.text_similarity.metric",
              "is 99"},
        Fault{"text {} grader { openai_json: '{}' }", "grader.openai_json", "has no \"type\""},
        Fault{"text {} grader { pass_threshold: 1.5 }", "grader.pass_threshold",
              "is 1.5; expected a number from 0.000001 to 1"},
        Fault{"text {} grader { pass_threshold: -0.5 }", "grader.pass_threshold", "is -0.5"},
        Fault{"text {} grader { pass_threshold: nan }", "grader.pass_threshold", "is nan"},
        Fault{"text {} grader { pass_threshold: 1e-9 }", "grader.pass_threshold", "is 1e-09"}));

TEST(MakeGraderTest, EveryFaultIsToldAtOnce) {
  const Made made = Make(
      "number {} grader { numeric { absolute_tolerance: -1 relative_tolerance: -1 } "
      "pass_threshold: 2 }");
  EXPECT_EQ(made.faults.size(), 3u);
}

}  // namespace
}  // namespace tunegate::graders
