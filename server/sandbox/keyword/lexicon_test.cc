#include "server/sandbox/keyword/lexicon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/sandbox/words.h"

namespace tunegate::sandbox {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

int Points(const Lexicon& lexicon, const char* value, const char* query) {
  return CountPoints(lexicon.FindValue(value)->keywords, Words(query));
}

TEST(LexiconTest, ReadsFieldsValuesAndDefaults) {
  const auto lexicon = Lexicon::Parse(
      "# comment\nfield a_b also x, y z\ndefault V1\nV1: uno, dos tres\nV2: cuatr*\n\nset c\n");
  ASSERT_TRUE(lexicon.ok()) << lexicon.status();
  ASSERT_EQ(lexicon->fields().size(), 2u);
  const LexiconField* field = lexicon->FindField("A B");
  ASSERT_NE(field, nullptr);
  EXPECT_THAT(field->aliases, ElementsAre("x", "y z"));
  EXPECT_EQ(field->default_value, "V1");
  EXPECT_TRUE(lexicon->FindField("c")->is_set);
  EXPECT_EQ(lexicon->FindValue("v3"), nullptr);
}

TEST(LexiconTest, PhrasesCountTheirWordsOnceAndStemsMatchBeginnings) {
  const Lexicon lexicon = *Lexicon::Parse("field f\nV: uno, dos tres, cuatr*\n");
  EXPECT_EQ(Points(lexicon, "V", "uno uno"), 1);
  EXPECT_EQ(Points(lexicon, "V", "dos"), 0);
  EXPECT_EQ(Points(lexicon, "V", "Dos, TRES y uno"), 3);
  EXPECT_EQ(Points(lexicon, "V", "cuatrocientos"), 1);
  EXPECT_EQ(Points(lexicon, "V", "unos"), 0);
}

TEST(LexiconTest, MistakesAreNamedByLine) {
  const auto lexicon = Lexicon::Parse("field a\nnonsense\n");
  EXPECT_THAT(std::string(lexicon.status().message()), HasSubstr("line 2"));
  EXPECT_FALSE(Lexicon::Parse("V: before any field").ok());
}

TEST(LexiconTest, TheSpanishOneKnowsItsTask) {
  const Lexicon& lexicon = Lexicon::Spanish();
  EXPECT_EQ(lexicon.fields().size(), 6u);
  EXPECT_GT(Points(lexicon, "GIFT", "un regalito de cumpleanos"), 0);
  EXPECT_GT(Points(lexicon, "premium", "algo de lujo"), 0);
  EXPECT_EQ(Points(lexicon, "economic", "algo de lujo"), 0);
}

}  // namespace
}  // namespace tunegate::sandbox
