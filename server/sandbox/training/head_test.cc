#include "server/sandbox/training/head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/errors.h"

namespace tunegate::sandbox {
namespace {

const std::vector<std::string>& Texts() {
  static const auto* const texts = new std::vector<std::string>{
      "Quiero un perro", "el perro ladra", "busco comida de perro", "perro grande",
      "Quiero un gato",  "el gato maúlla", "busco comida de gato",  "gato grande"};
  return *texts;
}

Head Untrained(Head::Kind kind, const std::vector<std::vector<int>>& labels) {
  return *Head::Create(kind, Texts(), labels, 1);
}

void Train(Head& head, const std::vector<std::vector<int>>& labels) {
  for (int pass = 0; pass < 60; ++pass) {
    for (size_t i = 0; i < Texts().size(); ++i) {
      ASSERT_TRUE(head.Learn(head.Prepare(Texts()[i], labels[i]), 0.8).ok());
    }
  }
}

const std::vector<std::vector<int>> kAnimals = {{0}, {0}, {0}, {0}, {1}, {1}, {1}, {1}};
// Label 2 goes with "comida", label 3 stands for no label at all.
const std::vector<std::vector<int>> kSets = {{3}, {3}, {2}, {3}, {1}, {1}, {1, 2}, {1}};

TEST(HeadTest, LearnsAndSeesThroughTyposAndAccents) {
  Head head = Untrained(Head::Kind::kOne, kAnimals);
  const double before = head.Judge(head.Prepare(Texts()[0], {0})).first;
  Train(head, kAnimals);
  EXPECT_LT(head.Judge(head.Prepare(Texts()[0], {0})).first, before / 4);
  EXPECT_EQ(head.Answer("los PERRITOS").front().first, 0);
  EXPECT_EQ(head.Answer("gáto?").front().first, 1);
}

TEST(HeadTest, ProbabilitiesOfOneSumToOneAndNeverExceedIt) {
  Head head = Untrained(Head::Kind::kOne, kAnimals);
  Train(head, kAnimals);
  const Head::Scores scores = head.Answer("perro");
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_NEAR(scores[0].second + scores[1].second, 1, 1e-3);
  EXPECT_LE(scores[0].second, 1);
  EXPECT_GE(scores[0].second, scores[1].second);
}

TEST(HeadTest, SetsHoldEachLabelOnItsOwn) {
  Head head = Untrained(Head::Kind::kSet, kSets);
  Train(head, kSets);
  std::vector<int> members;
  for (const auto& [label, probability] : head.Answer("busco comida de gato")) {
    if (probability >= kSetThreshold) members.push_back(label);
  }
  EXPECT_THAT(members, ::testing::UnorderedElementsAre(1, 2));
  EXPECT_TRUE(head.Judge(head.Prepare("busco comida de gato", {1, 2})).second);
  EXPECT_FALSE(head.Judge(head.Prepare("busco comida de gato", {1})).second);
}

TEST(HeadTest, SameCallsSameModel) {
  Head one = Untrained(Head::Kind::kOne, kAnimals);
  Head two = Untrained(Head::Kind::kOne, kAnimals);
  Train(one, kAnimals);
  Train(two, kAnimals);
  EXPECT_EQ(one.Answer("un gato y un perro"), two.Answer("un gato y un perro"));
}

TEST(HeadTest, SavedAndLoadedItAnswersTheSame) {
  Head head = Untrained(Head::Kind::kSet, kSets);
  Train(head, kSets);
  const std::string path = ::testing::TempDir() + "/head_test.bin";
  ASSERT_TRUE(head.Save(path).ok());
  const auto loaded = Head::Load(path);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->Answer("comida"), head.Answer("comida"));
  EXPECT_FALSE(Head::Load(path + ".none").ok());
}

TEST(HeadTest, TooHighALearningRateDiverges) {
  Head head = Untrained(Head::Kind::kOne, kAnimals);
  absl::Status status;
  for (int i = 0; i < 100 && status.ok(); ++i) {
    status = head.Learn(head.Prepare(Texts()[i % 8], kAnimals[i % 8]), 1e30).status();
  }
  EXPECT_EQ(DetailsOf(status).reason, "training_diverged");
}

TEST(HeadTest, WithoutWordsTheMostFrequentLabelAnswers) {
  const Head head = Untrained(Head::Kind::kOne, {{0}, {1}, {1}, {1}, {1}, {1}, {0}, {1}});
  ASSERT_EQ(head.Answer("...").size(), 1u);
  EXPECT_EQ(head.Answer("...").front().first, 1);
}

TEST(HeadTest, TextsCannotSpellLabels) {
  EXPECT_EQ(PrepareText("__label__1 Ñ¿Qué?").find("__"), std::string::npos);
  const auto head = Head::Create(Head::Kind::kOne, {"__label__9 a", "b"}, {{0}, {1}}, 1);
  ASSERT_TRUE(head.ok()) << head.status();
  EXPECT_EQ(head->Answer("a").size(), 2u);
}

}  // namespace
}  // namespace tunegate::sandbox
