#include "server/evaluations/looks/question_set.h"

#include <string>

#include "common/digest.h"
#include "gtest/gtest.h"
#include "server/store/test_store.h"

namespace tunegate::evaluations {
namespace {

std::string Line(const std::string& query, const std::string& answer) {
  return datasets::WriteExample("", query, answer) + "\n";
}

TEST(QuestionSetTest, OrderRepetitionAndAnswersMakeNoOtherSet) {
  const QuestionSet one = QuestionsOf("tasks/toy", Line("red?", "A") + Line("blue?", "B"));
  const QuestionSet other =
      QuestionsOf("tasks/toy", Line("blue?", "A") + Line("red?", "B") + Line("red?", "A"));
  EXPECT_EQ(one.size(), 2);
  EXPECT_EQ(one.Id(), other.Id());
}

TEST(QuestionSetTest, CaseAccentsAndPunctuationMakeNoOtherQuestion) {
  EXPECT_EQ(QuestionsOf("tasks/toy", Line("¿Dónde está el té?", "A")).Id(),
            QuestionsOf("tasks/toy", Line("donde  esta el te", "A")).Id());
}

TEST(QuestionSetTest, OneQuestionMoreOrAnotherTaskIsAnotherSet) {
  const std::string red = Line("red?", "A");
  const std::string id = QuestionsOf("tasks/toy", red).Id();
  EXPECT_EQ(id.size(), 32u);
  EXPECT_NE(id, QuestionsOf("tasks/toy", red + Line("blue?", "B")).Id());
  EXPECT_NE(id, QuestionsOf("tasks/other", red).Id());
}

TEST(QuestionSetTest, IdIsOfTheTaskAndTheSortedDigests) {
  const QuestionSet set = MakeQuestionSet("tasks/t", {0x20, 0x1f, 0x20});
  EXPECT_EQ(set.Id(), Sha256Hex("tasks/t\n000000000000001f\n0000000000000020").substr(0, 32));
}

TEST(QuestionSetTest, ConversationsAreAskedByAllTheirTurns) {
  const auto talk = [](const std::string& first) {
    return R"({"messages":[{"role":"user","content":")" + first +
           R"("},{"role":"assistant","content":"Sure?"},{"role":"user","content":"yes"},)" +
           R"({"role":"assistant","content":"A"}]})" + "\n";
  };
  EXPECT_NE(QuestionsOf("tasks/t", talk("red")).Id(), QuestionsOf("tasks/t", talk("blue")).Id());
  EXPECT_EQ(QuestionsOf("tasks/t", talk("red")).Id(), QuestionsOf("tasks/t", talk("Red")).Id());
}

TEST(QuestionSetTest, StoredDatasetAsksWhatItsBytesAsk) {
  const auto store = store::OpenTestStore();
  const std::string jsonl = Line("red?", "A") + Line("blue?", "B");
  v1::Dataset dataset;
  dataset.set_task("tasks/toy");
  dataset.set_sha256(Sha256Hex(jsonl));
  EXPECT_FALSE(ReadQuestions(*store, dataset).ok());
  ASSERT_TRUE(store->PutBlob(dataset.sha256(), jsonl).ok());
  const auto read = ReadQuestions(*store, dataset);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->Id(), QuestionsOf("tasks/toy", jsonl).Id());
}

TEST(RelatedTest, ATwentiethOfTheSmallerSetIsEnough) {
  EXPECT_TRUE(AreRelated(5, 100, 100));
  EXPECT_FALSE(AreRelated(4, 100, 100));
  EXPECT_TRUE(AreRelated(5, 100, 100'000));
  EXPECT_TRUE(AreRelated(5, 100'000, 100));
  EXPECT_FALSE(AreRelated(5, 101, 101));
  EXPECT_TRUE(AreRelated(6, 101, 101));
}

TEST(RelatedTest, SmallSetsAreRelatedByOneQuestionAndNoneByNone) {
  EXPECT_TRUE(AreRelated(1, 20, 1000));
  EXPECT_FALSE(AreRelated(1, 21, 1000));
  EXPECT_FALSE(AreRelated(0, 0, 1000));
  EXPECT_FALSE(AreRelated(0, 10, 10));
}

}  // namespace
}  // namespace tunegate::evaluations
