#include "common/evidence/answers/graders/regular_expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "common/errors.h"
#include "common/evidence/answers/graders/grader_fixture.h"

namespace tunegate::graders {
namespace {

using ::testing::HasSubstr;

bool Found(std::string_view pattern, std::string_view text) {
  const auto compiled = Pattern::Compile(pattern);
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  return compiled.ok() && compiled->FoundIn(text);
}

TEST(PatternTest, IsFoundAnywhereUnlessItIsAnchored) {
  EXPECT_TRUE(Found("\\d{4}", "pedido 4471, gracias"));
  EXPECT_FALSE(Found("^\\d{4}$", "pedido 4471, gracias"));
  EXPECT_TRUE(Found("^\\d{4}$", "4471"));
  EXPECT_TRUE(Found("(?i)GRACIAS", "muchas gracias"));
  EXPECT_TRUE(Found("", "")) << "an empty pattern is everywhere";
}

TEST(PatternTest, KnowsUnicode) {
  EXPECT_TRUE(Found("^\\w+$", "años"));
  EXPECT_TRUE(Found("^.$", "€"));
  EXPECT_TRUE(Found("(?i)^ÑANDÚ$", "ñandú"));
  EXPECT_TRUE(Found("a.b",
                    "a\xFF"
                    "b"))
      << "ill-formed text is mended, not refused";
}

TEST(PatternTest, WhatDoesNotCompileNamesTheCharacterAndTheReason) {
  const absl::Status status = Pattern::Compile("ñ[z").status();
  EXPECT_EQ(DetailsOf(status).reason, "BAD_PATTERN");
  EXPECT_EQ(status.message(),
            "the pattern does not compile at character 3: missing terminating ] for character "
            "class");
  EXPECT_THAT(std::string(Pattern::Compile("a{2,1}").status().message()),
              HasSubstr("numbers out of order"));
  EXPECT_THAT(std::string(Pattern::Compile("a\\Cb").status().message()), HasSubstr("disabled"));
  EXPECT_THAT(std::string(Pattern::Compile("\xFF").status().message()), HasSubstr("UTF-8"));
  EXPECT_THAT(std::string(Pattern::Compile(std::string(5000, 'a')).status().message()),
              HasSubstr("5000 bytes; expected at most 4096"));
}

// Each takes hours or the whole memory when it is let run on.
TEST(PatternTest, HostilePatternsEndOnHostileAnswers) {
  const std::string same = std::string(1 << 20, 'a') + "!cbx1";
  std::string almost;
  while (almost.size() < 1 << 20) almost += std::string(59'999, 'a') + "b";
  const std::string nested(1 << 20, '(');
  for (const char* pattern :
       {"(a+)+c", "(a*)*b", "(a|aa)+x", "(a|a?)+$x", "^(?:.*){9}z", "[a-z]+\\d[a-z]+!", "a*+b.b",
        "(?:(?:a*+c)?+a)*+!!", "(a+)\\1b", "(?=(a*+))\\1b", "a{60000}b", "((a?){50}){50}b",
        "(\\((?1)*\\))", "(?:(?<=a)a)*!!", "\\p{L}*+\\d\\d", "(?:\\X+b|a)*1!", "(?R)?a*+b.b"}) {
    const auto compiled = Pattern::Compile(pattern);
    ASSERT_TRUE(compiled.ok()) << pattern << compiled.status();
    EXPECT_FALSE(compiled->FoundIn(same)) << pattern;
    compiled->FoundIn(almost);
    EXPECT_FALSE(compiled->FoundIn(nested)) << pattern;
  }
}

TEST(PatternTest, OrdinaryPatternsSearchAMegabyteToItsEnd) {
  std::string text;
  while (text.size() < 1 << 20) text += "El precio son doce euros por persona y día. ";
  text += "Total: 12,50 EUR";
  EXPECT_TRUE(Found("\\d+,\\d\\d EUR$", text));
  EXPECT_TRUE(Found("(?i)total: *\\d", text));
  EXPECT_FALSE(Found("\\d+ USD", text));
}

TEST(RegularExpressionTest, APatternOfTheTaskJudgesTheAnswerAlone) {
  const auto grader = NewRegularExpression(*Pattern::Compile("^[A-Z]{2}\\d+$"));
  EXPECT_EQ(fixture::Score(*grader, "anything", "AB12"), 1);
  EXPECT_EQ(fixture::Score(*grader, "AB12", "ab12"), 0);
}

TEST(RegularExpressionTest, WithoutOneTheRightValueIsThePattern) {
  const auto grader = NewRightPattern();
  EXPECT_EQ(fixture::Score(*grader, "^(sí|vale)", "sí, claro"), 1);
  EXPECT_EQ(fixture::Score(*grader, "^(sí|vale)", "no"), 0);
  EXPECT_EQ(grader->FaultOf("^(sí|vale)"), "");
  EXPECT_THAT(grader->FaultOf("^(sí"), HasSubstr("does not compile at character 4"));
}

}  // namespace
}  // namespace tunegate::graders
