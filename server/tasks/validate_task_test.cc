#include "server/tasks/validate_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "common/errors.h"
#include "server/tasks/task_catalog.h"

namespace tunegate::tasks {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

std::vector<std::pair<std::string, std::string>> Faults(const std::string& text) {
  return DetailsOf(ValidateTask(*ParseTaskText(text))).field_violations;
}

constexpr char kGood[] =
    R"(fields { id: "intent" scored: true category { values: "BUY" values: "ASK" } })";

TEST(ValidateTask, ScoredCategoryIsEnough) {
  EXPECT_TRUE(ValidateTask(*ParseTaskText(kGood)).ok());
}

TEST(ValidateTask, EveryFaultIsToldAtOnce) {
  const absl::Status status = ValidateTask(*ParseTaskText(R"(
      generator: "magic"
      fields { id: "a" }
      fields { id: "a" category { values: "X" } })"));
  EXPECT_EQ(DetailsOf(status).reason, "INVALID_TASK");
  EXPECT_EQ(DetailsOf(status).field_violations.size(), 5u) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("and 4 more"));
}

TEST(ValidateTask, PathStartsWhereTheCallerSays) {
  const absl::Status status = ValidateTask(v1::Task(), "request.task");
  EXPECT_EQ(DetailsOf(status).field_violations[0].first, "request.task.fields");
}

struct Fault {
  const char* task;
  const char* field;
  const char* says;
};
class OneFault : public ::testing::TestWithParam<Fault> {};

TEST_P(OneFault, NamesTheField) {
  EXPECT_THAT(Faults(GetParam().task),
              Contains(Pair(GetParam().field, HasSubstr(GetParam().says))));
}

INSTANTIATE_TEST_SUITE_P(
    ValidateTask, OneFault,
    ::testing::Values(
        Fault{"", "task.fields", "expected 1 to 64"},
        Fault{R"(fields { id: "a" category { values: "X" values: "Y" } })", "task.fields",
              "scored: true"},
        Fault{R"(fields { id: "a" scored: true category { values: "X" } })",
              "task.fields[0].category.values", "fewer than two"},
        Fault{R"(fields { id: "a" scored: true category { values: "X" values: "X" } })",
              "task.fields[0].category.values[1]", "twice"},
        Fault{R"(fields { id: "a" scored: true category { values: "X" values: "" } })",
              "task.fields[0].category.values[1]", "expected 1 to 256"},
        Fault{R"(fields { id: "a" scored: true category { values: "X" values: " Y" } })",
              "task.fields[0].category.values[1]", "space"},
        Fault{R"(fields { id: "a" scored: true })", "task.fields[0]", "no kind"},
        Fault{R"(fields { id: "a.b" scored: true text {} })", "task.fields[0].id", "letters"},
        Fault{R"(fields { id: "user" scored: true text {} })", "task.fields[0].id", "role"},
        Fault{R"(fields { id: "latency_ratio" scored: true text {} })", "task.fields[0].id",
              "metric"},
        Fault{R"(fields { scored: true text {} } fields { id: "b" text {} })", "task.fields[0].id",
              "empty"},
        Fault{R"(fields { scored: true set {} })", "task.fields[0].set", "bare text"},
        Fault{R"(fields { id: "a" scored: true headline: true text {} }
                 fields { id: "b" headline: true text {} })",
              "task.fields", "headline"},
        Fault{R"(fields { id: "a" scored: true text {} } generator: "g")", "task.generator",
              "no generator"},
        Fault{R"(fields { id: "a" scored: true text {} }
                 default_policy { criteria { metric: "b.accuracy" } })",
              "task.default_policy.criteria[0].metric", "names no field"}));

TEST(ValidateTask, EveryFaultOfAGraderIsTold) {
  const auto faults = Faults(R"(
      fields { id: "a" scored: true number {}
               grader { numeric { absolute_tolerance: -1 relative_tolerance: nan }
                        pass_threshold: 1.5 } }
      fields { id: "b" scored: true text {} grader { regular_expression { pattern: "a(b" } } }
      fields { id: "c" set {} grader { json_subset {} } }
      fields { id: "d" text {}
               grader { openai_json: '{"type":"string_check","operation":"eq",'
                                     '"input":"{{sample.output_json.x}}","reference":""}' } })");
  EXPECT_THAT(
      faults,
      ::testing::UnorderedElementsAre(
          Pair("task.fields[0].grader.numeric.absolute_tolerance", HasSubstr("is -1; expected")),
          Pair("task.fields[0].grader.numeric.relative_tolerance", HasSubstr("is nan; expected")),
          Pair("task.fields[0].grader.pass_threshold", HasSubstr("from 0.000001 to 1")),
          Pair("task.fields[1].grader.regular_expression.pattern",
               HasSubstr("character 3: missing closing parenthesis")),
          Pair("task.fields[2].grader.json_subset",
               HasSubstr("kind set; expected exact, set_f1 or openai_json")),
          Pair("task.fields[3].grader.openai_json",
               HasSubstr("names no field of this task, which are: a, b, c, d"))));
}

TEST(ValidateTask, EveryKindWithAGraderThatFitsIsFine) {
  EXPECT_TRUE(ValidateTask(*ParseTaskText(R"(
      fields { id: "a" scored: true category { values: "X" values: "Y" } grader { folded {} } }
      fields { id: "b" scored: true set {} grader { set_f1 {} pass_threshold: 0.5 } }
      fields { id: "c" scored: true text {} grader { regular_expression {} } }
      fields { id: "d" scored: true number {} grader { numeric { relative_tolerance: 0.05 } } }
      fields { id: "e" scored: true json {} grader { json_subset {} } })"))
                  .ok());
  EXPECT_TRUE(ValidateTask(*ParseTaskText("fields { scored: true number {} }")).ok())
      << "a number may be the whole answer";
}

TEST(ValidateTask, TooLargeTasksAreRefused) {
  v1::Task task = *ParseTaskText(kGood);
  for (int i = 0; i < 900; ++i) {
    task.mutable_fields(0)->mutable_category()->add_values(std::string(50, 'x') +
                                                           std::to_string(i));
  }
  EXPECT_THAT(DetailsOf(ValidateTask(task)).field_violations,
              Contains(Pair("task.fields", HasSubstr("61440"))));
  task.set_system_prompt(std::string(40000, 'x'));
  EXPECT_THAT(DetailsOf(ValidateTask(task)).field_violations,
              Contains(Pair("task.system_prompt", HasSubstr("at most 32768"))));
}

}  // namespace
}  // namespace tunegate::tasks
