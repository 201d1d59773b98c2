#include "common/evidence/answers/graders/words.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::graders {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(WordsTest, AreRunsOfLettersAndDigitsWithoutCaseAndAccents) {
  EXPECT_THAT(SplitWords("¿Dónde está mi pedido n.º 4471-B?"),
              ElementsAre("donde", "esta", "mi", "pedido", "n", "o", "4471", "b"));
  EXPECT_THAT(SplitWords("  Größe\tΣΊΣΥΦΟΣ\n"), ElementsAre("grosse", "σισυφοσ"));
  EXPECT_THAT(SplitWords("東京、大阪"), ElementsAre("東京", "大阪"));
  EXPECT_THAT(SplitWords(""), IsEmpty());
  EXPECT_THAT(SplitWords(" ... _ !"), IsEmpty());
}

TEST(WordsTest, IllFormedTextIsMendedAndSplits) {
  EXPECT_THAT(SplitWords("uno\xFF"
                         "dos"),
              ElementsAre("uno", "dos"));
}

TEST(NumberWordsTest, EqualWordsHaveEqualNumbersAcrossTheTexts) {
  const SymbolPair pair = NumberWords("a b a", "B c");
  EXPECT_THAT(pair.right, ElementsAre(0, 1, 0));
  EXPECT_THAT(pair.answered, ElementsAre(1, 2));
  EXPECT_EQ(pair.distinct, 3u);
}

TEST(NumberCodePointsTest, TakesNoMoreThanTheLimit) {
  const SymbolPair pair = NumberCodePoints("ñandú", "ñ", 3);
  EXPECT_THAT(pair.right, ElementsAre(0, 1, 2));
  EXPECT_THAT(pair.answered, ElementsAre(0));
}

TEST(NumberRunsTest, RunsAreEqualWhereTheirSymbolsAre) {
  const SymbolPair words = NumberWords("a b a b a", "b a b");
  const SymbolPair pairs = NumberRuns(words, words, 2);
  EXPECT_THAT(pairs.right, ElementsAre(0, 1, 0, 1));
  EXPECT_THAT(pairs.answered, ElementsAre(1, 0));
  const SymbolPair triples = NumberRuns(words, pairs, 3);
  EXPECT_THAT(triples.right, ElementsAre(0, 1, 0));
  EXPECT_THAT(triples.answered, ElementsAre(1));
  EXPECT_EQ(CountCommon(triples), 1u);
}

TEST(NumberRunsTest, ATextThatIsShorterThanTheRunHasNone) {
  const SymbolPair words = NumberWords("a b c", "d");
  const SymbolPair pairs = NumberRuns(words, words, 2);
  EXPECT_THAT(pairs.answered, IsEmpty());
  EXPECT_THAT(NumberRuns(words, pairs, 3).answered, IsEmpty());
}

TEST(CountCommonTest, CountsASymbolAsOftenAsBothHaveIt) {
  EXPECT_EQ(CountCommon(NumberWords("a a a b", "a a c b b")), 3u);
  EXPECT_EQ(CountCommon(NumberWords("a", "b")), 0u);
}

}  // namespace
}  // namespace tunegate::graders
