#include "client/cli/printable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tunegate::cli {
namespace {

using testing::ElementsAre;

TEST(PrintableTest, EscapeSequencesLoseTheirPower) {
  EXPECT_EQ(Printable("\x1b]0;owned\x07"
                      "GO\x1b[2J"),
            "\uFFFD]0;owned\uFFFDGO\uFFFD[2J");
  EXPECT_EQ(Printable("\xC2\x9B"
                      "31m"),
            "\uFFFD31m");  // CSI as one character
}

TEST(PrintableTest, OneLineStaysOneLine) {
  EXPECT_EQ(Printable("a\nb\tc\rd\u2028e"), "a b c d e");
  EXPECT_EQ(PrintableLines("a\n\tb\x1b"), "a\n\tb\uFFFD");
}

TEST(PrintableTest, DirectionOverridesAndInvalidUtf8AreReplaced) {
  EXPECT_EQ(Printable("\u202Eog\u2066"), "\uFFFDog\uFFFD");
  EXPECT_EQ(Printable("\xff"), "\uFFFD");
}

TEST(PrintableTest, OtherLanguagesStayAsTheyAre) {
  const std::string text = "año 贈り物 می\u200Cخواهم";
  EXPECT_EQ(Printable(text), text);
}

TEST(PrintableTest, WidthCountsColumns) {
  EXPECT_EQ(DisplayWidth("año"), 3);
  EXPECT_EQ(DisplayWidth("贈り物"), 6);
  EXPECT_EQ(DisplayWidth("n\u0303"), 1);
}

TEST(PrintableTest, CutSaysThatItCut) {
  EXPECT_EQ(CutToWidth("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(CutToWidth("abcdefgh", 7), "abcd...");
  EXPECT_EQ(CutToWidth("贈り物贈り物", 6), "贈...");
  EXPECT_EQ(CutToWidth("abcdefgh", 2), "..");
}

TEST(PrintableTest, WrapBreaksAtSpacesAndCutsWhatHasNone) {
  EXPECT_THAT(Wrap("one two three", 7), ElementsAre("one two", "three"));
  EXPECT_THAT(Wrap("abcdefghij k", 4), ElementsAre("abcd", "efgh", "ij k"));
  EXPECT_THAT(Wrap("{\"a\":1,\"b\":2}", 10), ElementsAre("{\"a\":1,", "\"b\":2}"));
  EXPECT_THAT(Wrap("", 4), ElementsAre(""));
}

}  // namespace
}  // namespace tunegate::cli
