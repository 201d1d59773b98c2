#include "server/datasets/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/evidence/answers/example.h"
#include "server/tasks/task_catalog.h"

namespace tunegate::datasets {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(Describe, CountsExamplesBytesAndCategories) {
  const v1::Task task = *tasks::ParseTaskText(
      R"(fields { id: "intent" scored: true category { values: "BUY" values: "ASK" } }
         fields { id: "note" text {} })");
  const std::string file = WriteExample("S", "uno", R"({"intent":"BUY","note":"x"})") + "\n" +
                           WriteExample("S", "dos", R"({"intent":"BUY","note":"y"})") + "\n" +
                           "not JSON\n";
  const Description description = Describe(task, file);
  EXPECT_EQ(description.example_count, 2);
  EXPECT_EQ(description.size_bytes, static_cast<int64_t>(file.size()));
  EXPECT_THAT(description.distribution, ElementsAre(Pair("intent=ASK", 0), Pair("intent=BUY", 2)));
  EXPECT_GT(description.token_estimate, 2 * 20);
}

TEST(Describe, BareAnswersAreCountedAsLabels) {
  const v1::Task task =
      *tasks::ParseTaskText(R"(fields { scored: true category { values: "BUY" values: "ASK" } })");
  EXPECT_THAT(Describe(task, WriteExample("", "uno", "ASK")).distribution,
              ElementsAre(Pair("label=ASK", 1), Pair("label=BUY", 0)));
}

TEST(EstimateTokens, CountsWordsPiecesAndMarks) {
  EXPECT_EQ(EstimateTokens(""), 0);
  EXPECT_EQ(EstimateTokens("hola, tú"), 3);
  EXPECT_EQ(EstimateTokens("recomendaciones"), 3);
  EXPECT_EQ(EstimateTokens(R"({"a":1})"), 7);
}

}  // namespace
}  // namespace tunegate::datasets
