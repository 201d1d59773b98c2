// Valid text stays, invalid text is found, mended, cut and folded.
#include "common/utf8.h"

#include "gtest/gtest.h"

namespace tunegate {
namespace {

TEST(IsValidUtf8Test, AcceptsEveryLengthOfSequence) {
  for (const char* text : {"", "plain", "año", "€", "𝄞", "\xF4\x8F\xBF\xBF", "12345678ñ12345678"}) {
    EXPECT_TRUE(IsValidUtf8(text)) << text;
  }
  EXPECT_TRUE(IsValidUtf8(std::string_view("a\0b", 3)));
}

TEST(IsValidUtf8Test, RejectsIllFormedSequences) {
  for (const char* text :
       {"\x80", "\xC3", "a\xC3(", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xED\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xFF", "12345678\xFE"}) {
    EXPECT_FALSE(IsValidUtf8(text)) << text;
  }
}

TEST(ValidUtf8PrefixTest, PointsAtTheFirstFault) {
  EXPECT_EQ(ValidUtf8Prefix("año\xFFx\xFF"), 4u);
  EXPECT_EQ(ValidUtf8Prefix("0123456789\xC3"), 10u);
}

TEST(ToValidUtf8Test, ReplacesOnlyWhatIsIllFormed) {
  EXPECT_EQ(ToValidUtf8("año"), "año");
  EXPECT_EQ(ToValidUtf8("a\xFFñ"), "a\xEF\xBF\xBDñ");
  EXPECT_EQ(ToValidUtf8("cut \xE2\x82"), "cut \xEF\xBF\xBD");
  EXPECT_TRUE(IsValidUtf8(ToValidUtf8("\xED\xA0\x80\xF0\x9D(\x80\xC3")));
}

TEST(AbbreviateTest, CutsBetweenCodePoints) {
  EXPECT_EQ(Abbreviate("short", 5), "short");
  EXPECT_EQ(Abbreviate("longer text", 9), "longer...");
  EXPECT_EQ(Abbreviate("ññññ", 6), "ñ...");
  EXPECT_EQ(Abbreviate("𝄞𝄞", 6), "...");
  EXPECT_EQ(Abbreviate("abcdef", 2), "..");
  EXPECT_EQ(Abbreviate("abcdef", 0), "");
}

TEST(FoldForMatchingTest, DropsCaseAndDiacritics) {
  EXPECT_EQ(FoldForMatching("Envío, AÑO"), "envio, ano");
  EXPECT_EQ(FoldForMatching("PLAIN Ascii 123"), "plain ascii 123");
  EXPECT_EQ(FoldForMatching("Straße"), "strasse");
  EXPECT_EQ(FoldForMatching("ﬁn"), "fin");
}

TEST(FoldForMatchingTest, ComposedAndDecomposedAreTheSame) {
  EXPECT_EQ(FoldForMatching("jose\xCC\x81"), FoldForMatching("JOSÉ"));
}

TEST(FoldForMatchingTest, MendsIllFormedText) {
  EXPECT_EQ(FoldForMatching("A\xFF"), "a\xEF\xBF\xBD");
}

TEST(FoldCaseTest, DropsCaseAndKeepsDiacritics) {
  EXPECT_EQ(FoldCase("Envío, AÑO"), "envío, año");
  EXPECT_EQ(FoldCase("STRASSE"), FoldCase("Straße"));
  EXPECT_EQ(FoldCase(""), "");
  EXPECT_EQ(FoldCase("A\xFF"), "a\xEF\xBF\xBD");
}

TEST(CodePointCountTest, CountsCodePointsNotBytes) {
  EXPECT_EQ(CodePointCount(""), 0u);
  EXPECT_EQ(CodePointCount("año €𝄞"), 6u);
}

}  // namespace
}  // namespace tunegate
