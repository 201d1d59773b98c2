#include "server/sandbox/training/classifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/sandbox/disk.h"

namespace tunegate::sandbox {
namespace {

std::string Text(const Answer& answer) {
  std::string text;
  for (const Piece& piece : Render(answer)) text += piece.text;
  return text;
}

Classifier Trained(const std::vector<Example>& examples) {
  Classifier classifier = *Classifier::Create(examples, 3);
  for (int pass = 0; pass < 80; ++pass) {
    for (const Example& example : examples) {
      EXPECT_TRUE(classifier.Learn(classifier.Prepare(example), 0.8).ok());
    }
  }
  return classifier;
}

const std::vector<Example>& JsonExamples() {
  static const auto* const examples = new std::vector<Example>{
      {"regalo barato", R"({"intent":"GIFT","tags":["gift","cheap"],"n":1})"},
      {"regalo bonito", R"({"intent":"GIFT","tags":["gift"],"n":1})"},
      {"regalo de boda", R"({"intent":"GIFT","tags":["gift"],"n":1})"},
      {"silla barata", R"({"intent":"HOME","tags":["cheap"],"n":2})"},
      {"silla azul", R"({"intent":"HOME","tags":[],"n":2,"extra":true})"},
      {"silla verde", R"({"intent":"HOME","tags":[],"n":2,"extra":true})"},
  };
  return *examples;
}

TEST(ClassifierTest, AnswersEveryFieldInTheOrderItWasShown) {
  const Classifier classifier = Trained(JsonExamples());
  EXPECT_EQ(Text(classifier.Respond("un regalo barato", {})),
            R"({"intent":"GIFT","tags":["gift","cheap"],"n":1})");
  EXPECT_EQ(Text(classifier.Respond("silla verde", {})),
            R"({"intent":"HOME","tags":[],"n":2,"extra":true})");
}

TEST(ClassifierTest, ScoresAreMeansOverFields) {
  const Classifier classifier = Trained(JsonExamples());
  const auto right = classifier.Judge(classifier.Prepare(JsonExamples()[4]));
  EXPECT_EQ(right.accuracy, 1);
  const auto wrong = classifier.Judge(
      classifier.Prepare({"silla azul", R"({"intent":"GIFT","tags":[],"n":2,"extra":true})"}));
  EXPECT_EQ(wrong.accuracy, 0.75);
  EXPECT_GT(wrong.loss, right.loss);
}

TEST(ClassifierTest, SchemaIsObeyed) {
  const Classifier classifier = Trained(JsonExamples());
  AnswerShape shape;
  shape.from_schema = true;
  using Kind = AnswerField::Kind;
  shape.fields = {{"tags", Kind::kSet, {"cheap"}, {}},
                  {"intent", Kind::kChoice, {"HOME", "OTHER"}, {}},
                  {"n", Kind::kText, {}, {}},
                  {"new", Kind::kBoolean, {}, {}}};
  EXPECT_EQ(Text(classifier.Respond("regalo barato", shape)),
            R"({"tags":["cheap"],"intent":"HOME","n":"unspecified","new":false})");
}

TEST(ClassifierTest, AFieldOfAnyTypeGetsWhatWasLearnt) {
  const Classifier classifier = Trained(JsonExamples());
  AnswerShape shape;
  shape.from_schema = true;
  using Kind = AnswerField::Kind;
  shape.fields = {
      {"tags", Kind::kAny, {}, {}}, {"n", Kind::kAny, {}, {}}, {"x", Kind::kAny, {}, {}}};
  EXPECT_EQ(Text(classifier.Respond("regalo barato", shape)),
            R"({"tags":["gift","cheap"],"n":1,"x":"unspecified"})");
}

TEST(ClassifierTest, AnswersThatAreNoObjectsAreLearntWhole) {
  const std::vector<Example> examples = {
      {"hola", "greet"}, {"buenas", "greet"}, {"adiós", "{\"x\":1}"}, {"hasta luego", "{\"x\":1}"}};
  const Classifier classifier = Trained(examples);
  EXPECT_EQ(Text(classifier.Respond("hola", {})), "greet");
  EXPECT_EQ(Text(classifier.Respond("adios", {})), "{\"x\":1}");
  EXPECT_EQ(classifier.Judge(classifier.Prepare(examples[2])).accuracy, 1);
}

TEST(ClassifierTest, BareLabelsFillTheOnlyFieldOfASchema) {
  const Classifier classifier = Trained({{"hola", "greet"}, {"adiós", "leave"}});
  AnswerShape shape;
  shape.from_schema = true;
  shape.fields = {{"label", AnswerField::Kind::kChoice, {"greet", "leave"}, {}}};
  EXPECT_EQ(Text(classifier.Respond("hola", shape)), R"({"label":"greet"})");
}

TEST(ClassifierTest, UnseenAnswersCountAsMissed) {
  const Classifier classifier = Trained(JsonExamples());
  const auto score = classifier.Judge(
      classifier.Prepare({"regalo", R"({"intent":"NEW","tags":["new"],"n":9,"extra":false})"}));
  EXPECT_EQ(score.accuracy, 0);
  EXPECT_GT(score.loss, 10);
}

TEST(ClassifierTest, SavedAndLoadedItAnswersTheSame) {
  const Classifier classifier = Trained(JsonExamples());
  const std::string directory = ::testing::TempDir() + "/classifier_test";
  RemoveAll(directory);
  ASSERT_TRUE(classifier.Save(directory).ok());
  const auto loaded = Classifier::Load(directory);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  for (const char* query : {"regalo", "silla barata", ""}) {
    EXPECT_EQ(Text(loaded->Respond(query, {})), Text(classifier.Respond(query, {})));
  }
  EXPECT_FALSE(Classifier::Load(directory + "/none").ok());
}

}  // namespace
}  // namespace tunegate::sandbox
