#include "server/evaluations/html/escape.h"

#include <string>

#include "common/utf8.h"
#include "gtest/gtest.h"

namespace tunegate::evaluations::html {
namespace {

TEST(EscapeTest, MarkupBecomesText) {
  EXPECT_EQ(EscapeText("<script>alert(\"1\" & '2')</script>"),
            "&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;");
  EXPECT_EQ(EscapeAttribute("\" onload='x"), "&quot; onload=&#39;x");
}

TEST(EscapeTest, OrdinaryTextOfAnyScriptStays) {
  const std::string text = "¿Un regalo? 日本 שלום 👩‍👩‍👧 \n\t";
  EXPECT_EQ(EscapeText(text), text);
}

TEST(EscapeTest, WhatTurnsOrHidesTextIsShownByItsNumber) {
  EXPECT_EQ(EscapeText("a\u202Eb"), "a<span class=\"code-point\">U+202E</span>b");
  EXPECT_EQ(EscapeText("\u2066\u200B\uFEFF"),
            "<span class=\"code-point\">U+2066</span><span class=\"code-point\">U+200B</span>"
            "<span class=\"code-point\">U+FEFF</span>");
  EXPECT_EQ(EscapeText("\U000E0041"), "<span class=\"code-point\">U+E0041</span>");
  EXPECT_EQ(EscapeAttribute("a\u202Eb\nc"), "a\uFFFDb c");
}

TEST(EscapeTest, ControlCharactersAreShownByTheirNumber) {
  EXPECT_EQ(EscapeText(std::string_view("\0\x1b\r", 3)),
            "<span class=\"code-point\">U+0000</span><span class=\"code-point\">U+001B</span>"
            "<span class=\"code-point\">U+000D</span>");
}

TEST(EscapeTest, XmlKnowsNoControlCharactersAndKeepsLines) {
  EXPECT_EQ(EscapeXml("<a href='x'>\"&\"</a>"),
            "&lt;a href=&#39;x&#39;&gt;&quot;&amp;&quot;&lt;/a&gt;");
  EXPECT_EQ(EscapeXml("one\ntwo\tthree"), "one&#10;two&#9;three");
  EXPECT_EQ(EscapeXml(std::string_view("\0\x1b\r", 3)), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(EscapeXml("\uFFFE\uFFFF\u202E\U0001FFFF"), "\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(EscapeXml("]]>"), "]]&gt;");
  EXPECT_EQ(EscapeXml("¿Qué? 日本 👩"), "¿Qué? 日本 👩");
}

TEST(EscapeTest, InvalidUtf8BecomesValid) {
  EXPECT_EQ(EscapeText("\xff<"), "\uFFFD&lt;");
  EXPECT_TRUE(IsValidUtf8(EscapeText("\xc3\x28\xe2\x82\xf0\x9f")));
  EXPECT_TRUE(IsValidUtf8(EscapeAttribute("\xed\xa0\x80")));
}

}  // namespace
}  // namespace tunegate::evaluations::html
