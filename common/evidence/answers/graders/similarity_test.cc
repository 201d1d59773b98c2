#include "common/evidence/answers/graders/similarity.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace tunegate::graders {
namespace {

constexpr std::array<const char*, 11> kNames = {"fuzzy_match", "bleu",    "gleu",    "meteor",
                                                "rouge_1",     "rouge_2", "rouge_3", "rouge_4",
                                                "rouge_5",     "rouge_l", "cosine"};

// Computed by other programs: the fuzzy match by Levenshtein 0.12's ratio; BLEU (method1,
// auto_reweigh), GLEU and METEOR (no stems, no synonyms) by NLTK 3.8; the rest by their definitions
// written out over Python's Counter. Words were split and folded there as words.h says.
struct Reference {
  const char* right;
  const char* answered;
  std::array<double, kNames.size()> scores;
};
const Reference kReferences[] = {
    {"the cat sat on the mat",
     "the cat was sat on the mat",
     {0.916666666667, 0.488923022435, 0.590909090909, 0.965391621129, 0.923076923077,
      0.727272727273, 0.444444444444, 0.285714285714, 0, 0.923076923077, 0.942809041582}},
    {"Necesito un regalo para mi madre, barato.",
     "necesito regalo barato PARA mi madre",
     {0.701298701299, 0.203393595042, 0.409090909091, 0.740740740741, 0.923076923077,
      0.363636363636, 0.222222222222, 0, 0, 0.769230769231, 0.925820099773}},
    {"¿Dónde está mi pedido número 4471?",
     "donde esta mi pedido 4471 de ayer",
     {0.65671641791, 0.434720871945, 0.5, 0.793442622951, 0.769230769231, 0.545454545455,
      0.444444444444, 0.285714285714, 0, 0.769230769231, 0.77151674981}},
    {"a b c d e f g",
     "a b c x e f g",
     {0.923076923077, 0.274941620352, 0.545454545455, 0.84126984127, 0.857142857143, 0.666666666667,
      0.4, 0, 0, 0.857142857143, 0.857142857143}},
    {"hola mundo",
     "hola",
     {0.571428571429, 0.367879441171, 0.333333333333, 0.263157894737, 0.666666666667, 0, 0, 0, 0,
      0.666666666667, 0.707106781187}},
    {"hola",
     "hola mundo cruel",
     {0.4, 0.11856311015, 0.166666666667, 0.416666666667, 0.5, 0, 0, 0, 0, 0.5, 0.57735026919}},
    {"uno dos tres",
     "tres dos uno",
     {0.416666666667, 0.170997594668, 0.5, 0.5, 1, 0, 0, 0, 0, 0.333333333333, 1}},
    {"to be or not to be that is the question",
     "to be or to be not that is a question",
     {0.842105263158, 0.163481265567, 0.411764705882, 0.822839506173, 0.9, 0.444444444444, 0.125, 0,
      0, 0.8, 0.928571428571}},
};

TEST(SimilarityTest, AgreesWithOtherPrograms) {
  for (const Reference& reference : kReferences) {
    for (size_t i = 0; i < kNames.size(); ++i) {
      const double score = FindMeasure(kNames[i])(reference.right, reference.answered);
      EXPECT_NEAR(score, reference.scores[i], 1e-11) << kNames[i] << ": " << reference.answered;
    }
  }
}

// Two worked examples of the measure's own literature, and one whose fewest chunks are seen at
// once: "on the mat", "sat", "the cat".
TEST(SimilarityTest, MeteorCountsTheFewestChunks) {
  EXPECT_NEAR(Meteor("the cat sat on the mat", "the cat was sat on the mat"), 0.9654, 5e-5);
  EXPECT_DOUBLE_EQ(Meteor("the cat sat on the mat", "the cat sat on the mat"), 1);
  EXPECT_DOUBLE_EQ(Meteor("the cat sat on the mat", "on the mat sat the cat"),
                   1 - 0.5 * 3 * 3 * 3 / (6 * 6 * 6));
}

TEST(SimilarityTest, WordsIgnoreCaseAccentsAndPunctuationAndTheFuzzyMatchDoesNot) {
  for (const char* name : kNames) {
    const double score = FindMeasure(name)("¡Envío, AÑO!", "envio  ano");
    EXPECT_EQ(score == 1, std::string(name) != "fuzzy_match") << name;
  }
  EXPECT_DOUBLE_EQ(FuzzyMatch("AÑO", "año"), 0);
  EXPECT_DOUBLE_EQ(FuzzyMatch("año", "ano"), 2.0 / 3);
}

TEST(SimilarityTest, TheEndsAreDefined) {
  for (const char* name : kNames) {
    const Measure measure = FindMeasure(name);
    EXPECT_EQ(measure("", ""), 1) << name;
    EXPECT_EQ(measure("una palabra", ""), 0) << name;
    EXPECT_EQ(measure("", "una palabra"), 0) << name;
    EXPECT_EQ(measure("...", "..."), 1) << name;
    EXPECT_EQ(measure("...", "!!!"), 0) << name;
    EXPECT_EQ(measure("una", "una"), 1) << name << " of one word";
  }
}

TEST(SimilarityTest, SymmetricMeasuresAreSymmetric) {
  for (const char* name :
       {"fuzzy_match", "gleu", "rouge_1", "rouge_2", "rouge_5", "rouge_l", "cosine"}) {
    for (const Reference& reference : kReferences) {
      EXPECT_EQ(FindMeasure(name)(reference.right, reference.answered),
                FindMeasure(name)(reference.answered, reference.right))
          << name;
    }
  }
}

// What is beyond the limit counts as different: never as alike.
TEST(SimilarityTest, AlignedTextsBeyondTheLimitScoreTooLowAndNeverTooHigh) {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += i % 3 == 0 ? "a " : "b ";
  EXPECT_EQ(FuzzyMatch(text, text), 1);
  const double fuzzy = FuzzyMatch(text, text + "c");
  EXPECT_GT(fuzzy, 0.4);
  EXPECT_LT(fuzzy, 0.42) << "32,768 of 80,000 code points are aligned";
  const double rouge = RougeL(text, text + "c");
  EXPECT_NEAR(rouge, 32768.0 * 2 / 80'001, 1e-9);
}

TEST(SimilarityTest, UnknownNamesHaveNoMeasure) {
  EXPECT_EQ(FindMeasure("rouge_6"), nullptr);
  EXPECT_EQ(FindMeasure(""), nullptr);
  for (const char* name : kNames) EXPECT_NE(MeasureNames().find(name), std::string::npos);
}

}  // namespace
}  // namespace tunegate::graders
